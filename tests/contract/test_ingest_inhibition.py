"""Inhibition as senders and their tools see it: over the Alertmanager API."""

from datetime import timedelta
from typing import Any

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.ingest_support import inhibiting, sender
from workflows import lapse


def alert(name: str, clock: SimulatedClock, ends: timedelta, **labels: str) -> dict[str, Any]:
    at = clock.now()
    said = {"alertname": name, "severity": "critical", **labels}
    return {"labels": said, "startsAt": (at - timedelta(hours=1)).isoformat(), "endsAt": (at + ends).isoformat()}


async def test_tools_see_what_is_inhibited_and_by_what(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    hour, settings = timedelta(hours=1), inhibiting(config)
    async with sender(settings, database, clock) as client:
        batch = [
            alert("TableDown", clock, hour, table="orders"),
            alert("Late", clock, hour, table="orders"),
            alert("Nulls", clock, hour, table="users"),
        ]
        assert (await client.post("/api/v2/alerts", json=batch)).status_code == 200
        found = {each["labels"]["alertname"]: each for each in (await client.get("/api/v2/alerts")).json()}
        states = {name: (each["status"]["state"], each["status"]["inhibitedBy"]) for name, each in found.items()}
        assert states == {
            "TableDown": ("active", []),
            "Late": ("suppressed", [found["TableDown"]["fingerprint"]]),
            "Nulls": ("active", []),
        }
        shown = await client.get("/api/v2/alerts", params={"inhibited": "false"})
        assert {each["labels"]["alertname"] for each in shown.json()} == {"TableDown", "Nulls"}
        with database.write() as session:
            lapse.expire(session, settings, clock.now())
        over = alert("TableDown", clock, -timedelta(seconds=1), table="orders")
        assert (await client.post("/api/v2/alerts", json=[over])).status_code == 200
        after = {
            each["labels"]["alertname"]: each["status"] for each in (await client.get("/api/v2/alerts")).json()
        }
        assert after["Late"]["state"] == "active"
        assert after["Late"]["inhibitedBy"] == []
