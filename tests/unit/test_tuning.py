"""What past verdicts ask for: fewer false pages without a missed drop, and nothing where too little is known."""

from datetime import UTC, datetime, timedelta

import pytest

from core.evaluation.tuning.past import PastWindow, Said, judge
from core.evaluation.tuning.policy import DEFAULT, AlertingPolicy
from core.evaluation.tuning.proposal import Nothing, Proposal, propose, replay
from core.evaluation.tuning.record import PAGES, Share, paged, records
from core.evaluation.tuning.refit import refit
from core.evaluation.tuning.threshold import Example, fit

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)
DRIFT = Said("drift", "drift", 1.5)


def window(day: int, risk: float | None, dropped: bool | None, *said: Said, acted: bool = False) -> PastWindow:
    return PastWindow(START + day * DAY, START + (day + 1) * DAY, risk, said, dropped, acted)


def anxious(days: int = 90) -> list[PastWindow]:
    """Every third day is feared at 0.6 and fine; every fifteenth drops, and was feared at 0.9."""
    return [
        window(day, 0.9 if day % 15 == 7 else 0.6 if day % 3 == 0 else 0.1, dropped=day % 15 == 7)
        for day in range(days)
    ]


def proposed(past: list[PastWindow], recall: float = 0.9, current: AlertingPolicy = DEFAULT) -> Proposal:
    found = propose(judge(past), recall, current)
    assert isinstance(found, Proposal), found
    return found


def test_a_proposal_says_what_it_would_have_sent_and_missed() -> None:
    found = proposed(anxious())
    assert found.sentence == (
        "Over 90 windows it would have sent 6 messages instead of 30, missing none of the 6 real drops."
    )
    assert 0.6 < found.policy.page_from <= 0.9
    assert found.forward_keeps is None, "the older half has too few drops to be fitted alone"


def test_a_long_past_is_fitted_on_its_older_half_and_tried_on_the_newer() -> None:
    found = proposed(anxious(180))
    assert found.forward is not None
    assert (found.forward.told, found.forward.drops, found.forward_keeps) == (6, 6, True)


def test_a_past_that_has_changed_does_not_carry_forward() -> None:
    changed = [window(day, 0.3 if day % 15 == 7 else 0.1, dropped=day % 15 == 7) for day in range(90, 180)]
    found = proposed([*anxious(90), *changed])
    assert (found.before.missed, found.after.missed) == (6, 0)
    assert found.forward is not None
    assert (found.forward.told, found.forward.drops, found.forward_keeps) == (0, 6, False)


def test_an_alert_that_goes_on_is_no_new_message() -> None:
    days = [(0, True), (1, True), (2, False), (3, True), (5, True)]
    judged = judge(window(day, 0.9 if loud else 0.1, dropped=False) for day, loud in days)
    assert replay(judged, DEFAULT).pages == 3, "the first two days are one, and so is each of the others"


def test_too_few_drops_leave_pages_alone() -> None:
    found = propose(judge(anxious(60)), 0.9, DEFAULT)
    assert found == Nothing("too_few", "Pages stay as they are: 4 real drops with an estimate, and 5 are needed.")


def test_too_few_windows_leave_everything_alone() -> None:
    found = propose(judge(anxious(19)), 0.9, DEFAULT)
    assert isinstance(found, Nothing)
    assert found.detail == "Thresholds stay as they are: 19 windows have their labels, and 20 are needed."


def test_drops_that_were_missed_lower_the_threshold() -> None:
    past = [window(day, 0.35 if day % 10 == 0 else 0.05, dropped=day % 10 == 0) for day in range(60)]
    found = proposed(past)
    assert found.before.missed == 6
    assert found.after.missed == 0
    assert found.sentence.endswith("missing none of the 6 real drops. The thresholds of now missed 6 of them.")
    assert found.policy.record_from <= found.policy.page_from


def test_a_check_that_was_never_worth_a_message_speaks_only_when_it_is_worse_than_ever() -> None:
    past = [window(day, 0.1, False, *([DRIFT] if day % 2 else [])) for day in range(60)]
    found = proposed(past)
    assert found.policy.notify_from["drift"] > DRIFT.score
    assert found.policy.notifies("drift", "drift", 2.0)
    assert not found.policy.notifies("drift", "drift", 1.5)
    assert found.policy.notifies("nulls", "soft", 1.0), "what was never seen is spoken of"
    assert (
        found.sentence == "Over 60 windows it would have sent 0 messages instead of 30, with no real drop to miss."
    )


def test_what_people_acted_on_is_worth_a_message_and_what_they_called_noise_is_not() -> None:
    acted = judge([window(0, 0.1, False, DRIFT, acted=True)])[0]
    noise = judge([PastWindow(START, START + DAY, 0.1, (DRIFT,), False, acted=True, noise=True)])[0]
    assert acted.worth_saying
    assert not noise.worth_saying
    past = [window(day, 0.1, False, DRIFT, acted=True) for day in range(60)]
    assert isinstance(propose(judge(past), 0.9, DEFAULT), Nothing)


