"""A user group follows who is on call, through a workspace's Web API, and what Slack refuses stops nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.workspace.config import UserGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.oncall_support import HANDOFF, T0, TEAM, audit_rows, config, person
from tests.slack_support import AMINA, JONAS, LEO, MAYA, Desk, desk
from workflows.change_rota import Wish, away, take

HOUR = timedelta(hours=1)
GROUP = UserGroup("S0ONCALL", "flights-oncall", "Flights on-call", (LEO,))


def team(**changes: Any) -> Config:
    return config(rotations=[{**TEAM["rotations"][0], "user_group": "S0ONCALL", **changes}])


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, team(), SimulatedClock(T0), tmp_path, user_groups=(GROUP,)) as running:
        yield running


def members(at: Desk) -> list[str]:
    return at.workspace.ctx.state.user_groups["S0ONCALL"]


def taken(session: Session, config: Config, now: Any) -> Any:
    return take(session, config, Wish("jonas", now, now + HOUR, "", "flights"), person("jonas"), "jonas", now)


async def test_a_group_follows_shifts_and_changes_and_is_written_only_then(at: Desk) -> None:
    groups = at.surface.user_groups
    assert [await groups.sync(), await groups.sync()] == [1, 0]
    assert members(at) == [AMINA]
    assert at.do(taken).allowed
    assert [await groups.sync(), await groups.sync()] == [1, 0]
    assert members(at) == [JONAS]
    at.clock.advance_to(HANDOFF)
    await groups.sync()
    assert members(at) == [MAYA]
    synced = [row for row in audit_rows(at.database) if row[1] == "user_group.sync"]
    assert synced == [("goldilocks", "user_group.sync", True, "synced")] * 3


async def test_in_a_gap_the_group_stays_because_it_cannot_be_emptied(at: Desk) -> None:
    await at.surface.user_groups.sync()

    def all_away(session: Session, config: Config, now: Any) -> None:
        for who in ("amina", "jonas", "maya"):
            assert away(session, config, Wish(who, now, now + HOUR), person(who), who, now).allowed

    at.do(all_away)
    assert await at.surface.user_groups.sync() == 0
    assert members(at) == [AMINA]


async def test_what_slack_refuses_is_noted_once_and_tried_again_later(at: Desk) -> None:
    groups = at.surface.user_groups
    at.workspace.faults.add("usergroups.users.update", "error", times=2, error="permission_denied")
    assert [await groups.sync(), await groups.sync()] == [0, 0]
    at.clock.advance_to(T0 + timedelta(minutes=6))
    assert await groups.sync() == 0
    assert [row[2:] for row in audit_rows(at.database)] == [(False, "slack_refused")]
    at.clock.advance_to(T0 + timedelta(minutes=12))
    assert await groups.sync() == 1
    assert members(at) == [AMINA]


async def test_a_rate_limit_is_rested_as_long_as_slack_asks_for_and_noted_nowhere(at: Desk) -> None:
    at.workspace.faults.add("usergroups.users.list", "rate_limited", seconds=30)
    assert await at.surface.user_groups.sync() == 0
    at.clock.advance_to(T0 + timedelta(seconds=29))
    assert await at.surface.user_groups.sync() == 0
    at.clock.advance_to(T0 + timedelta(seconds=31))
    assert await at.surface.user_groups.sync() == 1
    assert [row[3] for row in audit_rows(at.database)] == ["synced"]


async def test_a_group_that_is_gone_and_an_app_without_the_scope_stop_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    few = frozenset({"chat:write", "commands", "im:write", "users:read"})
    clock = SimulatedClock(T0)
    async with desk(sqlite_database, team(), clock, tmp_path, user_groups=(GROUP,), scopes=few) as running:
        assert await running.surface.user_groups.sync() == 0
    gone = team(user_group="S0GONE")
    async with desk(sqlite_database, gone, clock, tmp_path / "two", user_groups=(GROUP,)) as running:
        assert await running.surface.user_groups.sync() == 0
    assert [row[3] for row in audit_rows(sqlite_database)] == ["slack_refused"] * 2
