"""Another YAML comes into service under open work: nobody is left uncalled, and whom it concerns is told in words."""

import pytest
from sqlalchemy import select

from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.team import Team
from core.db.database import Database
from core.oncall import store
from core.oncall.rota_tables import Notice, NoticeStatus
from tests.oncall_support import HANDOFF, PIPELINE, T0, TEAM, audit_rows, messages, person
from tests.yaml_support import (
    ALERTS,
    DATA,
    FLIGHTS,
    HOUR,
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
    without,
    yaml,
)
from workflows import change_rota, respond
from workflows.change_rota import Wish


def test_what_somebody_held_who_left_calls_again(database: Database) -> None:
    fire(database, "HighLatency")
    with database.write() as session:
        assert respond.acknowledge(session, OLD, 1, person("amina"), "amina", T0 + MINUTE).allowed
    new = yaml("new", **without("amina"))
    tick(database, new, T0 + 2 * MINUTE)
    assert (group(database).status, group(database).acknowledged_by) == ("firing", None)
    ((_, first), (reason, again)) = called(database)
    assert (first, reason, again) == (["amina"], "holder_left", ["maya"])
    assert said(database, "alert.give_back") == [
        "{person:amina}, who held it, has left the team: nobody holds it now, and it calls again."
    ]


@pytest.mark.parametrize(("left", "again"), [("amina", [("yaml_changed", ["maya"])]), ("maya", [])])
def test_whoever_is_on_call_is_called_at_once_when_those_who_were_called_have_left(
    database: Database, left: str, again: list[tuple[str, list[str]]]
) -> None:
    fire(database, "HighLatency")
    tick(database, yaml("new", **without(left)), T0 + MINUTE)
    assert called(database)[1:] == again


def test_an_alert_of_a_rotation_that_is_replaced_goes_where_such_alerts_go_today(database: Database) -> None:
    fire(database, "DbDown")
    alerts = routed(rotation="warehouse", policy="long")
    new = yaml("new", rotations=[FLIGHTS, {**DATA, "id": "warehouse", "members": ["maya", "leo"]}], alerts=alerts)
    tick(database, new, T0 + MINUTE)
    assert group(database).rotation == "warehouse"
    first, (reason, again) = called(database)
    assert reason == "yaml_changed"
    assert first[1] != again, "whoever is on call in the rotation of the new name"
    assert said(database, "alert.place") == [
        "The YAML has changed: from now on this is Data on-call's, by the policy “long”."
    ]


def test_a_page_of_a_policy_that_is_gone_begins_with_the_first_step_of_the_one_that_holds(
    database: Database,
) -> None:
    fire(database, "DbDown")
    for hours in (1, 2):
        tick(database, OLD, T0 + hours * HOUR)
    new = yaml("new", escalation=[{**PAGE, "repeat": 0}], alerts=routed(rotation="data"))
    tick(database, new, T0 + 2 * HOUR + MINUTE)
    assert [reason for reason, _ in called(database)] == ["opened", "no_answer", "no_answer", "yaml_changed"]
    with database.read() as session:
        page = store.page_of(session, 1)
        assert page is not None
        assert (page.policy, page.status, page.due_at) == ("page", "open", T0 + 2 * HOUR + 16 * MINUTE)


def test_a_yaml_is_followed_once_and_again_when_it_comes_back(database: Database) -> None:
    fire(database, "HighLatency")
    new = yaml("new", escalation=[{**PAGE, "id": "other", "repeat": 0}], alerts={**ALERTS, "policy": "other"})
    for config in (new, new, OLD, OLD):
        tick(database, config, T0 + MINUTE)
    assert [reason for reason, _ in called(database)] == ["opened", "yaml_changed", "yaml_changed"]


def test_a_thread_stays_in_its_channel_as_long_as_the_yaml_has_it(database: Database) -> None:
    fire(database, "DbDown")
    tick(database, yaml("new", rotations=[FLIGHTS], alerts=ALERTS), T0 + MINUTE)
    assert (group(database).rotation, group(database).channel) == ("flights", "flights")
    fewer = [each for each in TEAM["channels"] if each["id"] == "oncall"]
    pipelines = {"flights": Pipeline.model_validate({**PIPELINE, "channel": "oncall"})}
    team = Team.model_validate({**TEAM, "channels": fewer, "alerts": ALERTS})
    told = len(said(database, "alert.place"))
    tick(database, Config(team, pipelines, {}, "newest"), T0 + 2 * MINUTE)
    assert group(database).channel == "oncall"
    assert messages(database, "alert_group") == ["oncall"], "it was not posted yet"
    assert len(said(database, "alert.place")) == told, "its people are the same"


