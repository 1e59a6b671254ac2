"""The laws of the storm can fail: each is broken here by one fact. And a seed is always the same plan."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.outbox.store import Lane
from tests.chaos.facts import Facts, PageFact, RowFact, Shown, Waiting
from tests.chaos.laws import breaches, duplicates
from tests.chaos.load import Promises
from tests.chaos.patience import AFTERMATH, LONGEST_S, SILENT_S, STILL_S, Aftermath, Rest
from tests.chaos.plan import draw

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = AT + timedelta(seconds=1)

PAGE = PageFact(1, "exhausted", (0, 1), (AT, LATER), (10, 11), 1)
ROWS = (
    RowFact(1, "a", "alert-group:7", None, "sent", Lane.FIRST),
    RowFact(2, "b", "page:10", "alert-group:7", "sent", Lane.PAGE),
    RowFact(3, "c", "page:11", "alert-group:7", "sent", Lane.PAGE),
)
PARENT, FIRST, SECOND = (
    Shown("a", "C", "1.1", None, 7),
    Shown("b", "C", "1.2", "1.1", None),
    Shown("c", "C", "1.3", "1.1", None),
)
GOOD = Facts(
    stored=frozenset({"x", "y"}),
    firing=frozenset({"x"}),
    groups={7: "firing"},
    pages=(PAGE,),
    rows=ROWS,
    shown=(PARENT, FIRST, SECOND),
    recorded=Counter({7: 2}),
    acted=Counter({7: 2}),
    taken=Counter({7: 1}),
)
PROMISED = Promises(stored={"x", "y"}, ended={"y"}, clicks=Counter({7: 2}))


def test_a_good_world_breaks_no_law() -> None:
    assert breaches(GOOD, PROMISED, 0) == []


AGAIN = (AT, LATER, LATER + timedelta(seconds=2), LATER + timedelta(seconds=3))


def test_a_page_that_was_given_up_begins_again_only_where_the_alert_became_more_severe() -> None:
    page = replace(PAGE, steps=(0, 1, 2, 3), times=AGAIN, exhausts=2, rises=1)
    assert breaches(replace(GOOD, pages=(page,)), PROMISED, 0) == []
    assert len(breaches(replace(GOOD, pages=(replace(page, rises=0),)), PROMISED, 0)) == 2
    assert len(breaches(replace(GOOD, pages=(replace(page, exhausts=3),)), PROMISED, 0)) == 1


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"stored": frozenset({"x"})}, "1 acknowledged alerts are lost, such as y"),
        ({"firing": frozenset({"x", "y"})}, "1 alerts fire though their end was acknowledged"),
        ({"pages": (replace(PAGE, steps=(0, 0)),)}, "took the steps (0, 0)"),
        ({"pages": (replace(PAGE, steps=()),)}, "took the steps ()"),
        ({"pages": (replace(PAGE, times=(AT, AT)),)}, "escalated too early"),
        ({"pages": (replace(PAGE, exhausts=2),)}, "was given up 2 times"),
        ({"pages": (replace(PAGE, exhausts=0),)}, "nobody was told"),
        ({"pages": (replace(PAGE, status="open"),)}, "stands still"),
        ({"recorded": Counter({7: 1})}, "2 clicks were acknowledged, and 1 are on disk"),
        ({"acted": Counter({7: 3})}, "2 clicks came in, 3 were acted on"),
        ({"taken": Counter({7: 2})}, "was acknowledged 2 times"),
        ({"rows": (*ROWS[:2], replace(ROWS[2], status="dead"))}, "message page:11 is dead"),
        ({"shown": (PARENT, FIRST)}, "message page:11 is not in Slack"),
        ({"shown": (FIRST, SECOND)}, "message alert-group:7 is not in Slack"),
        ({"groups": {7: "acknowledged"}}, "its message says something else"),
        ({"shown": (PARENT, replace(FIRST, thread=None), SECOND)}, "not in the thread of alert-group:7"),
        ({"shown": (PARENT, replace(FIRST, ts="1.4"), SECOND)}, "out of order"),
        ({"shown": (PARENT, FIRST, SECOND, replace(SECOND, ts="1.5"))}, "1 messages were posted again"),
    ],
)
def test_each_law_can_be_broken(broken: dict[str, object], told: str) -> None:
    found = breaches(replace(GOOD, **broken), PROMISED, 0)  # type: ignore[arg-type]
    assert any(told in breach for breach in found), found


def test_what_later_rounds_send_may_be_under_way() -> None:
    """The last update of an older group, as its alerts end; its message shows what was before."""
    turned = replace(GOOD, groups={7: "resolved"})
    assert breaches(turned, PROMISED, 0)
    assert breaches(replace(turned, under_way=frozenset({"alert-group:7"})), PROMISED, 0) == []


def test_everybody_up_and_slow_is_well() -> None:
    found = Aftermath(0.0)
    for count in range(1, AFTERMATH + 1):
        assert not found.over(count * (SILENT_S - 1) - 0.1)
        found.look(count, 0, count * (SILENT_S - 1))
    assert found.over(AFTERMATH * SILENT_S)
    assert found.breach() is None


@pytest.mark.parametrize("answered", [0, AFTERMATH - 1])
def test_everybody_up_and_silent_is_not(answered: int) -> None:
    found = Aftermath(0.0)
    found.look(answered, 0, 0.0)
    assert not found.over(SILENT_S - 0.1)
    assert found.over(SILENT_S)
    assert f"{answered} requests were answered" in str(found.breach())


def test_everybody_up_and_refusing_is_not() -> None:
    found = Aftermath(0.0)
    found.look(AFTERMATH, AFTERMATH // 2, 1.0)
    assert "requests were refused after the start" in str(found.breach())


def row(attempts: int, after_s: float = 0.0) -> Waiting:
    """One message that waits for its next try."""
    due = AT + timedelta(seconds=after_s)
    return Waiting((), (), ((1, "pending", attempts, due),), due)


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_what_moves_is_waited_for_and_what_waits_for_its_time() -> None:
    rest = Rest(AT)
    tries = int(LONGEST_S / STILL_S)
    assert all(rest.look(row(n), later(n * (STILL_S - 1))) is None for n in range(tries))
    backing_off = Rest(AT)
    assert backing_off.look(row(8, 128), later(0)) is None
    assert backing_off.look(row(8, 128), later(128 + STILL_S - 1)) is None


@pytest.mark.parametrize(
    "still", [row(1), Waiting(((1, 0),), (), ()), Waiting((), (3,), ()), Waiting((), (), ((1, "sending", 1, AT),))]
)
def test_what_stands_still_is_told(still: Waiting) -> None:
    rest = Rest(AT)
    assert rest.look(still, later(0)) is None
    assert rest.look(still, later(STILL_S - 1)) is None
    assert "nothing has moved" in str(rest.look(still, later(STILL_S)))


def test_moving_without_end_is_told() -> None:
    rest = Rest(AT)
    found = [rest.look(row(n), later(n * STILL_S / 2)) for n in range(int(2 * LONGEST_S / STILL_S) + 1)]
    assert not any(found[:-1])
    assert "after 600 s there are still 1 messages" in str(found[-1])


def test_a_crash_excuses_one_more_post() -> None:
    again = replace(GOOD, shown=(*GOOD.shown, replace(SECOND, ts="1.5")))
    assert duplicates(again) == 1
    assert breaches(again, PROMISED, 1) == []


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_seed_is_a_plan(replicas: int) -> None:
    plans = [draw(seed, replicas) for seed in range(100)]
    assert plans == [draw(seed, replicas) for seed in range(100)]
    assert all(plan.crashes >= 1 and len(plan.kills) <= replicas for plan in plans)
    kinds = {fault.kind for plan in plans for fault in plan.faults}
    assert kinds == {"rate_limited", "server_error", "slow", "drop", "drop_after", "error", "hang"}
    if replicas > 1:
        assert {len(plan.kills) for plan in plans} == {1, 2}, "mostly one lives, sometimes none"
