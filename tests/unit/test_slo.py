"""Where an objective stands, the gap after a deployment, and product metrics from files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.config.load import Config
from core.config.metric import Metric
from core.config.pipeline import RollingSlo, Slo
from core.evaluation.labels.settled import Wait
from core.evaluation.live.measured import Figures
from core.evaluation.live.turnouts import Turnouts, settled
from core.evaluation.log.prediction_log import Counts, LogError, Tallies, VersionTally
from core.evaluation.metric import Measured, accuracy
from core.evaluation.slo.budget import Objective, Reading
from core.evaluation.slo.fresh import gap_of
from core.evaluation.slo.gap import Gap, Live, offline_online_gap
from core.evaluation.slo.live import Known
from core.evaluation.slo.series import read_series
from core.evaluation.slo.state import Standing, State, Words, stand
from core.evaluation.windows import Window
from tests.fakes_log import FakeLog

GOAL = Objective(0.8)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def standing(*values: float | None, labels: int = 100) -> Standing:
    return stand([Reading(value, labels if value is not None else 0) for value in values], GOAL, 200, "day")


def test_within_budget() -> None:
    found = standing(*[0.85] * 28)
    assert (found.state, found.cause) == (State.MET, "within-budget")
    assert found.reason == "85.0% over 28 days, objective at least 80.0%: 25% of the error budget is left."


def test_a_sudden_fall_is_a_fast_burn() -> None:
    found = standing(*[0.82] * 26, 0.6, 0.6)
    assert (found.state, found.cause) == (State.AT_RISK, "fast-burn")
    assert found.windows_left == 1
    assert "the last 2 days burned 2.0 times what is allowed" in found.reason


def test_a_slow_fall_is_a_slow_burn() -> None:
    found = standing(*[0.85] * 21, *[0.79] * 7)
    assert (found.state, found.cause) == (State.AT_RISK, "slow-burn")
    assert found.windows_left == 17


def test_a_spent_budget_is_a_breach() -> None:
    found = standing(*[0.85] * 10, *[0.75] * 18)
    assert (found.state, found.cause, found.windows_left) == (State.BREACHED, "spent", 0)


def test_a_bad_day_that_is_over_is_no_risk() -> None:
    assert standing(*[0.85] * 20, 0.5, *[0.85] * 7).state is State.MET


def test_without_labels_nothing_is_known() -> None:
    assert standing(None, None).cause == "no-labels"
    few = standing(0.2, None)
    assert (few.state, few.cause) == (State.UNKNOWN, "few-labels")
    assert few.reason == "100 labels of the last 2 days are in; 200 are needed."


def test_windows_whose_labels_are_not_in_yet_wait() -> None:
    assert standing(*[0.85] * 26, None, None).state is State.MET


def test_less_can_be_better() -> None:
    series = [Reading(1.2, 1)] * 7
    assert stand(series, Objective(1.5, at_least=False), 1).state is State.MET
    assert stand(series, Objective(1.1, at_least=False), 1).state is State.BREACHED


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_an_objective_without_a_budget_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no error budget"):
        Objective(value)


def reached(share: float, labels: int) -> Measured:
    found = accuracy(round(share * labels), labels)
    assert found is not None
    return found


def minutes(value: float, labels: int, around: float = 0.3) -> Measured:
    return Measured(value, value - around, value + around, labels)


def gap(offline: Measured, now: Measured, usual: Measured | None = None) -> Gap | None:
    return offline_online_gap(Metric.ACCURACY, "", offline, Live("4", now, usual), 100)


def late_minutes(offline: Measured, now: Measured, usual: Measured | None = None) -> Gap | None:
    return offline_online_gap(Metric.MAE, "minutes", offline, Live("4", now, usual), 100)


def test_a_version_that_does_worse_live_is_found() -> None:
    found = gap(reached(0.86, 2000), reached(0.71, 900), reached(0.84, 3000))
    assert found is not None
    assert found.found
    assert found.reason.startswith(
        "v4 reached accuracy 71.0% live on 900 labels and 86.0% on held-out rows: 15.0 points less"
    )


def test_of_errors_more_is_worse() -> None:
    found = late_minutes(minutes(5.9, 2000), minutes(7.9, 900), minutes(6.1, 2000))
    assert found is not None
    assert found.found
    assert found.worse == pytest.approx(2.0)
    assert found.reason.startswith(
        "v4 reached MAE 7.9 minutes live on 900 labels and 5.9 minutes on held-out rows: 2.00 minutes more right after"
    )
    better = late_minutes(minutes(7.9, 2000), minutes(5.9, 900))
    assert better is not None
    assert not better.found


def test_one_day_is_no_gap_where_days_stray_as_far() -> None:
    steady = Live("4", reached(0.71, 900), None, 0.01)
    stormy = Live("4", reached(0.71, 900), None, 0.08)
    for live, found in ((steady, True), (stormy, False)):
        told = offline_online_gap(Metric.ACCURACY, "", reached(0.86, 2000), live, 100)
        assert told is not None
        assert told.found is found


def test_half_of_a_first_day_says_nothing_of_a_version(config: Config) -> None:
    """It serves since noon, and afternoons are worse."""
    before = [tally(w, "3", 0.85) for w in range(6)]
    noon = [*before[:5], VersionTally(5, "3", Counts(140, 140, 130)), VersionTally(5, "4", Counts(160, 160, 90))]
    offline = {"4": reached(0.86, 2000)}
    assert gap_after(known(noon, 6), offline, config) is None
    day_after = gap_after(known([*noon, tally(6, "4", 0.86)], 7), offline, config)
    assert day_after is not None
    assert not day_after.found
    whole = gap_after(known([*before[:5], tally(5, "4", 0.56)], 6), offline, config)
    assert whole is not None
    assert whole.found


def test_a_world_that_moved_is_not_blamed_on_the_deployment() -> None:
    for found in (
        gap(reached(0.86, 2000), reached(0.71, 900), reached(0.70, 3000)),
        late_minutes(minutes(5.9, 2000), minutes(7.9, 900), minutes(8.1, 2000)),
    ):
        assert found is not None
        assert not found.found
        assert "so did the version before it" in found.reason


def test_a_trifle_and_a_handful_are_no_gap() -> None:
    near = gap(reached(0.86, 2_000_000), reached(0.845, 900_000))
    assert near is not None
    assert not near.found
    assert gap(reached(0.86, 2000), reached(0.2, 20)) is None
    close = late_minutes(minutes(5.9, 2_000_000, 0.001), minutes(6.1, 900_000, 0.001))
    assert close is not None
    assert not close.found, "4% of an error"
    assert late_minutes(minutes(5.9, 2000), Measured(9.9, None, None, 200)) is None, "no interval, no finding"


def tally(window: int, version: str, share: float) -> VersionTally:
    right = round(300 * share)
    return VersionTally(window, version, Counts(300, 300, right))


def known(tallies: list[VersionTally], windows: int, early: int = 0) -> Known:
    """Days of which the last `early` have not all of their labels."""
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(windows)]
    done = frozenset(day.start for day in days[: windows - early])
    return Known(days, Figures(), Tallies(versions=tallies), Turnouts(done))


def gap_after(
    seen: Known, offline: dict[str, Measured], config: Config, followed: str | None = None
) -> Gap | None:
    """An accuracy's, which needs no rows."""
    pipeline = config.pipeline("flights").model_copy(update={"slo": Slo(objective=0.7, minimum_labels=100)})
    return gap_of(FakeLog([], [], ()), pipeline, seen, offline, BEGIN, followed)


