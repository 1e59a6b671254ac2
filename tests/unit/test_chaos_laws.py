"""The laws of the storm can fail: each is broken here by one fact. And a seed is always the same plan."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.outbox.store import Lane
from tests.chaos.facts import Facts, PageFact, RowFact, Shown
from tests.chaos.laws import breaches, duplicates
from tests.chaos.load import Promises
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
