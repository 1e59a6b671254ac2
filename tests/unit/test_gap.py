"""The gap between what was promised offline and what a version does live."""

from datetime import UTC, datetime, timedelta

import pytest

from core.config.load import Config
from core.config.metric import Metric
from core.config.pipeline import Slo
from core.evaluation.live.measured import Figures
from core.evaluation.live.turnouts import Turnouts
from core.evaluation.log.prediction_log import Counts, Tallies, VersionTally
from core.evaluation.metric import Measured, accuracy
from core.evaluation.slo.fresh import gap_of
from core.evaluation.slo.gap import Gap, Live, offline_online_gap
from core.evaluation.slo.live import Known
from core.evaluation.windows import Window
from tests.fakes_log import FakeLog

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


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
        "v4 reached MAE 7.90 minutes live on 900 labels and 5.90 minutes on held-out rows: 2.00 minutes more "
    )
    better = late_minutes(minutes(7.9, 2000), minutes(5.9, 900))
    assert better is not None
    assert not better.found
    assert better.reason.endswith(
        "5.90 minutes live on 900 labels and 7.90 minutes on held-out rows: no gap that matters."
    )


def test_a_gap_is_over_once_it_is_a_trifle_and_not_when_it_is_less_sure() -> None:
    assert not Gap(2.1, -1, 2, found=False, reason="").over
    assert Gap(2.0, 1.9, 2, found=False, reason="").over
    assert Gap(9.0, 8.0, 2, found=False, reason="", moved=True).over


@pytest.mark.parametrize(("labels", "judged"), [((100, 100), True), ((99, 100), False), ((100, 99), False)])
def test_a_gap_takes_enough_labels_on_both_sides(labels: tuple[int, int], judged: bool) -> None:
    assert (gap(reached(0.9, labels[0]), reached(0.7, labels[1])) is not None) == judged


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