def test_the_gap_is_looked_for_while_a_version_is_fresh(config: Config) -> None:
    tallies = [tally(w, "3", 0.85) for w in range(5)] + [tally(w, "4", 0.6) for w in range(5, 20)]
    offline = {"4": reached(0.86, 2000)}
    fresh = gap_after(known(tallies[:8], 8), offline, config)
    assert fresh is not None
    assert fresh.found
    assert gap_after(known(tallies, 20), offline, config) is None
    assert gap_after(known(tallies[:8], 8), {}, config) is None
    assert gap_after(known([], 8), offline, config) is None


def test_a_gap_that_people_were_told_of_is_looked_at_by_the_last_windows(config: Config) -> None:
    worse = [tally(w, "3", 0.85) for w in range(5)] + [tally(w, "4", 0.6) for w in range(5, 20)]
    offline = {"4": reached(0.86, 2000)}
    aged = gap_after(known(worse, 20), offline, config, "4")
    assert aged is not None
    assert (aged.found, aged.over) == (True, False)
    assert "less, and still so after its first week." in aged.reason
    assert gap_after(known(worse, 20), offline, config, "3") is None
    mended = [*worse, *(tally(w, "4", 0.86) for w in range(20, 27))]
    well = gap_after(known(mended, 27), offline, config, "4")
    assert well is not None
    assert (well.found, well.over) == (False, True)


def test_a_gap_is_not_over_because_nobody_is_sure_of_it_any_more() -> None:
    unsure = gap(reached(0.86, 2000), reached(0.82, 200))
    assert unsure is not None
    assert (unsure.found, unsure.over) == (False, False)
    moved = gap(reached(0.86, 2000), reached(0.71, 900), reached(0.70, 3000))
    assert moved is not None
    assert moved.over


def test_early_labels_show_no_gap(config: Config) -> None:
    """The first day of a version with all its labels did as it should; today only the bad ones are in."""
    tallies = [tally(w, "3", 0.85) for w in range(5)] + [tally(5, "4", 0.86), tally(6, "4", 0.2)]
    found = gap_after(known(tallies, 7, early=1), {"4": reached(0.86, 2000)}, config)
    assert found is not None
    assert not found.found
    assert gap_after(known(tallies, 7, early=2), {"4": reached(0.86, 2000)}, config) is None


