"""Retraining: what the trainer is given, what becomes of its answer, and one request whatever dies meanwhile."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.approvals.tables import Approval
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.models.trainer import TrainerError
from core.models.version import VersionStatus
from core.outbox.tables import OutboxRow
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import Killed, MortalSteps, registry_with, workshop_with
from tests.steps_support import DirectSteps
from workflows.approve import decide
from workflows.ports import Workshop
from workflows.retrain import retrain

AT = datetime(2013, 2, 12, 15, tzinfo=UTC)
ARGS = {"pipeline": "flights", "at": AT.isoformat()}

TRAINER = """
import json, pathlib, sys
import pyarrow as pa, pyarrow.parquet as pq
request = json.load(sys.stdin)
folder = pathlib.Path(request["output_dir"])
(folder / "request.json").write_text(json.dumps(request))
(folder / "model.skops").write_bytes(b"candidate")
rows = ROWS
labels = [n % 2 for n in range(rows)]
scores = [0.9 if label else 0.1 for label in labels]
champion = [0.5 + (0.4 if n % 3 else -0.4) * (1 if label else -1) for n, label in enumerate(labels)]
table = {"id": [str(n) for n in range(rows)], "label": labels, "score": scores, "champion_score": champion}
pq.write_table(pa.table(table), folder / "holdout.parquet")
print(json.dumps({"schema": 1, "model_path": str(folder / "model.skops"), "metrics": {"accuracy": 1.0},
    "features": ["carrier"], "rows": {"training": 5000, "holdout": rows},
    "holdout_predictions": str(folder / "holdout.parquet") if HOLDOUT else None,
    "trained_until": request["train_until"]}))
