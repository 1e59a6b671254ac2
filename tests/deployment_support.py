"""A delivery-time pipeline with a trainer of its own: a log in which other versions serve, models that are four numbers
each, and the runs that schedules and clicks ask for."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy.orm import Session

from core.config.load import Config
from core.config.metric import Task
from core.runs import store as runs
from tests.fakes_models import FakeTarget
from tests.slack_support import Desk
from tests.steps_support import DirectSteps
from tests.tasks_support import START, config_of, keep, log_of
from workflows.change_champion import change_champion
from workflows.evaluate import evaluate
from workflows.ports import Workshop
from workflows.reject_candidate import reject_candidate
from workflows.retrain import retrain
from workflows.schedules import fire_schedules, next_firing

RUNS = {
    "evaluate": evaluate,
    "retrain": retrain,
    "change_champion": change_champion,
    "reject_candidate": reject_candidate,
}

TRAINER = """
import json, pathlib, sys
import numpy as np, pandas as pd

request = json.load(sys.stdin)
assert (request["task"], request["metric"]) == ("regression", "mae")
folder = pathlib.Path(request["output_dir"])
made = pd.read_parquet(request["data"]["predictions"])
labels = pd.read_parquet(request["data"]["labels"])
labels = labels[labels.label_at <= pd.Timestamp(request["known_at"])]
rows = made.merge(labels, on="id")

def between(start, end):
    return rows[(rows["at"] >= pd.Timestamp(request[start])) & (rows["at"] < pd.Timestamp(request[end]))]

def design(part):
    return np.column_stack([np.ones(len(part)), part.distance, part["items"], part.area == "hills"])

def predict(model, part):
    return design(part) @ np.array(model)

train = between("train_from", "train_until")
model = np.linalg.lstsq(design(train), train.truth, rcond=None)[0].tolist()
if pathlib.Path("forgets_the_hills").exists():
    model[3] = 0.0
path = folder / "model.json"
path.write_text(json.dumps(model))
answer = {"schema": 1, "model_path": str(path), "features": ["area", "distance", "items"],
    "rows": {"training": len(train)}, "trained_until": request["train_until"]}
if "champion" in request:
    held = between("holdout_from", "holdout_until")
    champion = json.loads(pathlib.Path(request["champion"]["model_path"]).read_text())
    out = held[["id", "area"]].assign(label=held.truth, prediction=predict(model, held))
    out["champion_prediction"] = predict(champion, held)
    out.to_parquet(folder / "held_out.parquet")
    answer["rows"]["holdout"] = len(held)
    answer["holdout_predictions"] = str(folder / "held_out.parquet")
print(json.dumps(answer))
"""
FIRST = [15.0, 4.0, 1.2, 5.0]
"""The first model: three minutes too late on everything (`log_of` makes deliveries with 12, 4, 1.2 and 5)."""
MILES = 0.621


def served(days: int, versions: Mapping[datetime, str]) -> pd.DataFrame:
    """A log in which each version serves from its instant on: version 1 as FIRST says; others well, but that serving
    hands them the distance in miles while they were trained on kilometres."""
    log = log_of(Task.REGRESSION, days)
    good = 12 + 4 * log.distance + 1.2 * log["items"] + 5 * (log.area == "hills")
    for start, version in versions.items():
        log.loc[log["at"] >= pd.Timestamp(start), "version"] = version
    log["said"] = (good + 3).where(log.version == "1", good - 4 * (1 - MILES) * log.distance)
    return log


def declared(folder: Path, log: pd.DataFrame) -> Config:
    """The pipeline, its log and its trainer, in a folder; retrained every Tuesday at ten."""
    keep(log, Task.REGRESSION, folder)
    (folder / "train.py").write_text(TRAINER)
    trainer = {"command": [sys.executable, "train.py"], "directory": str(folder), "timeout": "60s"}
    schedule = {"every": "week", "on": "tuesday", "at": "10:00", "timezone": "UTC"}
    slos = [{"name": "the hills", "objective": 8, "where": {"area": "hills"}}]
    retraining = {"schedule": schedule, "trainer": trainer, "history": "21d", "holdout": "7d"}
    return config_of(Task.REGRESSION, folder, slos=slos, retraining=retraining)


def first_model(at: Desk, folder: Path) -> None:
    """Version 1 is registered and serves."""
    path = folder / "model.json"
    path.write_text(json.dumps(FIRST))
    at.registry.register("flights", path, {}, {"status": "approved"}, START)
    at.registry.set_champion("flights", 1)


def tools_of(at: Desk, folder: Path, serving: FakeTarget) -> Workshop:
    return Workshop(at.database, at.config, at.clock, folder, at.registry, at.deps.log, lambda _: serving)


async def until(at: Desk, tools: Workshop, moment: datetime) -> None:
    """Time goes on to a moment, from firing to firing; what schedules and clicks ask for is done, and Slack hears."""
    while at.clock.now() < moment:
        firing = at.do(next_firing) or moment
        at.clock.advance_to(max(at.clock.now(), min(moment, firing)) + timedelta(seconds=1))
        at.do(fire_schedules)
        await carry_out(at, tools)


async def carry_out(at: Desk, tools: Workshop) -> None:
    """Do what was asked for: all but the weekly runs."""
    with at.database.read() as session:
        asked = [(run.id, run.kind, dict(run.args)) for run in runs.open_runs(session)]
    for name, kind, args in asked:
        if kind in RUNS:
            await RUNS[kind](DirectSteps(), tools, args)
        at.do(lambda session, _config, now, name=name: _settled(session, name, now))
    await at.deliver()


def _settled(session: Session, name: str, now: datetime) -> None:
    runs.settle(session, name, now)
