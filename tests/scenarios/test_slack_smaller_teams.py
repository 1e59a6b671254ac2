"""Teams that use a part of the whole: on call without any model, and a model that is only watched."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.slack.ids import Action, Field
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.oncall_support import T0
from tests.oncall_support import config as team_config
from tests.slack_support import FLIGHTS, JONAS, LEO, actions_of, desk
from workflows.respond import RaisedAlert, raise_group
from workflows.schedules import next_firing

ALERT = RaisedAlert("SloBreached", "critical", "Accuracy below its objective", "Accuracy was 58.0%.")  # type: ignore[arg-type]


def no_pipeline() -> Config:
    return Config(team_config().team, {})


def only_watched() -> Config:
    config = team_config()
    bare = config.pipeline("flights").model_copy(update={"retraining": None, "deployment": None, "review": None})
    return replace(config, pipelines={"flights": bare})


@pytest.mark.parametrize("word", ["status", "why flights", "policy", "rollback", "card"])
async def test_without_a_pipeline_every_question_says_so(
    sqlite_database: Database, tmp_path: Path, word: str
) -> None:
    async with desk(sqlite_database, no_pipeline(), SimulatedClock(T0), tmp_path) as at:
        assert "No pipeline is declared" in await at.slash(LEO, "/model", word)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (no_pipeline(), "No pipeline is declared"),
        (only_watched(), "No pipeline has a failure review: `review` in"),
    ],
)
async def test_reviews_that_will_never_come_are_not_promised(
    sqlite_database: Database, tmp_path: Path, config: Config, said: str
) -> None:
    async with desk(sqlite_database, config, SimulatedClock(T0), tmp_path) as at:
        assert said in await at.slash(LEO, "/review", "list")


async def test_without_a_pipeline_people_are_on_call_and_bugs_are_filed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with desk(sqlite_database, no_pipeline(), SimulatedClock(T0), tmp_path) as at:
        assert "Primary: <@U0AMINA>" in await at.slash(LEO, "/oncall", "who")
        await at.slash(LEO, "/bug", "new the disk is full")
        form = at.workspace.views(LEO)[-1]
        assert Field.TITLE in {block.get("block_id") for block in form["blocks"]}
        assert Field.PIPELINE not in {block.get("block_id") for block in form["blocks"]}
        assert at.do(lambda session, config, now: next_firing(session, config, now)) is None


async def test_what_is_not_deployed_from_here_offers_no_rollback(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with desk(sqlite_database, only_watched(), SimulatedClock(T0), tmp_path) as at:
        at.do(lambda s, c, now: raise_group(s, c, "flights", ALERT, now))
        await at.deliver()
        alert = at.parent(FLIGHTS)
        assert Action.ACKNOWLEDGE in actions_of(alert)
        assert Action.ROLL_BACK not in actions_of(alert)
        assert "cannot be rolled back here: its pipeline.yaml has no “deployment”" in await at.slash(
            JONAS, "/model", "rollback"
        )
        assert "its versions are not looked after here" in await at.slash(JONAS, "/model", "status")