def told(database: Database) -> list[str]:
    """Whom a notice of a shift that moved went to."""
    with database.read() as session:
        query = select(Notice).where(Notice.kind == "moved").order_by(Notice.id)
        return [f"{row.person} {'+' if row.spans[0]['gained'] else '-'}" for row in session.scalars(query)]


def test_whoever_the_yaml_puts_on_or_off_call_is_told(database: Database) -> None:
    tick(database, OLD, T0)
    moved = [{**FLIGHTS, "members": ["amina", "maya", "jonas"], "shadows": []}, DATA]
    tick(database, yaml("new", rotations=moved), T0 + MINUTE)
    assert {"maya +", "amina -"} <= set(told(database))
    (detail,) = said(database, "rota.redeclare")
    assert detail.startswith("The YAML has changed. {person:maya} is on call from")
    assert messages(database, "note") == ["oncall"]
    tick(database, yaml("new", rotations=moved), T0 + 2 * MINUTE)
    assert len(said(database, "rota.redeclare")) == 1, "once"


def test_who_left_is_told_nothing_and_an_override_of_theirs_moves_somebody(database: Database) -> None:
    tick(database, OLD, T0)
    with database.write() as session:
        wish = Wish("leo", T0 + HOUR, T0 + 5 * HOUR, "", "flights")
        assert change_rota.override(session, OLD, wish, person("amina"), "amina", T0).allowed
    before = messages(database, "duty").count("@leo")
    tick(database, yaml("new", **without("leo")), T0 + 2 * HOUR)
    assert "amina +" in told(database)
    assert messages(database, "duty").count("@leo") == before


def test_a_rotation_that_is_gone_is_told_with_whom_it_concerns_and_promises_nobody_anything(
    database: Database,
) -> None:
    tick(database, OLD, T0)
    with database.write() as session:
        wish = Wish("jonas", T0 + HOUR, T0 + 5 * HOUR, "", "data")
        assert change_rota.override(session, OLD, wish, person("amina"), "amina", T0).allowed
    new = yaml("new", rotations=[FLIGHTS], alerts=ALERTS)
    for _ in range(2):
        tick(database, new, T0 + MINUTE)
    (detail,) = said(database, "rota.redeclare")
    assert detail == (
        "The rotation Data on-call is not in the YAML any more. {person:leo}, {person:maya}, {person:jonas}: you are "
        "not on call in it any more. What you arranged in it (overrides, swaps) counts no more."
    )
    with database.read() as session:
        left = session.scalars(
            select(Notice).where(Notice.rotation == "data", Notice.status == NoticeStatus.PLANNED)
        )
        assert list(left) == []
    tick(database, OLD, T0 + 2 * MINUTE)
    with database.read() as session:
        assert session.scalars(select(Notice).where(Notice.rotation == "data", Notice.status == "planned")).first()


def test_a_handoff_asks_whoever_has_the_shift_by_the_new_yaml(database: Database) -> None:
    for at in (T0, HANDOFF):
        tick(database, OLD, at)
    assert handoff(database).incoming == "maya"
    tick(database, yaml("new", **without("maya")), HANDOFF + MINUTE)
    assert handoff(database).incoming == "jonas"
    assert said(database, "handoff.pass_on") == [
        "The YAML has changed: {person:jonas} is on call instead of {person:maya}, and is asked to accept this handoff."
    ]
    tick(database, yaml("new", **without("maya")), HANDOFF + HOUR)
    assert [each.partition(",")[0] for each in said(database, "handoff.chase")] == [
        "{person:jonas}",
        "{person:leo}",
    ]


def test_nobody_is_reminded_of_a_handoff_of_a_rotation_that_is_gone(database: Database) -> None:
    for at in (T0, HANDOFF):
        tick(database, OLD, at)
    alerts = {**ALERTS, "rotation": "data"}
    pipeline = Pipeline.model_validate({**PIPELINE, "rotation": "data"})
    team = Team.model_validate({**TEAM, "rotations": [DATA], "alerts": alerts})
    tick(database, Config(team, {"flights": pipeline}, {}, "new"), HANDOFF + 3 * HOUR)
    assert [each for each in audit_rows(database) if each[1] == "handoff.chase" and "jonas" in each[3]] == []
    assert handoff(database).status == "drafted"
    assert all("maya" not in each or "leo" in each for each in said(database, "handoff.chase"))
