"""A week's proposal about what alerts, from its message to Apply, to the way back: by the clicks that people make."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack.ids import Action
from core.audit import store as audit
from core.clock import SimulatedClock
from core.config.pipeline import Alerting, Apply
from core.db.database import Database
from core.evaluation.tuning import store
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, FLIGHTS, JONAS, LEO, STRANGER, Desk, actions_of, desk, shown
from tests.tuning_support import DAY, DAYS, START, log, remember, run, with_alerting, workshop

AFTER = START + (DAYS + 10) * DAY


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(), SimulatedClock(START), tmp_path) as running:
        remember(sqlite_database, running.config)
        yield running


async def week(at: Desk, data: Path, alerting: Alerting | None = None) -> None:
    config = with_alerting(at.config, alerting or Alerting())
    await run(workshop(at.database, config, at.clock, data, log(config)), AFTER)
    await at.deliver()


async def test_a_proposal_is_applied_by_an_approver_and_taken_back(at: Desk, tmp_path: Path) -> None:
    await week(at, tmp_path)
    asked = at.parent(FLIGHTS)
    assert "24 messages instead of 48, missing none of the 6 real drops" in shown(asked)
    assert f"To be decided by <@{JONAS}> or <@{AMINA}>" in shown(asked)
    assert "6 of 6 drops bear out a recall of 61% to 100%" in shown(asked)
    assert any("slack_file" in str(block) or block["type"] == "image" for block in _blocks(asked))
    assert actions_of(asked) == {Action.APPROVE, Action.REJECT}

    await at.click(LEO, asked, Action.APPROVE)
    assert "approver" in at.told(LEO)
    await at.click(STRANGER, asked, Action.APPROVE)
    assert "not in this team's YAML" in at.told(STRANGER)
    assert "v1" in await at.slash(JONAS, "/model", "policy flights")

    await at.click(JONAS, asked, Action.APPROVE)
    applied = at.parent(FLIGHTS)
    assert f"Applied by <@{JONAS}>" in shown(applied)
    assert actions_of(applied) == {Action.ROLL_BACK_POLICY}
    await at.click(AMINA, asked, Action.APPROVE)
    assert "already approved" in at.told(AMINA)
    told = await at.slash(JONAS, "/model", "policy")
    assert "In brackets: between what and what the share may be by chance" in told
    assert "alerting policy v2" in told
    assert "6 of 6 (61% to 100%) real drops paged" in told
    assert "v1" in told

    await at.click(LEO, applied, Action.ROLL_BACK_POLICY)
    assert "approver" in at.told(LEO)
    await at.click(AMINA, applied, Action.ROLL_BACK_POLICY)
    back = at.parent(FLIGHTS)
    assert f"Rolled back to v1 by <@{AMINA}>" in shown(back)
    assert actions_of(back) == set()
    await at.click(JONAS, applied, Action.ROLL_BACK_POLICY)
    assert "has rolled the alerting policy v2 back already" in at.told(JONAS)
    assert len([text for text in at.replies(FLIGHTS, back) if "rolled" in text]) == 1
    with at.database.read() as session:
        assert store.active(session, "flights")[0] == 1
        trail = audit.of(session, "alerting_policy", 2)
    assert [(entry.actor, entry.action, entry.allowed) for entry in trail] == [
        ("jonas", "policy.activate", True),
        ("leo", "policy.roll_back", False),
        ("amina", "policy.roll_back", True),
        ("jonas", "policy.roll_back", False),
    ]


async def test_a_proposal_that_is_kept_away_changes_nothing(at: Desk, tmp_path: Path) -> None:
    await week(at, tmp_path)
    await at.click(AMINA, at.parent(FLIGHTS), Action.REJECT)
    assert f"Kept as it was by <@{AMINA}>" in shown(at.parent(FLIGHTS))
    assert actions_of(at.parent(FLIGHTS)) == set()
    assert "alerting policy v1" in await at.slash(JONAS, "/model", "policy")


async def test_what_applies_by_itself_is_told_with_the_way_back(at: Desk, tmp_path: Path) -> None:
    await week(at, tmp_path, Alerting(apply=Apply.AUTO))
    told = at.parent(FLIGHTS)
    assert "Applied by itself, as the pipeline's YAML allows" in shown(told)
    await at.click(JONAS, told, Action.ROLL_BACK_POLICY)
    assert f"Rolled back to v1 by <@{JONAS}>" in shown(at.parent(FLIGHTS))


async def test_a_pipeline_without_a_past_shows_what_it_starts_with(at: Desk) -> None:
    told = await at.slash(JONAS, "/model", "policy flights")
    assert "alerting policy v1" in told
    assert "0 windows have their labels, and 20 are needed" in told
    assert "There is no pipeline" in await at.slash(JONAS, "/model", "policy nothing")


def _blocks(message: object) -> list[dict[str, object]]:
    blocks, attachments = message.blocks, message.attachments  # type: ignore[attr-defined]
    return [*blocks, *(block for item in attachments for block in item.get("blocks", []))]