def test_a_page_the_day_before_a_drop_was_right() -> None:
    before, during = judge([window(0, 0.8, False), window(1, 0.8, True)])
    assert before.page_was_right
    assert during.page_was_right
    alone = judge([window(0, 0.8, False), window(2, 0.8, True)])[0]
    assert not alone.page_was_right, "a drop two days later is another one"


def test_records_of_pages_and_checks() -> None:
    past = [window(0, 0.9, True, DRIFT), window(1, 0.6, False), window(2, 0.1, True), window(3, 0.1, False, DRIFT)]
    pages, drift = records(judge(past), DEFAULT)
    assert (pages.name, pages.precision, pages.recall) == (PAGES, Share(2, 2), Share(1, 2))
    assert (drift.name, drift.precision, drift.recall) == ("drift", Share(1, 2), Share(1, 2))
    low, high = Share(6, 6).interval
    assert (round(low, 2), high) == (0.61, 1.0), "six of six is no certainty"
    assert Share(0, 0).interval == (0.0, 1.0)


def test_each_check_has_a_record_of_its_own() -> None:
    past = [window(0, 0.1, True, DRIFT), window(2, 0.1, False, Said("nulls", "soft", 1.5)), window(4, 0.1, True)]
    found = {each.name: (each.precision, each.recall) for each in records(judge(past), DEFAULT)}
    assert found == {
        PAGES: (Share(0, 0), Share(0, 2)),
        "drift": (Share(1, 1), Share(1, 2)),
        "nulls": (Share(0, 1), Share(0, 2)),
    }


def test_what_the_labels_said_goes_before_what_was_feared() -> None:
    def told(stated: bool | None, risk: float | None) -> bool:
        (each,) = judge([PastWindow(START, START + DAY, risk, (), False, stated=stated)])
        return paged(each, DEFAULT)

    assert [told(True, 0.0), told(False, 1.0), told(None, 1.0), told(None, 0.0)] == [True, False, True, False]
    assert not told(None, None)


def test_values_that_cannot_be_right_weigh_a_risk_double() -> None:
    assert DEFAULT.pages(0.3, hard=True)
    assert not DEFAULT.pages(0.3, hard=False)
    assert not DEFAULT.pages(None, hard=True)


def test_verdicts_that_rested_on_labels_say_nothing_about_the_risk() -> None:
    stated = [
        PastWindow(each.start, each.end, each.risk, (), each.dropped, stated=each.dropped) for each in anxious()
    ]
    assert refit(judge(stated), 0.9, DEFAULT).policy == DEFAULT


@pytest.mark.parametrize("recall", [0.0, 1.5])
def test_a_recall_that_is_none_is_an_error(recall: float) -> None:
    with pytest.raises(ValueError, match="recall must be"):
        fit([Example(0.5, True)], recall, 0.5)


RIGHT, FALSE = [0.9, 0.8, 0.7], [0.75]


@pytest.mark.parametrize(
    ("right", "false", "neither", "recall", "current", "highest", "threshold"),
    [
        (RIGHT, FALSE, [], 1.0, 0.9, 1.0, 0.35),
        (RIGHT, FALSE, [], 1.0, 0.5, 1.0, 0.5),
        (RIGHT, FALSE, [], 0.66, 0.5, 1.0, 0.775),
        (RIGHT, FALSE, [], 0.66, 0.8, 1.0, 0.8),
        (RIGHT, FALSE, [], 0.66, 0.75, 1.0, 0.775),
        (RIGHT, [0.75, 0.2], [], 0.66, 0.5, 1.0, 0.775),
        (RIGHT, FALSE, [0.78], 0.66, 0.5, 1.0, 0.79),
        ([0.9, 0.3], [], [0.6], 0.5, 0.5, 1.0, 0.15),
        (RIGHT, FALSE, [], 0.66, 0.5, 0.6, 0.6),
        ([], [0.6], [], 0.9, 0.5, 1.0, 0.631),
        ([], [0.6], [], 0.9, 0.7, 1.0, 0.7),
        ([], [0.6], [], 0.9, 0.5, 0.55, 0.55),
        ([0.80004], [0.80002], [], 1.0, 0.5, 1.0, 0.80004),
        ([], [], [], 0.9, 0.5, 1.0, 0.5),
    ],
    ids=[
        "halfway to nothing",
        "the same alarms",
        "above what was false",
        "as high as the lowest alarm",
        "an alarm that was false",
        "the highest of what was false counts",
        "halfway to what was neither",
        "what costs no false alarm is kept",
        "never above the highest",
        "above all that was false",
        "or where it is",
        "but not above the highest",
        "closer than three digits tell",
        "nothing known",
    ],
)
def test_a_threshold_lies_where_the_fewest_false_alarms_are(
    right: list[float],
    false: list[float],
    neither: list[float],
    recall: float,
    current: float,
    highest: float,
    threshold: float,
) -> None:
    parts = ((right, True), (false, False), (neither, None))
    examples = [Example(score, wanted) for scores, wanted in parts for score in scores]
    assert fit(examples, recall, current, highest=highest) == pytest.approx(threshold)
