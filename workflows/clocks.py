"""Replicas go by one clock, the database's, and people hear of a machine whose own clock is wrong."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from core.clock import AgreedClock
from core.config.load import Config
from core.db.database import Database
from core.text import length
from workflows.own_alerts import CLOCK, raise_own

log = structlog.get_logger(__name__)

TOO_FAR = timedelta(seconds=10)
"""Machines that ask a time server differ by milliseconds."""

TELL_AGAIN = timedelta(hours=1)


class Agreement:
    """Sets this replica's clock by the database's, and tells once an hour of what differs."""

    def __init__(self, database: Database, config: Config, clock: AgreedClock, replica: str) -> None:
        self._database, self._config, self._clock, self._replica = database, config, clock, replica
        self._told_at: datetime | None = None

    async def renew(self) -> None:
        """Ask what time it is, and go by that. Raises SQLAlchemyError when the database does not say."""
        asked = self._clock.steady()
        said = await asyncio.to_thread(self._database.time)
        answered = self._clock.steady()
        by = self._clock.agree(said, asked, answered)
        found = _in_words(self._replica, by, self._clock.astray)
        if found is None:
            return
        log.warning("clock.astray", set_by=by.total_seconds(), machine=self._clock.astray.total_seconds())
        now = self._clock.now()
        if self._told_at is None or abs(now - self._told_at) >= TELL_AGAIN:
            self._told_at = now
            await self._database.run(lambda session: self._tell(session, found, now))

    def _tell(self, session: Session, said: str, now: datetime) -> None:
        raise_own(session, self._config, CLOCK, self._replica, said, now)


def tell_slack_apart(session: Session, config: Config, replica: str, ahead: timedelta, now: datetime) -> None:
    """Requests with Slack's signature are turned away, because they are too far from the clock."""
    said = (
        f"Slack's clicks and commands are turned away: the clock of replica {replica} is {_apart(ahead)} their "
        "signatures. Set it; with PostgreSQL its server's. If it is right, somebody sends Slack's old requests again."
    )
    raise_own(session, config, CLOCK, f"{replica}:slack", said, now)


def _in_words(replica: str, by: timedelta, astray: timedelta) -> str | None:
    """What people are told; None when all agrees."""
    if abs(astray) > TOO_FAR:
        return f"The clock of replica {replica} is {_apart(astray)} the database's, by which everything goes."
    if abs(by) > TOO_FAR:
        return (
            f"Replica {replica} found its clock {_apart(-by)} the one by which everything goes, and set it: what has a "
            "time came early or late by as much."
        )
    return None


def _apart(ahead: timedelta) -> str:
    return f"{length(abs(ahead))} {'ahead of' if ahead > timedelta(0) else 'behind'}"
