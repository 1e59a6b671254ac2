"""Old pictures and trainings in the data folder go when the team says so, unless somebody may still look for them."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.approvals.tables import Approval
from core.clock import SimulatedClock
from core.db.database import Database
from core.evaluation.charts.places import fired_picture
from core.evaluation.tables import Evaluation
from core.outbox import store as outbox
from core.outbox.store import Post
from core.outbox.tables import OutboxRow
from core.runs import store as runs
from core.tickets.tables import Ticket
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.oncall_support import add_evaluation, add_group
from tests.retention_support import DAY, team
from workflows.ports import Workshop
from workflows.retention import files
from workflows.retention.files import forget_files

KEPT = 90
LONG_AGO = timedelta(days=200)
FAR = timedelta(days=3650)


@pytest.fixture
def workshop(database: Database, clock: SimulatedClock, tmp_path: Path) -> Workshop:
    return workshop_with(database, team(files=f"{KEPT}d"), clock, tmp_path, FakeRegistry(), FakeTarget("1"))


class World:
    """Evaluations of one window after the other, each with its pictures, by a name for each."""

    def __init__(self, session: Session, data: Path, now: datetime) -> None:
        self._session, self._data, self._now = session, data, now
        self.ids: dict[str, int] = {}

    def evaluation(self, name: str, age: timedelta = LONG_AGO, **changes: Any) -> int:
        at = self._now - age + len(self.ids) * timedelta(hours=1)
        chart = f"charts/flights/{name}.png"
        for file in (self._data / chart, self._data / fired_picture(chart)):
            write(file, self._now)
        made = add_evaluation(
            self._session, window_start=at - DAY, window_end=at, known_at=at, chart=chart, **changes
        )
        self.ids[name] = made.id
        return made.id

    def alert(self, name: str, age: timedelta | None) -> int:
        over = {"resolved_at": None if age is None else self._now - age}
        over |= {"status": "acknowledged" if age is None else "resolved"}
        opened = self._now - LONG_AGO
        shown = self.evaluation(name)
        return add_group(self._session, key=name, title=name, opened_at=opened, evaluation_id=shown, **over).id


def write(file: Path, at: datetime) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"picture")
    for each in (file, file.parent):
        os.utime(each, (at.timestamp(), at.timestamp()))


def names(data: Path) -> set[str]:
    return {each.name for each in data.rglob("*.png")}


def approval(session: Session, at: datetime, evidence: dict[str, Any], status: str, outcome: str | None) -> int:
    asked = {"action": "promote", "pipeline": "flights", "to_version": 1, "channel": "flights", "outcome": outcome}
    made = Approval(evidence=evidence, status=status, requested_by="maya", requested_at=at, due_at=at, **asked)
    session.add(made)
    session.flush()
    return made.id


def waits(session: Session, kind: str, subject: int, now: datetime) -> None:
    outbox.enqueue(session, Post(kind, subject, f"{kind}:{subject}", "flights"), now)


async def test_a_picture_stays_for_each_reason_alone(workshop: Workshop, clock: SimulatedClock) -> None:
    now = clock.now()
    with workshop.database.write() as session:
        world = World(session, workshop.data, now)
        for name in ("nothing", "nothing else"):
            world.evaluation(name)
        world.alert("over for long", timedelta(days=KEPT + 1))
        world.alert("just over", timedelta(days=KEPT - 1))
        world.alert("open", None)
        bug = {"title": "", "severity": "low", "symptom": "other", "reporter": "maya", "created_at": now}
        for status in ("open", "closed"):
            group = world.alert(f"bug {status}", LONG_AGO)
            session.add(Ticket(group_id=group, updated_at=now, status=status, **bug))
        for status, outcome in (("pending", None), ("approved", None), ("approved", "done"), ("expired", None)):
            seen = world.evaluation(f"{status} {outcome}")
            approval(session, now, {"evaluation_id": seen}, status, outcome)
        for kind in ("evaluation", "evidence", "weekly"):
            waits(session, kind, world.evaluation(f"{kind} to be sent"), now)
        world.evaluation("young", timedelta(days=KEPT - 1))
        world.evaluation("newest", DAY)
    assert await forget_files(workshop) == 7
    stays = {"just over", "open", "bug open", "pending None", "approved None", "young", "newest"}
    stays |= {"evaluation to be sent", "evidence to be sent"}
    with workshop.database.read() as session:
        left = {row.id: row.chart for row in session.scalars(select(Evaluation))}
    assert {name for name, number in world.ids.items() if left[number]} == stays
    assert names(workshop.data) == {f"{name}{what}.png" for name in stays for what in ("", "-fired")}


async def test_the_newest_window_of_a_pipeline_stays_however_old(
    workshop: Workshop, clock: SimulatedClock
) -> None:
    with workshop.database.write() as session:
        world = World(session, workshop.data, clock.now())
        for name, pipeline in (("first", "flights"), ("alone", "another"), ("last", "flights")):
            world.evaluation(name, pipeline=pipeline)
    assert await forget_files(workshop) == 1
    with workshop.database.read() as session:
        assert session.scalars(select(Evaluation.chart)).all().count(None) == 1
    assert not (workshop.data / "charts/flights/first.png").exists()


async def test_trainings_go_but_those_that_run_or_are_decided_on(
    workshop: Workshop, clock: SimulatedClock
) -> None:
    now, charts = clock.now(), {}
    old = now - LONG_AGO
    for name in ("settled", "asked", "carried-out", "told", "retrain-flights-old", "young"):
        folder = workshop.data / "training" / name
        write(folder / "champion" / "model.skops", old)
        write(folder / "comparison.png", now - DAY if name == "young" else old)
        charts[name] = {"chart": str(folder / "comparison.png")}
    for answer in ("rota-12.png", "fairness-13.png"):
        write(workshop.data / "charts" / answer, old)
    write(workshop.data / "charts" / "rota-99.png", now)
    write(workshop.data / "models" / "v1.skops", old)
    with workshop.database.write() as session:
        approval(session, old, charts["settled"], "rejected", None)
        approval(session, old, charts["asked"], "pending", None)
        approval(session, old, charts["carried-out"], "approved", None)
        waits(session, "approval", approval(session, old, charts["told"], "expired", None), now)
        runs.request(session, "retrain:flights:old", "retrain", {"pipeline": "flights"}, old)
    assert await forget_files(workshop) == 3
    left = {each.name for each in (workshop.data / "training").iterdir()}
    assert left == {"asked", "carried-out", "told", "retrain-flights-old", "young"}
    assert [each.name for each in (workshop.data / "charts").iterdir()] == ["rota-99.png"]
    assert (workshop.data / "models" / "v1.skops").exists()


async def test_nothing_goes_unless_the_team_says_how_long(database: Database, tmp_path: Path) -> None:
    clock = SimulatedClock(datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    workshop = workshop_with(database, team(alerts="30d"), clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    with database.write() as session:
        world = World(session, tmp_path, clock.now())
        world.evaluation("old", FAR)
        world.evaluation("newest", DAY)
    write(tmp_path / "training" / "old" / "comparison.png", clock.now() - FAR)
    assert await forget_files(workshop) == 0
    assert len(names(tmp_path)) == 5


async def test_more_than_are_looked_at_together_go_and_a_file_that_stays_keeps_its_name(
    workshop: Workshop, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 2)
    with workshop.database.write() as session:
        world = World(session, workshop.data, clock.now())
        for number in range(7):
            world.evaluation(str(number))
    elsewhere = workshop.data / "elsewhere"
    stubborn = workshop.data / "charts/flights/1.png"
    stubborn.unlink()
    elsewhere.mkdir()
    stubborn.symlink_to(elsewhere, target_is_directory=True)
    with workshop.database.write() as session:
        waits(session, "evaluation", world.ids["3"], clock.now())
    assert await forget_files(workshop) == 4
    with workshop.database.write() as session:
        session.execute(update(OutboxRow).values(status="sent"))
    assert await forget_files(workshop) == 1
    assert names(workshop.data) == {"1.png", "1-fired.png", "6.png", "6-fired.png"}
    assert elsewhere.exists(), "nothing outside of the folder is touched"
    stubborn.unlink()
    assert await forget_files(workshop) == 1
    assert names(workshop.data) == {"6.png", "6-fired.png"}
