"""Objectives while labels are to come: the early ones are unlike the late ones, and breach nothing by themselves."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.alerts.tables import GroupStatus
from core.config.load import Config
from core.config.metric import Metric
from core.config.pipeline import RollingSlo, Slo
from core.db.database import Database
from core.outbox.tables import OutboxRow
from tests.evaluation_support import DAY, MIDNIGHT, groups, posts, run, workshop
from tests.fakes_log import Arrived, FakeLog, Made

DAYS, EACH = 30, 120
SOON, LATE = timedelta(hours=2), timedelta(hours=24)


@pytest.fixture
def config(config: Config) -> Config:
    """One objective of a day and two of weeks, the second of a sub-population."""
    slo = Slo(metric=Metric.ACCURACY, objective=0.7, minimum_labels=20)
    slos = [
        RollingSlo(name="all", objective=0.75, windows=7),
        RollingSlo(name="EV", objective=0.75, windows=7, minimum_labels=50, where={"carrier": "EV"}),
    ]
    return Config(
        config.team, {"flights": config.pipeline("flights").model_copy(update={"slo": slo, "slos": slos})}
    )


def log_of(config: Config, shares: list[float], *, bad_first: bool) -> FakeLog:
    """A day for each share of right predictions; labels of wrong ones come at once and of right ones much later, or
    the other way round."""
    rng = random.Random(7)
    features = config.pipeline("flights").predictions.features
    made, arrived = [], []
    for day, share in enumerate(shares):
        wrong = set(rng.sample(range(EACH), round(EACH * (1 - share))))
        for i in range(EACH):
            at = MIDNIGHT + day * DAY + i * DAY / EACH
            row: dict[str, Any] = dict.fromkeys(features, 1.0)
            row |= {"carrier": rng.choice(["EV", "UA"]), "origin": "EWR", "dest": "ORD", "temp": rng.gauss(50, 9)}
            made.append(Made(f"{day}-{i}", at, "1", 0.2, 0, row))
            early = (i in wrong) is bad_first
            arrived.append(Arrived(f"{day}-{i}", int(i in wrong), at + (SOON if early else LATE)))
    return FakeLog(made, arrived, features)


@pytest.mark.slow_on_postgres
async def test_bad_labels_that_come_first_breach_nothing(
    database: Database, config: Config, tmp_path: Path
) -> None:
    """Every day is at 85%, and of the labels that are in in the morning a third are of wrong predictions."""
    log = log_of(config, [0.85] * DAYS, bad_first=True)
    found = await run(workshop(database, config, tmp_path, log), DAYS - 1)
    assert found.value is not None
    assert found.value < 0.7, "the labels that are in say otherwise"
    assert found.state != "breached"
    assert found.summary["estimate"]["value"] == pytest.approx(0.85, abs=0.05)
    states = {each["name"]: each["state"] for each in found.summary["slos"]}
    assert states == {"all": "met", "EV": "met"}
    assert "early labels are unlike late ones" in found.reason
    with database.read() as session:
        assert groups(session) == []
        assert posts(session, "page") == []


@pytest.mark.slow_on_postgres
async def test_good_labels_that_come_first_hide_no_breach(
    database: Database, config: Config, tmp_path: Path
) -> None:
    """Three in five are right every day for a week, and of the labels that are in four in five are of right ones."""
    log = log_of(config, [0.85] * (DAYS - 8) + [0.6] * 8, bad_first=False)
    found = await run(workshop(database, config, tmp_path, log), DAYS - 1)
    assert found.value is not None
    assert found.value > 0.7, "the labels that are in say otherwise"
    assert found.state != "met"
    states = {each["name"]: (each["state"], each["cause"]) for each in found.summary["slos"]}
    assert states == {"all": ("breached", "spent"), "EV": ("breached", "spent")}
    assert "estimated, since labels are still to come" in found.summary["slos"][0]["reason"]
    with database.read() as session:
        assert {g.title for g in groups(session) if g.status == GroupStatus.FIRING} >= {
            "Flight delays: the error budget of “all” is spent"
        }


async def test_what_the_rest_cannot_change_is_a_breach_on_the_first_day(
    database: Database, config: Config, tmp_path: Path
) -> None:
    """Nothing is known of the past, so nothing is estimated; but the wrong ones that are in are too many."""
    log = log_of(config, [0.5], bad_first=True)
    found = await run(workshop(database, config, tmp_path, log), 0)
    assert (found.state, found.summary["estimated"]) == ("breached", False)
    assert "and the rest cannot change it" in found.reason


async def test_early_labels_alone_are_unknown_on_the_first_day(
    database: Database, config: Config, tmp_path: Path
) -> None:
    log = log_of(config, [0.85], bad_first=True)
    found = await run(workshop(database, config, tmp_path, log), 0)
    assert found.state == "unknown"
    assert [each["cause"] for each in found.summary["slos"]] == ["early-labels", "early-labels"]
    with database.read() as session:
        assert session.query(OutboxRow).filter_by(kind="page").count() == 0
