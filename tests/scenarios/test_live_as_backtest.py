"""What a backtest says of a log is what the live evaluation did, had it been there: the same log, day by day."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.alerts.severity import Severity
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation import store
from core.evaluation.backtest.outcome import WalkedWindow
from core.evaluation.backtest.run import backtest_alerts
from core.evaluation.log.ibis_log import open_log
from tests.evaluation_support import groups
from tests.fakes_models import FakeRegistry
from tests.late_labels_support import DAY, FEATURES, OBJECTIVE, START, Fault, What, config_of, keep, payments
from tests.steps_support import DirectSteps
from workflows.evaluate import evaluate
from workflows.ports import Workshop

pytestmark = [pytest.mark.slow]
FIRST, DAYS = 60, 73
"""After more than the six weeks that the live checks need to know what is usual."""
FAULTS = (Fault(What.CENTS, 61, 66), Fault(What.MISSING, 70, 72))


@dataclass(frozen=True)
class Lived:
    """A day of the live product: whether somebody was called or told anew, and the estimate."""

    called: bool
    told: bool
    cause: str | None
    interval: tuple[float, float] | None


async def live(database: Database, config: Config, folder: Path) -> list[Lived]:
    clock, found, known = SimulatedClock(START + FIRST * DAY), [], set[int]()
    tools = Workshop(database, config, clock, folder, FakeRegistry(), open_log, lambda _: None)
    for day in range(FIRST, DAYS):
        at = START + (day + 1) * DAY
        clock.advance_to(at)
        await evaluate(DirectSteps(), tools, {"pipeline": "flights", "at": at.isoformat()})
        with database.read() as session:
            said = store.latest(session, "flights")[0].summary["estimate"]
            now = groups(session)
            new = {each.severity for each in now if each.id not in known}
        known |= {each.id for each in now}
        span = None if said["value"] is None else (said["low"], said["high"])
        found.append(Lived(Severity.CRITICAL in new, Severity.WARNING in new, said["cause"], span))
    return found


def severity(lived: Lived) -> str:
    """What people hear of a day; an alert stays open until labels end it, which a backtest does not follow."""
    return "page" if lived.called else "notify" if lived.told else "quiet"


def repeats(window: WalkedWindow) -> bool:
    """A backtest tells a finding again when it has doubled; the live alert that is open is updated in place."""
    return window.severity == "notify" and all(f.continues for f in window.findings if f.severity == "notify")


async def test_both_say_the_same_of_every_day(sqlite_database: Database, tmp_path: Path) -> None:
    log = payments(DAYS, *FAULTS)
    keep(log, tmp_path)
    log.to_parquet(tmp_path / "log.parquet")
    lived = await live(sqlite_database, config_of(tmp_path), tmp_path)
    report = backtest_alerts(
        tmp_path / "log.parquet",
        timestamp="at",
        prediction="predicted",
        score="score",
        label="label",
        label_at="label_at",
        id="id",
        features=list(FEATURES),
        slo=f">={OBJECTIVE}",
        reference_until=(START + FIRST * DAY).isoformat(),
    )
    assert len(report.windows) == len(lived) == DAYS - FIRST
    heard = ["quiet" if repeats(each) else each.severity.value for each in report.windows]
    said = [each if each in ("page", "notify") else "quiet" for each in heard]
    assert [severity(each) for each in lived] == said
    assert (said.index("page"), said.index("notify")) == (61 - FIRST, 70 - FIRST)
    assert (said.count("page"), said.count("notify")) == (1, 1)
    for window, each in zip(report.windows, lived, strict=True):
        assert (window.unestimated or None) == each.cause, window.start
        if window.estimate is not None:
            assert each.interval == pytest.approx((window.estimate.low, window.estimate.high), abs=0.03), (
                window.start
            )
