"""A process that takes requests, several at once, and lets their rows wait."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.http.ingest.alertmanager import AlertsApi
from core.alerts import store
from core.alerts.tables import AlertBacklog
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.senders import Source
from core.db.database import Database
from workflows.receiver import Receiver, Writer

MINUTE = timedelta(minutes=1)
SOURCE = Source(id="prometheus", token_sha256=("0" * 64,))


def told_later(config: Config) -> Config:
    """The team, whose groups are told of a little later."""
    times = {"wait": MINUTE, "interval": 5 * MINUTE}
    return replace(
        config, team=config.team.model_copy(update={"alerts": config.team.alerts.model_copy(update=times)})
    )


class Process:
    """One process that takes requests, several at once."""

    def __init__(self, database: Database, config: Config, clock: SimulatedClock) -> None:
        self.database, self.config, self.clock = database, config, clock
        self.receiver, self.start = Receiver(config), clock.now()
        self.api = AlertsApi(Writer(database, clock, self.receiver), self.receiver.pulse, clock)

    def read(self, *requests: list[dict[str, Any]]) -> list[Any]:
        """Requests that come together. Each says first that something else fires on, as nearly all do."""
        found: list[Any] = []
        for number, alerts in enumerate(requests):
            found += self.api.read(json.dumps([self.alert("known", number), *alerts]).encode(), SOURCE)[0]
        return found

    def store(self, session: Session, arrivals: list[Any]) -> None:
        self.receiver(session, arrivals, self.clock.now())

    def post(self, *requests: list[dict[str, Any]]) -> None:
        with self.database.write() as session:
            self.store(session, self.read(*requests))

    def alert(
        self, name: str, number: int, ended: bool = False, severity: str = "warning", text: str = ""
    ) -> dict[str, Any]:
        end = self.clock.now() if ended else self.clock.now() + 4 * MINUTE
        return {
            "labels": {"alertname": name, "severity": severity, "instance": str(number)},
            "annotations": {"summary": text or name},
            "startsAt": self.start.isoformat(),
            "endsAt": end.isoformat(),
        }

    def waits(self) -> int:
        """How many transactions wait for their rows."""
        with self.database.read() as session:
            return len(session.scalars(select(AlertBacklog.id)).all())

    def firing(self) -> set[tuple[str, str]]:
        with self.database.read() as session:
            found = [row.labels for row, _ in store.firing_alerts(session)]
        return {(labels["alertname"], labels["instance"]) for labels in found if labels["alertname"] != "known"}

    def settle(self) -> None:
        with self.database.write() as session:
            self.receiver.settle(session)


def begun(database: Database, config: Config, clock: SimulatedClock) -> Process:
    """A process in which something fires on, and a group is open."""
    made = Process(database, config, clock)
    made.post([], [])
    made.post([made.alert("A", 0)], [])
    assert made.waits() == 0, "it opened a group"
    return made
