"""Whatever of the YAML changes at once, and one after the other, under open work: nobody is left uncalled, and nobody
is told the same twice."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, GroupStatus
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.team import Team
from core.db.database import Database
from core.oncall import rota_store
from core.oncall import store as pages
from core.oncall.changes import Stretch
from core.oncall.rota_tables import Notice, NoticeKind
from core.oncall.tables import Notification, PageStatus
from tests.alerts_support import webhook
from tests.oncall_support import HANDOFF, PIPELINE, TEAM
from tests.yaml_support import ALERTS, DATA, DAY, FLIGHTS, HOUR, LONG, MINUTE, PAGE, tick
from workflows import change_rota, respond
from workflows.call import reaches_anybody
from workflows.change_rota import Wish
from workflows.swap_shifts import Offer, answer, ask

Declared = dict[str, Any]
Change = Callable[[Declared, Random], None]
START = HANDOFF - DAY
HELD = ("DbDown", "HighLatency", "Lag")


def whole() -> Declared:
    """A team of two rotations and two policies."""
    routes = [
        {"id": "db", "match": ['alertname="DbDown"'], "rotation": "data", "policy": "long", "channel": "flights"}
    ]
    team = {
        **TEAM,
        "rotations": [FLIGHTS, DATA],
        "escalation": [PAGE, LONG],
        "alerts": {**ALERTS, "routes": routes},
    }
    return deepcopy({"team": team, "pipeline": PIPELINE})


def everywhere(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {
            key: each if key in ("slack", "title", "name") else everywhere(each, old, new)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [everywhere(each, old, new) for each in value]
    return new if value == old else value


def one_of(declared: Declared, section: str, rng: Random) -> Declared:
    found: Declared = rng.choice(declared["team"][section])
    return found


def rename_person(declared: Declared, rng: Random) -> None:
    old = one_of(declared, "people", rng)["id"]
    declared.update(everywhere(declared, old, f"{old}-{rng.randrange(9)}"))


def rename(section: str) -> Change:
    """Another id, as a person's hand changes it: in every place that names it, but in no other section's ids."""

    def change(declared: Declared, rng: Random) -> None:
        old = one_of(declared, section, rng)["id"]
        new, key = f"{old[:9]}-{rng.randrange(99)}", {"rotations": "rotation", "escalation": "policy"}[section]
        for each in declared["team"][section]:
            if each["id"] == old:
                each["id"] = new
                if rng.random() < 0.3:
                    each["was"] = old
        for place in (declared["team"]["alerts"], *declared["team"]["alerts"]["routes"]):
            if place.get(key) == old:
                place[key] = new
        for name in ("rotation", "escalation"):
            if (name == key or (name, key) == ("escalation", "policy")) and declared["pipeline"][name] == old:
                declared["pipeline"][name] = new

    return change


def leave(declared: Declared, rng: Random) -> None:
    who = one_of(declared, "people", rng)["id"]
    team = declared["team"]
    team["people"] = [each for each in team["people"] if each["id"] != who]
    for each in team["rotations"]:
        each["members"] = [m for m in each["members"] if m != who]
        each["shadows"] = [m for m in each["shadows"] if m != who]


def join(declared: Declared, rng: Random) -> None:
    number = rng.randrange(100, 999)
    declared["team"]["people"].append({"id": f"new-{number}", "name": f"New {number}", "slack": f"U0NEW{number}"})
    one_of(declared, "rotations", rng)["members"].insert(0, f"new-{number}")


def reorder(declared: Declared, rng: Random) -> None:
    rng.shuffle(one_of(declared, "rotations", rng)["members"])


def other_times(declared: Declared, rng: Random) -> None:
    one_of(declared, "rotations", rng)["handoff"] = {"on": rng.choice(("tuesday", "monday")), "at": "12:00"}


def exchange_ids(declared: Declared, rng: Random) -> None:
    first, second = rng.sample(declared["team"]["people"], 2)
    first["slack"], second["slack"] = second["slack"], first["slack"]


def drop_rotation(declared: Declared, rng: Random) -> None:
    team = declared["team"]
    gone = one_of(declared, "rotations", rng)["id"]
    team["rotations"] = [each for each in team["rotations"] if each["id"] != gone]
    left = team["rotations"][0]["id"] if team["rotations"] else gone  # which is refused
    for place in (team["alerts"], *team["alerts"]["routes"], declared["pipeline"]):
        if place.get("rotation") == gone:
            place["rotation"] = left


def drop_route(declared: Declared, _rng: Random) -> None:
    declared["team"]["alerts"]["routes"] = []


def other_steps(declared: Declared, rng: Random) -> None:
    policy = one_of(declared, "escalation", rng)
    policy["steps"] = [{"notify": rng.choice(("primary", "everyone")), "wait": "5m"}] * rng.randrange(1, 4)


CHANGES: list[Change] = [
    rename_person,
    rename("rotations"),
    rename("escalation"),
    leave,
    join,
    reorder,
    other_times,
    exchange_ids,
    drop_rotation,
    drop_route,
    other_steps,
]


def config_of(declared: Declared, digest: str) -> Config | None:
    """None where the YAML would be refused."""
    try:
        team = Team.model_validate(declared["team"])
    except ValidationError:
        return None
    pipeline = Pipeline.model_validate(declared["pipeline"])
    known = {each.id for each in team.rotations} | {each.id for each in team.escalation}
    return (
        Config(team, {"flights": pipeline}, {}, digest)
        if {pipeline.rotation, pipeline.escalation} <= known
        else None
    )


def changed(declared: Declared, rng: Random, digest: str) -> tuple[Declared, Config]:
    """Two to four changes at once, none of which makes a YAML that would be refused."""
    config = config_of(declared, digest)
    assert config is not None
    for change in rng.choices(CHANGES, k=rng.randrange(2, 5)):
        tried = deepcopy(declared)
        change(tried, rng)
        found = config_of(tried, digest)
        if found is not None:
            declared, config = tried, found
    return declared, config


def work(database: Database, config: Config, rng: Random) -> None:
    """Alerts that are held and that call, a swap, an override, an absence, and a handoff that waits."""
    people = {each.id: each for each in config.team.people}
    tick(database, config, START)
    with database.write() as session:
        for name in HELD:
            labels = {"alertname": name, "severity": "critical"}
            respond.receive(session, config, [webhook(labels, starts_at=START)], START)
    with database.write() as session:
        for group_id in rng.sample((1, 2, 3), 2):
            who = rng.choice(("amina", "maya", "leo", "jonas"))
            respond.acknowledge(session, config, group_id, people[who], who, START)
        for _ in range(3):
            who, begin = rng.choice(("amina", "maya", "leo", "jonas")), START + rng.randrange(1, 200) * HOUR
            wish = Wish(who, begin, begin + rng.randrange(2, 40) * HOUR, "", rng.choice(("flights", "data")))
            rng.choice((change_rota.override, change_rota.away))(
                session, config, wish, people["jonas"], "jonas", START
            )
        offer = Offer("flights", rng.choice(("jonas", "leo")), Stretch(HANDOFF + DAY, HANDOFF + 2 * DAY))
        if ask(session, config, offer, people["maya"], "maya", START).allowed and rng.random() < 0.5:
            answer(session, config, 1, people[offer.other], offer.other, START, yes=True)
    tick(database, config, HANDOFF + MINUTE)


def uncalled(session: Session, config: Config) -> list[str]:
    """Open alerts that nobody of the team holds and that call nobody."""
    found = []
    for group in session.scalars(select(AlertGroup).where(AlertGroup.status != GroupStatus.RESOLVED)):
        if group.acknowledged_by is not None:
            held = config.team.person(group.acknowledged_by) is not None
        else:
            page = pages.page_of(session, group.id)
            held = group.storm_id is not None or (
                page is not None
                and page.status in (PageStatus.OPEN, PageStatus.EXHAUSTED)
                and reaches_anybody(session, page, config.team)
            )
        if not held:
            found.append(
                f"{group.title}: {group.status}, {group.acknowledged_by}, {group.rotation}, {group.policy}"
            )
    return found


def told_twice(session: Session, after: int) -> list[Any]:
    """What somebody was told twice of one and the same move."""
    notices = session.scalars(select(Notice).where(Notice.kind == NoticeKind.MOVED, Notice.id > after))
    told = Counter((each.rotation, each.person, each.role, repr(each.spans)) for each in notices)
    return [each for each, times in told.items() if times > 1]


def newest(session: Session) -> tuple[int, int]:
    found = [
        session.scalar(select(table.id).order_by(table.id.desc()).limit(1)) for table in (Notice, Notification)
    ]
    return found[0] or 0, found[1] or 0


def obey(seed: int, database: Database) -> None:
    rng, declared = Random(seed), whole()
    config = config_of(declared, "first")
    assert config is not None
    work(database, config, rng)
    now: datetime = HANDOFF + MINUTE
    for number in range(3):
        declared, config = changed(declared, rng, f"yaml-{number}")
        with database.read() as session:
            notice, notification = newest(session)
        for _ in range(2):
            now += timedelta(seconds=1)
            tick(database, config, now)
        with database.read() as session:
            left = uncalled(session, config)
            assert left == [], left
            twice = told_twice(session, notice)
            assert twice == [], twice
            called = Counter(
                each.page_id
                for each in session.scalars(select(Notification).where(Notification.id > notification))
            )
            assert not any(times > 1 for times in called.values())
            for rotation in config.team.rotations:
                for duty in rota_store.rota(session, rotation, now).between(now, now + 14 * DAY):
                    assert duty.primary is None or config.team.person(duty.primary)
        now += rng.randrange(1, 100) * MINUTE
        tick(database, config, now)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_nobody_is_left_uncalled_or_told_twice(seed: int, sqlite_database: Database) -> None:
    obey(seed, sqlite_database)
