"""The YAML calls a person, a rotation or a policy otherwise: what was theirs stays theirs."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import String, cast, select

from core.alerts.routing import place
from core.alerts.tables import AlertGroup
from core.config.load import Config
from core.config.named import find_person, find_rotation
from core.config.pipeline import Pipeline
from core.config.team import Team
from core.db.database import Database
from core.db.naming import MENTIONS, NAMES
from core.db.schema import metadata
from core.oncall.changes import Stretch
from core.oncall.rota_tables import Absence, Notice, NoticeKind, Override, Swap
from tests.oncall_support import HANDOFF, PIPELINE, T0, TEAM, person
from tests.yaml_support import (
    ALERTS,
    DATA,
    DAY,
    FLIGHTS,
    HOUR,
    LONG,
    MINUTE,
    OLD,
    PAGE,
    called,
    fire,
    group,
    handoff,
    routed,
    said,
    tick,
    yaml,
)
from workflows import change_rota, respond
from workflows.change_rota import Wish
from workflows.swap_shifts import Offer, ask

OTHER = {**DATA, "id": "warehouse", "title": "Warehouse on-call"}
ELSEWHERE = routed(rotation="warehouse", policy="long", channel="flights")


def named_anew(value: Any, old: str, new: str) -> Any:
    """Declared values in which one person has another id."""
    if isinstance(value, dict):
        return {key: named_anew(each, old, new) for key, each in value.items()}
    if isinstance(value, list):
        return [named_anew(each, old, new) for each in value]
    return new if value == old else value


def renamed(old: str, new: str, **more: Any) -> dict[str, Any]:
    people = named_anew(TEAM["people"], old, new)
    return {
        "people": [{**each, **more} if each["id"] == new else each for each in people],
        "rotations": named_anew([FLIGHTS, DATA], old, new),
    }


def arrange(database: Database) -> None:
    """Amina holds an alert, has put herself on call for a day, is away on another, and has asked Maya to swap."""
    fire(database, "HighLatency")
    amina, offer = person("amina"), Offer("flights", "maya", Stretch(T0 + HOUR, T0 + DAY))
    wish, away = (Wish("amina", T0 + days * DAY, T0 + (days + 1) * DAY, "", "flights") for days in (7, 40))
    with database.write() as session:
        for decision in (
            respond.acknowledge(session, OLD, 1, amina, "amina", T0 + MINUTE),
            change_rota.take(session, OLD, wish, amina, "amina", T0),
            change_rota.away(session, OLD, away, amina, "amina", T0),
            ask(session, OLD, offer, amina, "amina", T0),
        ):
            assert decision.allowed


def owners(database: Database) -> set[str]:
    with database.read() as session:
        swap = session.scalars(select(Swap)).one()
        rows = (*session.scalars(select(Override)), *session.scalars(select(Absence)))
        return {swap.asked_by, *(row.person for row in rows), *(row.created_by for row in rows)}


def moved(database: Database) -> list[str]:
    with database.read() as session:
        return [row.person for row in session.scalars(select(Notice).where(Notice.kind == NoticeKind.MOVED))]


NEW_ID = renamed("amina", "amina-d")
BOTH_NEW = renamed("amina", "amina-d", slack="U0OTHER", was="amina")


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("changes", [NEW_ID, BOTH_NEW])
def test_a_person_by_another_id_keeps_what_is_theirs(
    database: Database, changes: dict[str, Any], back: bool
) -> None:
    arrange(database)
    told = moved(database)
    tick(database, yaml("new", **changes), T0 + 2 * MINUTE)
    if back:
        tick(database, OLD, T0 + 3 * MINUTE)
    who = "amina" if back else "amina-d"
    assert (group(database).status, group(database).acknowledged_by) == ("acknowledged", who)
    assert called(database) == [("opened", [who])]
    assert owners(database) == {who}
    assert moved(database) == told
    assert said(database, "alert.give_back") == []
    assert said(database, "person.rename")[0] == (
        "The YAML calls the person “amina” “amina-d” now: what was theirs stays theirs."
    )


def test_two_who_exchange_their_ids_keep_what_is_theirs(database: Database) -> None:
    arrange(database)
    slack = {"amina": "U0LEO", "leo": "U0AMINA"}
    people = [{**each, "slack": slack.get(each["id"], each["slack"])} for each in TEAM["people"]]
    rotations = named_anew(named_anew(named_anew([FLIGHTS, DATA], "amina", "?"), "leo", "amina"), "?", "leo")
    tick(database, yaml("new", people=people, rotations=rotations), T0 + 2 * MINUTE)
    assert group(database).acknowledged_by == "leo"
    assert owners(database) == {"leo"}


def kept_under(database: Database, name: str) -> Iterator[str]:
    """The columns that have this id, or name it."""
    with database.read() as session:
        for table in metadata.sorted_tables:
            for column in table.columns:
                if not (column.info.get(NAMES) or column.info.get(MENTIONS)):
                    continue
                likely = cast(column, String).regexp_match(f"(^|[^a-z-]){name}($|[^a-z-])")
                if session.execute(select(column).where(likely)).first():
                    yield f"{table.name}.{column.name}"


def test_nothing_is_left_under_an_old_id(database: Database) -> None:
    arrange(database)
    tick(database, OLD, HANDOFF)
    assert len(set(kept_under(database, "amina"))) > 15
    tick(database, yaml("new", **NEW_ID), HANDOFF + MINUTE)
    assert set(kept_under(database, "amina")) <= {"audit.detail"}, "where the rename itself is told"
    assert handoff(database).outgoing == "amina-d"


def test_every_column_that_has_an_id_says_so() -> None:
    names = {"person", "actor", "reporter", "assignee", "incoming", "outgoing", "rotation", "policy", "by"}
    forgotten = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if (column.name in names or column.name.endswith("_by") or column.name.startswith("asked_of"))
        and not column.info.get(NAMES)
    ]
    assert forgotten == ["outbox.claimed_by"], "which is a replica"


@pytest.mark.parametrize(
    "other",
    [OTHER, {**OTHER, "members": ["maya", "leo"], "was": "data"}],
    ids=["as it was", "otherwise"],
)
def test_a_rotation_by_another_id_keeps_what_was_arranged_in_it(database: Database, other: dict[str, Any]) -> None:
    fire(database, "DbDown")
    wish = Wish("jonas", T0 + HOUR, T0 + 5 * HOUR, "", "data")
    with database.write() as session:
        assert change_rota.override(session, OLD, wish, person("amina"), "amina", T0).allowed
    new = yaml("new", rotations=[FLIGHTS, other], alerts=ELSEWHERE)
    tick(database, new, T0 + MINUTE)
    assert [reason for reason, _ in called(database)] == ["opened"]
    assert group(database).rotation == "warehouse"
    assert said(database, "alert.place") == []
    with database.read() as session:
        assert session.scalars(select(Override)).one().rotation == "warehouse"
    assert not any("not in the YAML any more" in each for each in said(database, "rota.redeclare"))
    tick(database, OLD, T0 + 2 * MINUTE)
    assert group(database).rotation == "data"
    with database.read() as session:
        assert session.scalars(select(Override)).one().rotation == "data"


def test_two_rotations_that_are_alike_are_not_guessed_at(database: Database) -> None:
    twin = {**DATA, "id": "twin"}
    tick(database, yaml("old", rotations=[FLIGHTS, DATA, twin]), T0)
    alerts = {**ALERTS, "rotation": "warehouse"}
    pipeline = Pipeline.model_validate({**PIPELINE, "rotation": "warehouse"})
    team = Team.model_validate({**TEAM, "rotations": [OTHER], "escalation": [PAGE], "alerts": alerts})
    tick(database, Config(team, {"flights": pipeline}, {}, "new"), T0 + MINUTE)
    assert said(database, "rotation.rename") == []


@pytest.mark.parametrize("more", [{}, {"repeat": 3, "was": ["old", "long"]}])
def test_a_policy_by_another_id_goes_on_where_it_is(database: Database, more: dict[str, Any]) -> None:
    fire(database, "DbDown")
    longer = {**LONG, "id": "slow", **more}
    tick(
        database,
        yaml("new", escalation=[PAGE, longer], alerts=routed(rotation="data", policy="slow")),
        T0 + MINUTE,
    )
    assert [reason for reason, _ in called(database)] == ["opened"]
    assert group(database).policy == "slow"


BEAT = {"id": "export", "every": "1h", "grace": "1m"}


def test_the_alert_about_a_heartbeat_stays_where_it_is(database: Database) -> None:
    old = yaml("old", heartbeats=[{**BEAT, "rotation": "data"}])
    for at in (T0, T0 + HOUR + MINUTE):
        tick(database, old, at)
    assert group(database).rotation == "data"
    new = yaml("new", rotations=[FLIGHTS, OTHER], alerts=ELSEWHERE, heartbeats=[{**BEAT, "rotation": "warehouse"}])
    for at in (T0 + HOUR + 2 * MINUTE, T0 + 3 * HOUR):
        tick(database, new, at)
    with database.read() as session:
        groups = [(row.rotation, row.status) for row in session.scalars(select(AlertGroup))]
    assert groups == [("warehouse", "firing")]


def test_the_old_id_is_understood_in_labels_and_commands() -> None:
    team = yaml("new", rotations=[FLIGHTS, {**OTHER, "was": "data"}], alerts=ALERTS).team
    assert place({"rotation": "data"}, Config(team, {})).people.rotation == "warehouse"
    found = find_rotation(team, "data")
    assert found is not None
    assert found.id == "warehouse"
    someone = find_person(yaml("new", **BOTH_NEW).team, "Amina")
    assert someone is not None
    assert someone.id == "amina-d"
