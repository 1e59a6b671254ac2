"""The week's report, from stored evaluations to the channel, on every database."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.fields import Every, Schedule, Weekday
from core.config.load import Config
from core.config.pipeline import Report
from core.db.database import Database
from core.evaluation import store
from core.evaluation.log.prediction_log import LogError
from core.evaluation.tables import WeeklyReport
from core.evaluation.weekly import Paged
from core.oncall.tables import Page
from core.outbox.tables import OutboxRow
from tests.fakes_log import FakeLog
from tests.steps_support import DirectSteps
from tests.tuning_support import DAY, START, log, remember, workshop
from workflows.ports import Workshop
from workflows.schedules import jobs
from workflows.weekly import weekly
from workflows.weekly_store import pages

MONDAY = datetime(2013, 3, 18, 4, tzinfo=UTC)
"""Midnight in New York, where summer time began a week before."""
AT = datetime(2013, 3, 18, 13, 30, tzinfo=UTC)


class Unreadable(FakeLog):
    def rows(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise LogError("the folder is gone")


def tools(database: Database, config: Config, data: Path, found: FakeLog | None = None) -> Workshop:
    return workshop(database, config, SimulatedClock(AT), data, found or log(config))


async def run(made: Workshop) -> WeeklyReport:
    await weekly(DirectSteps(), made, {"pipeline": "flights", "at": AT.isoformat()})
    with made.database.read() as session:
        found = store.newest_weekly(session, "flights")
    assert found is not None
    return found


def posts(session: Session) -> list[OutboxRow]:
    kinds = ("weekly", "weekly_details")
    return list(session.scalars(select(OutboxRow).where(OutboxRow.kind.in_(kinds)).order_by(OutboxRow.id)))


async def test_the_week_is_reported_once_with_its_details(
    database: Database, config: Config, tmp_path: Path
) -> None:
    remember(database, config)
    made = tools(database, config, tmp_path)
    report = await run(made)
    await run(made)
    # That week's windows were cut at 05:00 UTC by these evaluations: seven of them begin in it.
    assert (report.week_start, report.week_end) == (MONDAY - timedelta(days=7), MONDAY)
    assert [each["start"] for each in report.content["days"]] == [
        (START + number * DAY).isoformat() for number in range(10, 17)
    ]
    assert report.content["week"] == "11 Mar to 17 Mar 2013"
    assert report.content["delays"] is None, "all labels took two days: there is one delay"
    assert report.chart is not None
    assert (tmp_path / report.chart).is_file()
    with database.read() as session:
        parent, details = posts(session)
        assert (parent.key, parent.channel, parent.parent) == (report.message, "flights", None)
        assert details.parent == report.message


async def test_a_week_without_evaluations_says_so_and_has_no_picture(
    database: Database, config: Config, tmp_path: Path
) -> None:
    report = await run(tools(database, config, tmp_path, log(config, 0)))
    assert (report.content["sentence"], report.chart) == ("Nothing was evaluated this week.", None)
    with database.read() as session:
        assert [row.kind for row in posts(session)] == ["weekly"]


async def test_a_log_that_cannot_be_read_costs_only_the_curve(
    database: Database, config: Config, tmp_path: Path
) -> None:
    remember(database, config)
    report = await run(tools(database, config, tmp_path, Unreadable([], [], [])))
    assert report.content["delays"] is None
    assert len(report.content["days"]) == 7


def test_a_page_is_about_the_window_that_was_known_when_it_began(database: Database, config: Config) -> None:
    remember(database, config)
    with database.write() as session:
        for number, (raised, day, until) in enumerate(
            [(1, 3, 4), (1, 3, 12), (1, 11, 12), (None, 12, None), (1, 40, None)]
        ):
            at = START + day * DAY + timedelta(hours=8)
            group = AlertGroup(
                key=f"k{number}",
                labels={},
                title="t",
                severity="critical",
                pipeline="flights",
                channel="flights",
                rotation="ml",
                policy="p",
                opened_at=at,
                resolved_at=None if until is None else START + until * DAY,
                evaluation_id=raised,
            )
            session.add(group)
            session.flush()
            page = Page(group_id=group.id, rotation="ml", policy="p", step=0, opened_at=at, due_at=at)
            session.add(page)
    with database.read() as session:
        found = pages(session, "flights", MONDAY - 7 * DAY, MONDAY)
    assert [each for each in found if not each.before] == [Paged(START + 10 * DAY, False), Paged(None, False)]
    assert sum(each.before for each in found) == 1, "the other one ended before the week"


@pytest.mark.parametrize("own", [None, Schedule(every=Every.WEEK, at=time(17), on=Weekday.FRIDAY)])
def test_without_a_schedule_it_comes_on_monday_in_the_zone_of_the_evaluation(
    config: Config, own: Schedule | None
) -> None:
    flights = config.pipeline("flights").model_copy(update={"report": Report(schedule=own)})
    (job,) = [each for each in jobs(Config(config.team, {"flights": flights})) if each.kind == "weekly"]
    usual = Schedule(every=Every.WEEK, at=time(9, 30), on=Weekday.MONDAY, timezone="America/New_York")
    assert job.schedule == (own or usual)
