"""What was typed, and who or what was meant by it."""

import pytest

from core.config.named import find_person, find_rotation, near_people, near_rotations
from core.nearest import nearest
from tests.oncall_support import config

TEAM = config().team
WORDS = ["who", "next", "schedule", "override", "handoff", "ack", "resolve"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("whoo", "who"),
        ("WHOIS", "who"),
        ("shedule", "schedule"),
        ("handover", "handoff"),
        ("acknowledge", "ack"),
        ("res", "resolve"),
    ],
)
def test_one_slip_or_the_beginning_is_enough(typed: str, meant: str) -> None:
    assert nearest(typed, WORDS) == [meant]


@pytest.mark.parametrize("typed", ["", " ", "x", "frobnicate", "mute"])
def test_what_is_like_nothing_is_not_guessed(typed: str) -> None:
    assert nearest(typed, WORDS) == []


def test_no_more_than_asked_for_and_the_likeliest_first() -> None:
    assert nearest("flight", ["flights-eu", "flights", "lights"], most=2) == ["flights", "flights-eu"]


@pytest.mark.parametrize("typed", ["maya", "@Maya", "Maya Chen", "U0MAYA", "<@U0MAYA>", "<@U0MAYA|maya>"])
def test_a_person_is_found_however_they_are_written(typed: str) -> None:
    assert find_person(TEAM, typed) == TEAM.person("maya")


def test_a_first_name_that_two_share_is_nobodys() -> None:
    both = TEAM.model_copy(
        update={
            "people": [
                each.model_copy(update={"id": f"p{n}", "name": f"Maya {n}"}) for n, each in enumerate(TEAM.people)
            ]
        }
    )
    assert find_person(both, "maya") is None
    assert find_person(both, "Maya 1") == both.people[1]


def test_who_is_not_found_is_looked_for_among_all_names() -> None:
    assert find_person(TEAM, "mya") is None
    assert near_people(TEAM, "mya") == ["maya"]
    assert near_people(TEAM, "@Jonsa") == ["jonas"]


def test_rotations_by_id_and_title() -> None:
    assert find_rotation(TEAM, "FLIGHTS") == find_rotation(TEAM, "flights on-call") == TEAM.rotation("flights")
    assert near_rotations(TEAM, "flihgts") == ["flights"]