"""


@pytest.fixture
def registry(tmp_path: Path, clock: SimulatedClock) -> FakeRegistry:
    made = registry_with(tmp_path, clock, versions=2)
    made.tag("flights", 2, {"trained_until": "2013-02-08T15:00:00+00:00"})
    return made


def workshop(
    database: Database,
    config: Config,
    clock: SimulatedClock,
    folder: Path,
    registry: FakeRegistry,
    program: str = TRAINER,
    rows: int = 400,
) -> Workshop:
    """A team whose trainer is this program."""
    script = folder / "trainer.py"
    script.write_text(program.replace("ROWS", str(rows)).replace("HOLDOUT", str(rows > 0)))
    flights = config.pipeline("flights")
    trainer = flights.retraining.trainer.model_copy(
        update={
            "command": [sys.executable, str(script)],
            "directory": str(folder),
            "timeout": timedelta(seconds=30),
        }
    )
    retraining = flights.retraining.model_copy(update={"trainer": trainer})
    declared = Config(config.team, {"flights": flights.model_copy(update={"retraining": retraining})})
    return workshop_with(database, declared, clock, folder, registry, FakeTarget("2"))


def approvals(database: Database) -> list[Approval]:
    with database.read() as session:
        return list(session.scalars(select(Approval)))


def is_png(path: str) -> bool:
    return Path(path).read_bytes().startswith(b"\x89PNG")


def given(folder: Path) -> dict[str, Any]:
    (request,) = folder.glob("training/*/request.json")
    found: dict[str, Any] = json.loads(request.read_text())
    return found


async def test_a_better_candidate_is_proposed_with_its_evidence(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, registry: FakeRegistry
) -> None:
    await retrain(DirectSteps(), workshop(database, config, clock, tmp_path, registry), ARGS)
    (approval,) = approvals(database)
    assert (approval.action, approval.from_version, approval.to_version) == ("promote", 2, 3)
    assert approval.requested_by == "goldilocks"
    assert approval.evidence["gate"]["decision"] == "better"
    assert approval.evidence["rows"] == {"training": 5000, "holdout": 400}
    assert is_png(approval.evidence["chart"])
    assert registry.get("flights", 3).status is VersionStatus.CANDIDATE
    with database.read() as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
    assert [(row.kind, row.parent) for row in rows] == [("approval", None)], "its message says it all"


async def test_the_trainer_may_use_only_what_was_known(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, registry: FakeRegistry
) -> None:
    await retrain(DirectSteps(), workshop(sqlite_database, config, clock, tmp_path, registry), ARGS)
    request = given(tmp_path)
    assert request["known_at"] == AT.isoformat()
    assert request["holdout_until"] == AT.isoformat()
    assert request["holdout_from"] == "2013-02-08T15:00:00+00:00", "what the champion learned from is not held out"
    assert request["train_until"] == request["holdout_from"]
    assert request["champion"]["version"] == "2"


async def test_too_few_rows_are_said_and_people_decide(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, registry: FakeRegistry
) -> None:
    await retrain(DirectSteps(), workshop(sqlite_database, config, clock, tmp_path, registry, rows=20), ARGS)
    (approval,) = approvals(sqlite_database)
    assert approval.evidence["gate"]["decision"] == "too_few"
    assert "20 labelled held-out rows, 200 needed" in approval.evidence["gate"]["detail"]


async def test_who_asked_for_a_retraining_asks_for_its_promotion_and_cannot_decide_it(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, registry: FakeRegistry
) -> None:
    made = workshop(sqlite_database, config, clock, tmp_path, registry)
    await retrain(DirectSteps(), made, ARGS | {"by": "jonas"})
    (approval,) = approvals(sqlite_database)
    assert approval.requested_by == "jonas"
    own = made.config.team.person("jonas")
    decision = sqlite_database.do(lambda s: decide(s, made.config, approval.id, True, own, "jonas", clock.now()))
    assert decision.reason == "own_request"


async def test_without_held_out_rows_there_is_no_picture(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, registry: FakeRegistry
) -> None:
    await retrain(DirectSteps(), workshop(sqlite_database, config, clock, tmp_path, registry, rows=0), ARGS)
    (approval,) = approvals(sqlite_database)
    assert approval.evidence["chart"] is None
    assert approval.evidence["gate"]["reason"] == "no_holdout"


async def test_a_first_version_is_asked_for_once_though_it_replaces_nobody(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    registry = FakeRegistry()
    for _ in range(2):
        await retrain(DirectSteps(), workshop(sqlite_database, config, clock, tmp_path, registry, rows=0), ARGS)
    assert [version.version for version in registry.versions("flights")] == [1]
    assert registry.champion("flights") is None, "people decide"
    (approval,) = approvals(sqlite_database)
    assert (approval.action, approval.from_version, approval.to_version) == ("promote", None, 1)
    assert (approval.channel, approval.parent) == (config.pipeline("flights").channel, None)
    assert "No version is in service to compare it with." in approval.evidence["reason"]
    assert "champion" not in given(tmp_path)


async def test_a_trainer_that_fails_says_why(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, registry: FakeRegistry
) -> None:
    broken = "import sys; sys.exit('no rows since Tuesday')"
    made = workshop(sqlite_database, config, clock, tmp_path, registry, program=broken)
    with pytest.raises(TrainerError, match="no rows since Tuesday"):
        await retrain(DirectSteps(), made, ARGS)
    assert len(registry.versions("flights")) == 2


async def test_killed_at_any_moment_there_is_one_candidate_and_one_request(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, registry: FakeRegistry
) -> None:
    made = workshop(sqlite_database, config, clock, tmp_path, registry)
    for moment in range(5, 12):  # before and after registering, comparing, drawing and proposing
        steps = MortalSteps(die_at=moment)
        args = {"pipeline": "flights", "at": (AT + timedelta(weeks=moment)).isoformat()}
        with pytest.raises(Killed):
            await retrain(steps, made, args)
        await retrain(steps, made, args)
        candidate = max(version.version for version in registry.versions("flights"))
        assert [each.to_version for each in approvals(sqlite_database)].count(candidate) == 1
    assert len(registry.versions("flights")) == 2 + 7
