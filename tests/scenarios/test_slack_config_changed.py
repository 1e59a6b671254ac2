"""The YAML changes while something is open: what was begun goes on where people read it, and nothing is lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.slack.app import create_slack
from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.team import Team
from core.db.database import Database
from core.decision import allow
from tests.alerts_support import api
from tests.oncall_support import PIPELINE, TEAM
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, FLIGHTS, ONCALL, Desk, desk, shown
from workflows import respond
from workflows.announce import note

CATCH_ALL = TEAM["channels"][1]
GONE = ([CATCH_ALL], "oncall")
RENAMED = ([{"id": "models", "name": "flights-model", "slack": FLIGHTS}, CATCH_ALL], "models")
MOVED = ([{"id": "flights", "name": "flights-new", "slack": "C0GENERAL"}, CATCH_ALL], "flights")


@pytest.fixture
async def at(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """An alert fires in the channel of the flights, and amina is called."""
    async with desk(database, team_config(), clock, tmp_path) as running:
        labels = {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"}
        running.do(lambda s, c, now: respond.receive(s, c, [api(labels)], now))
        await running.deliver()
        yield running


def restart(at: Desk, config: Config) -> None:
    """The same database and workspace, with another YAML."""
    at.config, at.deps = config, replace(at.deps, config=config)
    at.surface = create_slack(at.deps)


def acknowledge(at: Desk) -> None:
    who = at.config.team.person("amina")
    assert at.do(lambda s, c, now: respond.acknowledge(s, c, 1, who, "amina", now)).allowed


@pytest.mark.parametrize(("channels", "channel"), [GONE, RENAMED, MOVED])
async def test_a_thread_stays_together_whatever_its_channel_is_called_today(
    at: Desk, channels: list[dict[str, Any]], channel: str
) -> None:
    team = Team.model_validate(TEAM | {"channels": channels})
    restart(at, Config(team, {"flights": Pipeline.model_validate(PIPELINE | {"channel": channel})}))
    acknowledge(at)
    await at.deliver()
    parent = at.parent(FLIGHTS)
    assert f"Held by <@{AMINA}>" in shown(parent)
    assert f"<@{AMINA}> acknowledged this." in at.replies(FLIGHTS, parent)
    assert at.workspace.messages(ONCALL) == [], "no line without its thread"


async def test_a_reply_that_finds_its_channel_closed_takes_its_thread_along(at: Desk) -> None:
    at.workspace.faults.add("*", "error", times=50, error="is_archived", place=FLIGHTS)
    at.do(lambda s, _, now: note(s, s.get_one(AlertGroup, 1), "amina", "alert.look", allow("seen", "Seen."), now))
    await at.deliver()
    parent = next(m for m in at.workspace.messages(ONCALL) if "HighLatency" in shown(m))
    assert at.replies(ONCALL, parent) == ["Seen."]
    assert not any(shown(m) == "Seen." for m in at.workspace.messages(ONCALL))
    acknowledge(at)
    await at.deliver()
    assert f"Held by <@{AMINA}>" in shown(next(m for m in at.workspace.messages(ONCALL) if m.ts == parent.ts))
