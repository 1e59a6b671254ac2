"""What people may do with a page beside answering its alert."""

from typing import Any

import pytest

from core.config.declared import Person
from core.oncall.answering import LONGEST_ANSWER, may_escalate, may_pass, may_tell
from core.oncall.tables import CallKind, Page, PageCall, PageStatus
from tests.oncall_support import person

MAYA, JONAS, LEO, SOFIA = person("maya"), person("jonas"), person("leo"), person("sofia")
"""Responders but for Sofia."""


def page(status: PageStatus = PageStatus.OPEN, answered_by: str | None = None) -> Page:
    return Page(status=status, answered_by=answered_by)


@pytest.mark.parametrize(
    ("of", "who", "reason"),
    [
        (page(), MAYA, None),
        (page(PageStatus.EXHAUSTED), MAYA, None),
        (page(PageStatus.ANSWERED, "jonas"), MAYA, "already_answered"),
        (page(PageStatus.WITHDRAWN), MAYA, "no_open_page"),
        (None, MAYA, "no_open_page"),
        (page(), SOFIA, "role_missing"),
        (page(), None, "unknown_person"),
    ],
)
def test_a_responder_moves_a_page_that_nobody_has_answered(
    of: Page | None, who: Person | None, reason: str | None
) -> None:
    assert may_escalate(of, who).reason == (reason or "escalated")
    assert may_pass(of, who, JONAS).reason == (reason or "passed")


@pytest.mark.parametrize(
    ("to", "reason"), [(JONAS, "passed"), (MAYA, "same_person"), (SOFIA, "role_missing"), (None, "unknown_person")]
)
def test_a_page_is_passed_to_another_responder(to: Person | None, reason: str) -> None:
    assert may_pass(page(), MAYA, to).reason == reason


def call(**changes: Any) -> PageCall:
    return PageCall(**{"kind": CallKind.SHADOW, "target": "leo", **changes})


@pytest.mark.parametrize(
    ("of", "who", "text", "reason"),
    [
        (call(), LEO, "restart it", "told"),
        (call(), LEO, "x" * LONGEST_ANSWER, "told"),
        (call(), LEO, "x" * (LONGEST_ANSWER + 1), "too_long"),
        (call(), LEO, " \n", "nothing_said"),
        (call(), MAYA, "restart it", "not_the_shadow"),
        (call(), None, "restart it", "not_the_shadow"),
        (call(kind=CallKind.PERSON), LEO, "restart it", "no_such_call"),
        (None, LEO, "restart it", "no_such_call"),
    ],
)
def test_the_shadow_who_was_copied_says_what_they_would_do(
    of: PageCall | None, who: Person | None, text: str, reason: str
) -> None:
    assert may_tell(of, who, text).reason == reason


def test_what_a_shadow_says_forges_no_mention() -> None:
    told = may_tell(call(), LEO, " ask {person:maya} ").detail
    assert told.startswith("{person:leo}, who goes along as shadow, would: ask ")
    assert "{person:maya}" not in told
