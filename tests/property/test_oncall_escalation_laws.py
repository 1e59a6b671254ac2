"""Laws of escalation: an unanswered page takes every step of its policy once, in order, and then says that it ends."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.config.escalation import EscalationPolicy, EscalationStep, Notify, Target
from core.oncall.escalation import REMIND_FIRST, Move, PageState, advance, begin, duration, length
from core.oncall.tables import PageStatus

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
MINUTES = st.integers(1, 500).map(lambda count: timedelta(minutes=count))

CALLED = [target for target in Target if target is not Target.SHADOW]
TARGETS = st.lists(st.sampled_from(CALLED).map(lambda who: Notify(who=who)), min_size=1, max_size=3)

policies = st.builds(
    EscalationPolicy,
    id=st.just("page"),
    steps=st.lists(st.builds(EscalationStep, notify=TARGETS, wait=MINUTES), min_size=1, max_size=4),
    repeat=st.integers(0, 3),
)


@given(policies, st.one_of(st.none(), st.integers(0, 40)), st.lists(MINUTES, max_size=30))
def test_every_step_is_taken_once_in_order_however_late_the_passes_are(
    policy: EscalationPolicy, last: int | None, delays: list[timedelta]
) -> None:
    step, taken, late = begin(policy, NOW, last), [], iter(delays)
    while step.move is Move.NOTIFY:
        taken.append((step.step % len(policy.steps), step.notify))
        page = PageState(PageStatus.OPEN, step.step, step.due_at, step.first)
        assert advance(page, policy, step.due_at - timedelta(seconds=1)).move is Move.WAIT
        step = advance(page, policy, step.due_at + next(late, timedelta(0)))
    assert step.move is Move.EXHAUST
    assert taken == [(number, one.notify) for number, one in enumerate(policy.steps)] * (1 + policy.repeat)
    assert len(taken) == length(policy)


@given(policies)
def test_a_pass_on_time_takes_as_long_as_the_policy_says(policy: EscalationPolicy) -> None:
    step = begin(policy, NOW)
    while step.move is Move.NOTIFY:
        step = advance(PageState(PageStatus.OPEN, step.step, step.due_at), policy, step.due_at)
    assert step.due_at - NOW == duration(policy) + REMIND_FIRST


@given(policies, policies, st.integers(0, 40))
def test_a_policy_that_is_edited_meanwhile_still_ends(
    old: EscalationPolicy, new: EscalationPolicy, taken: int
) -> None:
    step = begin(old, NOW)
    for _ in range(min(taken, length(old) - 1)):
        step = advance(PageState(PageStatus.OPEN, step.step, step.due_at), old, step.due_at)
    calls = 0
    while step.move is Move.NOTIFY:
        step = advance(PageState(PageStatus.OPEN, step.step, step.due_at), new, step.due_at)
        calls += 1
    assert calls <= length(new)
