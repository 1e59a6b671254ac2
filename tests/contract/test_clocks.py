"""Replicas go by the database's clock, and people hear of a machine whose own is wrong."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from core.alerts.tables import AlertGroup
from core.clock import AgreedClock
from core.config.load import Config
from core.db.database import Database
from workflows.clocks import Agreement

HOUR = timedelta(hours=1)


class Wrong:
    """A machine's clock that is ahead by so much."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def told(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(AlertGroup.summary).where(AlertGroup.title.contains("clock"))))


async def test_a_machine_an_hour_ahead_goes_by_the_database_and_is_told_once(
    postgres_database: Database, config: Config
) -> None:
    clock = AgreedClock(Wrong(HOUR))
    agreement = Agreement(postgres_database, config, clock, "late")
    for _ in range(3):
        await agreement.renew()
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    (summary,) = told(postgres_database)
    assert "The clock of replica late is 1 h ahead of the database's" in summary or "59 min" in summary


async def test_a_clock_that_is_put_back_while_it_runs_is_followed_on_sqlite_and_told(
    sqlite_database: Database, config: Config
) -> None:
    machine = Wrong(timedelta(0))
    clock = AgreedClock(machine, time.monotonic)
    agreement = Agreement(sqlite_database, config, clock, "alone")
    await agreement.renew()
    assert told(sqlite_database) == []
    machine.ahead = -2 * HOUR
    await agreement.renew()
    assert abs(clock.now() - machine.now()) < timedelta(seconds=5)
    (summary,) = told(sqlite_database)
    assert "ahead of the one by which everything goes" in summary


async def test_clocks_that_agree_are_nobodys_concern(database: Database, config: Config) -> None:
    agreement = Agreement(database, config, AgreedClock(), "well")
    for _ in range(3):
        await agreement.renew()
    assert told(database) == []
