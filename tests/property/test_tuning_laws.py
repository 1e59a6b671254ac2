"""Laws of tuning: recall is kept on the replay, more recall never sends less, and what is not known changes nothing."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.tuning.past import Judged, PastWindow, Said, judge
from core.evaluation.tuning.policy import DEFAULT, AlertingPolicy
from core.evaluation.tuning.proposal import propose, replay
from core.evaluation.tuning.record import noticed, paged, records
from core.evaluation.tuning.refit import FEWEST_DROPS, refit
from core.evaluation.tuning.threshold import Example, fit

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)
CHECKS, KINDS = ("drift", "nulls", "domain"), ("hard", "soft", "drift")
recalls = st.floats(0.5, 1.0)
examples = st.lists(
    st.builds(Example, st.floats(0.0, 1.0), st.sampled_from([True, False, None])), min_size=1, max_size=40
)


def past_of(seed: int, *, known: bool = True) -> list[PastWindow]:
    """Any past of 20 to 80 days, with ties among its scores."""
    rng = random.Random(seed)
    often, ties = rng.random(), rng.choice([1, 2, 6])

    def one(day: int) -> PastWindow:
        said = [
            Said(rng.choice(CHECKS), rng.choice(KINDS), round(1 + rng.expovariate(0.5), ties))
            for _ in range(rng.choice([0, 0, 1, 3]))
        ]
        risk = None if rng.random() < 0.1 else round(rng.random(), ties)
        dropped = rng.random() < often if known else None
        flags = (rng.random() < 0.3, rng.random() < 0.2, rng.choice([None, None, None, True, False]))
        return PastWindow(START + day * DAY, START + (day + 1) * DAY, risk, tuple(said), dropped, *flags)

    return [one(day) for day in range(rng.randint(20, 80))]


pasts = st.builds(past_of, st.integers(0, 10**9))
unknowns = st.builds(lambda seed: past_of(seed, known=False), st.integers(0, 10**9))


def sent(judged: list[Judged], policy: AlertingPolicy) -> set[tuple[str, datetime]]:
    pages = {("page", each.window.start) for each in judged if paged(each, policy)}
    return pages | {("notice", each.window.start) for each in judged if noticed(each, policy)}


@settings(deadline=None)
@given(examples, recalls, st.floats(0.01, 1.0))
def test_a_threshold_keeps_the_recall_that_was_asked_for(
    past: list[Example], recall: float, current: float
) -> None:
    threshold = fit(past, recall, current)
    wanted = [each for each in past if each.wanted]
    assert sum(each.score >= threshold for each in wanted) >= recall * len(wanted) - 1e-6


@settings(deadline=None)
@given(examples, recalls, st.floats(0.01, 1.0))
def test_no_other_threshold_that_keeps_it_has_fewer_false_alarms(
    past: list[Example], recall: float, current: float
) -> None:
    def false_alarms(threshold: float) -> int:
        return sum(each.wanted is False and each.score >= threshold for each in past)

    wanted = [each.score for each in past if each.wanted]
    chosen = fit(past, recall, current)
    for other in {each.score for each in past}:
        if sum(score >= other for score in wanted) >= recall * len(wanted) and wanted:
            assert false_alarms(chosen) <= false_alarms(other)


@settings(deadline=None)
@given(pasts, recalls)
def test_the_replay_keeps_the_recall_that_was_asked_for(past: list[PastWindow], recall: float) -> None:
    judged = judge(past)
    policy = refit(judged, recall, DEFAULT).policy
    reachable = [each for each in judged if each.dropped and each.window.waits_on_risk]
    if len(reachable) >= FEWEST_DROPS:
        assert sum(paged(each, policy) for each in reachable) >= recall * len(reachable) - 1e-6
    found = replay(judged, policy)
    assert found.kept >= recall * found.worth - 1e-6


@settings(deadline=None)
@given(pasts, recalls, recalls)
def test_more_recall_asked_for_never_sends_less(past: list[PastWindow], one: float, other: float) -> None:
    judged = judge(past)
    less, more = (sent(judged, refit(judged, recall, DEFAULT).policy) for recall in sorted((one, other)))
    assert less <= more


@settings(deadline=None)
@given(pasts, unknowns, recalls)
def test_windows_without_labels_change_nothing(
    past: list[PastWindow], unknown: list[PastWindow], recall: float
) -> None:
    with_them = judge([*unknown, *past])
    assert with_them == judge(past)
    assert judge(unknown) == []
    assert propose(with_them, recall, DEFAULT) == propose(judge(past), recall, DEFAULT)


@settings(deadline=None)
@given(pasts, recalls)
def test_values_that_cannot_be_right_are_never_tuned_away(past: list[PastWindow], recall: float) -> None:
    judged = judge(past)
    policy = refit(judged, recall, DEFAULT).policy
    assert all(noticed(each, policy) for each in judged if each.window.hard)


@settings(deadline=None)
@given(pasts, recalls)
def test_a_fit_repeated_on_the_same_past_changes_nothing_more(past: list[PastWindow], recall: float) -> None:
    judged = judge(past)
    once = refit(judged, recall, DEFAULT).policy
    assert sent(judged, refit(judged, recall, once).policy) == sent(judged, once)


@settings(deadline=None)
@given(pasts)
def test_every_share_lies_in_its_interval(past: list[PastWindow]) -> None:
    for record in records(judge(past), DEFAULT):
        for share in (record.precision, record.recall):
            low, high = share.interval
            assert 0 <= low <= high <= 1
            assert share.value is None or low - 1e-9 <= share.value <= high + 1e-9


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.dictionaries(st.sampled_from("abc"), st.floats(1, 50)))
def test_a_policy_is_what_it_was_stored_as(page: float, record: float, levels: dict[str, float]) -> None:
    policy = AlertingPolicy(page, record, levels)
    assert AlertingPolicy.from_json(policy.as_json()) == policy
