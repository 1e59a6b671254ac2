"""A rotation that is kept in plain values is read as it was, and its digest tells it from others."""

import json
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from core.config.rotation import Rotation
from core.oncall.declaring import digest, kept, read
from core.oncall.rota import Rota
from tests.layers_strategies import DAY, rotations

teams = st.sets(st.sampled_from(["amina", "jonas", "leo", "maya", "sofia"]))


def of_team(rotation: Rotation, people: set[str]) -> Rotation:
    return rotation.within(people).with_days_off(rotation.days_off)


@given(rotations(), teams)
def test_what_is_kept_is_read_as_it_was(made: tuple[Rotation, datetime], people: set[str]) -> None:
    rotation, at = of_team(made[0], people), made[1]
    found = read(json.loads(json.dumps(kept(rotation))))
    assert found is not None
    assert digest(found) == digest(rotation)
    assert (found.people, found.days_off) == (rotation.people, rotation.days_off)
    assert Rota(found).between(at, at + 3 * DAY) == Rota(rotation).between(at, at + 3 * DAY)


@given(rotations(), teams, teams)
def test_a_team_of_other_people_declares_another_rotation(
    made: tuple[Rotation, datetime], people: set[str], others: set[str]
) -> None:
    same = digest(of_team(made[0], people)) == digest(of_team(made[0], others))
    assert same == (people == others)


def test_what_this_version_cannot_read_is_nothing() -> None:
    assert read({"rotation": {"id": "flights", "shape": "round"}, "people": [], "days_off": []}) is None
    assert read({}) is None
