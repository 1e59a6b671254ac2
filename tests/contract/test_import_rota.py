"""Imports of shifts and absences in both databases: a look changes nothing, and of two who act at once one does."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from core.config.load import Config
from core.db.database import Database
from core.decision import Decision
from core.oncall.calendar_in import Held
from core.oncall.changes import left_alone
from core.oncall.rota_tables import Absence, Override
from tests.oncall_support import HANDOFF, T0, at_once, audit_rows, config, messages, person
from workflows import import_rota
from workflows.import_rota import Look, Source
from workflows.rota import on_call

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
TEAM = config()
SHIFTS = [Held("jonas", HANDOFF, HANDOFF + DAY, "", 1), Held("amina", HANDOFF + DAY, HANDOFF + WEEK, "", 2)]


def look(database: Database, held: list[Held], *, shifts: bool = True, who: str = "jonas") -> Look:
    source = Source(held, TEAM.team.rotations[0] if shifts else None, "a list")
    with database.write() as session:
        return import_rota.look(session, TEAM, source, person(who), who, T0)


def act(database: Database, what: str, number: int, who: str = "jonas", team: Config = TEAM) -> Decision:
    with database.write() as session:
        done = {"apply": import_rota.apply, "take_back": import_rota.take_back}[what]
        return done(session, team, number, person(who), who, T0)


def count(database: Database, table: type[Override] | type[Absence]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def primary(database: Database, when: datetime) -> str | None:
    with database.read() as session:
        return on_call(session, TEAM, "flights", when).primary


def test_a_look_tells_what_would_move_and_changes_nothing(database: Database) -> None:
    found = look(database, SHIFTS)
    ((rotation, moves),) = found.moves
    assert rotation.id == "flights"
    assert [(move.was, move.now, move.span.start) for move in moves] == [
        ("maya", "jonas", HANDOFF),
        ("maya", "amina", HANDOFF + DAY),
    ]
    assert count(database, Override) == 0
    assert messages(database, "note") == []
    assert primary(database, HANDOFF) == "maya"
    assert audit_rows(database) == []


def test_a_look_again_replaces_the_one_before(database: Database) -> None:
    first = look(database, SHIFTS)
    with database.write() as session:
        import_rota.look(session, TEAM, Source(SHIFTS, None, "x"), person("jonas"), "jonas", T0 + DAY)
    assert act(database, "apply", first.id).reason == "no_such_import", (
        "a form that is open still is not another's"
    )
    assert count(database, Override) + count(database, Absence) == 0


def test_absences_count_in_every_rotation_and_end_together(database: Database) -> None:
    away = [Held(each, HANDOFF, HANDOFF + WEEK, "", n) for n, each in enumerate(("maya", "jonas"), 1)]
    found = look(database, away, shifts=False)
    assert [span for _, moved in found.moves for span in left_alone(moved)] == []
    assert act(database, "apply", found.id).allowed
    assert count(database, Absence) == 2
    assert primary(database, HANDOFF) == "amina"
    assert act(database, "take_back", found.id, "leo").allowed, "any responder"
    assert primary(database, HANDOFF) == "maya"
    assert act(database, "apply", found.id).reason == "already_imported"


def test_two_clicks_at_once_import_and_take_back_once(database: Database) -> None:
    number = look(database, SHIFTS).id
    for what, reasons in (
        ("apply", ["already_imported", "imported"]),
        ("take_back", ["already_cancelled", "cancelled"]),
    ):
        found: list[str] = []

        def click(what: str = what, found: list[str] = found) -> None:
            found.append(act(database, what, number).reason)

        at_once(click, click)
        assert sorted(found) == reasons
    assert count(database, Override) == 2
    assert primary(database, HANDOFF) == "maya"


def test_a_rotation_that_the_yaml_lost_is_not_changed_and_its_import_can_still_be_taken_back(
    database: Database,
) -> None:
    number = look(database, SHIFTS).id
    other = {**TEAM.team.rotations[0].model_dump(exclude={"imported"}, mode="json"), "id": "ships"}
    other = {name: other[name] for name in ("id", "title", "timezone", "handoff", "starts", "members", "channel")}
    lost = config(rotations=[other], alerts={"channel": "oncall", "rotation": "ships", "policy": "page"})
    assert act(database, "apply", number, team=lost).reason == "no_such_rotation"
    assert count(database, Override) == 0
    assert act(database, "apply", number).allowed
    assert act(database, "take_back", number, team=lost).allowed
    assert primary(database, HANDOFF) == "maya"