def test_the_metric_is_named_in_the_sentence_of_a_budget() -> None:
    words = Words("MAE", lambda value: f"{value:g} minutes", lambda value: f"{value:g} minutes")
    found = stand([Reading(8.0, 100)] * 7, Objective(9.0, at_least=False), 1, "day", 0, words)
    assert found.reason.startswith(
        "MAE 8 minutes over 7 days, objective at most 9 minutes: 11% of the error budget"
    )


def estimated(value: float, low: float, high: float, arrived: int = 30) -> Reading:
    return Reading(value, 100, low, high, arrived)


FULL = [Reading(0.82, 100)] * 10


def test_an_estimate_breaches_only_with_its_whole_interval() -> None:
    worst = estimated(0.1, 0.05, 0.15)
    assert stand([*FULL[:2], worst, worst], GOAL, 100, "day").state is State.BREACHED
    wide = estimated(0.7, 0.4, 0.95)
    found = stand([*FULL[:1], wide, wide], GOAL, 100, "day")
    assert (found.state, found.cause) == (State.AT_RISK, "likely-spent")
    assert found.reason.startswith(
        "74.0% (54.0% to 90.7%) over 3 days, objective at least 80.0%: the error budget is probably"
    )
    assert "2 days of them estimated, since labels are still to come." in found.reason


def test_a_burn_that_an_estimate_is_not_sure_of_is_no_risk() -> None:
    sure, unsure = estimated(0.7, 0.6, 0.75), estimated(0.7, 0.3, 0.95)
    assert stand([*FULL, *FULL, sure, sure], GOAL, 100, "day").cause == "fast-burn"
    assert stand([*FULL, *FULL, unsure, unsure], GOAL, 100, "day").state is State.MET


def test_a_period_of_early_labels_is_not_judged() -> None:
    gone = [Reading(None, 0)] * 5
    found = stand([*FULL[:4], *gone], GOAL, 100, "day", left_out=5)
    assert (found.state, found.cause) == (State.UNKNOWN, "early-labels")
    some = stand([*FULL, *gone[:2]], GOAL, 100, "day", left_out=2)
    assert some.state is State.MET
    assert some.reason.endswith("2 days left out: only the early labels are in.")


def waits(*hours: float, missing: int = 0, age: float = 24.0) -> list[Wait]:
    return [*(Wait(each, True, 10) for each in hours), *([Wait(age, False, 10)] * missing)]


def test_labels_are_in_once_no_more_will_come() -> None:
    """For six days the labels of half an hour and of thirty; in one day a third never came."""
    full, storm, today = waits(0.5, 30.0), waits(0.5, 30.0, missing=1, age=200.0), waits(0.5, missing=1)
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(7)]
    assert settled(days, [full] * 5 + [storm, today]) == {day.start for day in days[:6]}
    assert settled(days[:2], [storm, full]) == {days[1].start}, "two days do not say what is usual"


def test_a_storm_in_the_first_week_is_judged_by_the_labels_that_came() -> None:
    """Half of the fourth day's labels never come, and are overdue; of the first three days nearly all came in hours."""
    full, storm = waits(2.0, 5.0, 9.0), [Wait(5.0, True, 490), Wait(20.0, False, 510)]
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(4)]
    assert settled(days, [full, full, full, storm]) == {day.start for day in days}


def test_labels_that_take_longer_than_anybody_watched_are_waited_for() -> None:
    """Of ten days three in ten labels came, all in two hours; what the others take nobody knows yet."""
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(10)]
    young = [[Wait(2.0, True, 30), Wait(24.0 * (10 - i), False, 70)] for i in range(10)]
    assert settled(days, young) == set()


def test_a_series_is_read_by_windows(tmp_path: Path) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(
        "at,value,weight\n2024-01-01T08:00:00Z,2.0,1\n2024-01-01 20:00:00,5.0,2\n2024-01-03,,1\n2024-01-03,inf,1\n"
        "2024-01-03,2.0,inf\n2024-01-03,2.0,-1\n"
    )
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(3)]
    assert read_series(path, days) == [Reading(4.0, 3.0), Reading(None, 0.0), Reading(None, 0.0)]


@pytest.mark.parametrize(
    "text", ["", "when,value\n1,2\n", "at,value\nyesterday,2\n", "at,value\n2024-01-01,much\n"]
)
def test_a_series_that_cannot_be_read_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(text)
    with pytest.raises(LogError, match=r"revenue.csv: this series cannot be read"):
        read_series(path, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"objective": 1.0, "series": "x.csv"}, "below 1"),
        ({"objective": 0.8, "where": {"a": 1}, "series": "x.csv"}, "does not go with"),
        ({"objective": 0.0, "at_least": False, "series": "x.csv"}, "above 0"),
        ({"objective": 0.8, "windows": 29}, "less than or equal to 28"),
    ],
)
def test_objectives_that_make_no_sense_are_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RollingSlo.model_validate({"name": "x"} | asked)
