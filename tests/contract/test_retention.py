"""What is older than the team keeps goes in small parts; what is open, young or linked stays, and is seen as before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.db.database import Database
from core.runs import sweep_store
from tests.alerts_support import groups, webhook
from tests.oncall_support import at_once, person
from tests.retention_support import (
    ALERTS,
    CONFIG,
    DAY,
    MINUTE,
    PRESENT,
    Tables,
    live,
    now_in,
    rounds,
    seen,
    tables,
    team,
)
from workflows import file_bug, lapse, respond
from workflows.retention import forget


def gone(before: Tables, after: Tables, table: str) -> list[dict[str, Any]]:
    return [dict(row) for key, row in before[table].items() if key not in after[table]]


def past(database: Database, seed: int) -> Tables:
    with database.write() as session:
        live(session, CONFIG, seed)
    with database.read() as session:
        return tables(session)


def needed(world: Tables, now: datetime) -> set[int]:
    """The groups that must stay, told from the rows alone."""
    all_groups = {row["id"]: row for row in world["alert_group"].values()}
    pages = {row["id"]: row["group_id"] for row in world["page"].values()}
    stay = {
        row["id"]
        for row in all_groups.values()
        if row["status"] != "resolved" or row["resolved_at"] >= now - ALERTS * DAY or row["evaluation_id"]
    }
    stay |= {row["group_id"] for table in ("ticket", "alert_verdict") for row in world[table].values()}
    stay |= {row["group_id"] for row in world["silence"].values() if row["ends_at"] > now}
    stay |= {pages[row["page_id"]] for row in world["notification"].values() if row["at"] >= now - 366 * DAY}
    threads = {row["parent"] for row in world["approval"].values()}
    threads |= {
        row[name] for row in world["outbox"].values() if row["status"] != "sent" for name in ("key", "parent")
    }
    stay |= {number for number in all_groups if f"alert-group:{number}" in threads}
    storms = {all_groups[each]["storm_id"] or each for each in stay if each in all_groups}
    return stay | storms | {row["id"] for row in all_groups.values() if row["storm_id"] in storms}


@pytest.mark.parametrize(
    "seed", [6, pytest.param(7, marks=pytest.mark.slow), pytest.param(11, marks=pytest.mark.slow)]
)
def test_what_is_open_young_or_linked_stays_and_is_seen_as_before(database: Database, seed: int) -> None:
    before = past(database, seed)
    with database.read() as session:
        saw = seen(session, CONFIG, PRESENT)
    deleted = rounds(database, CONFIG, PRESENT)
    after = now_in(database)
    with database.read() as session:
        sees = seen(session, CONFIG, PRESENT)

    known, left = ({row["id"] for row in world["alert_group"].values()} for world in (before, after))
    stay = needed(before, PRESENT)
    assert stay & known <= left
    assert len(left - stay) <= 3, "all others go, but for those with the newest ids of anything"
    assert len(left) < 0.7 * len(known)
    assert {name: (saw[name], sees[name]) for name in sees if saw[name] != sees[name]} == {}
    assert {
        name for name in saw.keys() - sees.keys() if not name.startswith(("alert ", "why ", "thread ", "message "))
    } == set()
    lost = {name.split()[0] for name in saw.keys() - sees.keys()}
    assert lost <= {"alert", "why", "thread", "message"}, "of those that went themselves"
    assert {name for name in before if gone(before, after, name)} == GOES
    assert sum(len(gone(before, after, name)) for name in GOES) == sum(deleted)
    if database.engine.dialect.name == "sqlite":
        with database.read() as session:
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    assert rounds(database, CONFIG, PRESENT + timedelta(hours=23)) == [], "once a day"


GOES = {"alert_group", "alert_cold", "alert_hot", "page", "notification", "page_call", "outbox", "change"}


def over(database: Database, hosts: list[str], at: datetime = PRESENT - 500 * DAY) -> None:
    """Alerts that fired and ended, long ago, each in a group of its own where hosts differ."""
    down = {"alertname": "Down", "severity": "warning"}
    labels = [{**down, "host": host, "disk": str(number)} for number, host in enumerate(hosts)]
    for end in (None, at + MINUTE):
        batch = [webhook(each, starts_at=at, ends_at=end) for each in labels]
        with database.write() as session:
            respond.receive(session, CONFIG, batch, end or at)
            lapse.tell_due(session, CONFIG, (end or at) + timedelta(hours=1))


def settle_messages(database: Database) -> None:
    with database.write() as session:
        session.execute(
            text("UPDATE outbox SET status = 'sent', slack_ts = '1.0', slack_channel = 'C', sent_at = created_at")
        )


def counted(database: Database) -> int:
    return sum(len(rows) for name, rows in now_in(database).items() if name not in ("alert_journal", "sweep"))


@pytest.mark.parametrize(
    "hosts", [["a"] * 700, [f"h{number}" for number in range(300)]], ids=["a group", "a storm"]
)
def test_a_transaction_deletes_few_rows_whatever_a_group_has(database: Database, hosts: list[str]) -> None:
    over(database, hosts)
    over(database, ["young"], at=PRESENT)
    settle_messages(database)
    passes = 0
    with database.read() as session:
        before = {group.id for group in groups(session)}
    while len(before) > 1:
        rows = counted(database)
        deleted = database.do(lambda session: forget.forget_due(session, CONFIG, PRESENT))
        assert 0 < deleted == rows - counted(database) <= forget.ROWS
        with database.read() as session:
            left = {group.id for group in groups(session)}
            storms = {group.storm_id for group in groups(session) if group.storm_id}
        assert left <= before
        assert storms <= left, "a storm goes with the last of its groups"
        before, passes = left, passes + 1
    assert passes >= 2


class KilledError(Exception):
    """Somebody pulled the plug."""


def killed(session: Session) -> None:
    forget.forget_due(session, CONFIG, PRESENT)
    raise KilledError


def test_what_is_killed_half_way_changed_nothing_and_goes_on(database: Database) -> None:
    over(database, ["a"] * 400)
    over(database, ["young"], at=PRESENT)
    settle_messages(database)
    passes = 0
    while rounds_left(database):
        before = now_in(database)
        with pytest.raises(KilledError):
            database.do(killed)
        assert now_in(database) == before
        database.do(lambda session: forget.forget_due(session, CONFIG, PRESENT))
        passes += 1
    assert passes > 3
    assert [row["labels"]["host"] for row in now_in(database)["alert_group"].values()] == ["young"]


def rounds_left(database: Database) -> bool:
    with database.read() as session:
        at = forget.next_due(session, CONFIG, PRESENT)
    return at is not None and at <= PRESENT


def test_replicas_and_senders_of_alerts_do_not_get_into_each_others_way(database: Database) -> None:
    """Two replicas delete, one takes alerts, one files bugs about what is about to go."""
    for number in range(60):
        over(database, [f"old-{number}"], at=PRESENT - (500 - number) * DAY)
    settle_messages(database)
    rows, failed, deleted, taken = counted(database), [], [], []

    def tried(work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - told below
                failed.append(error)

        return run

    def delete() -> None:
        while rounds_left(database):
            deleted.append(database.do(lambda session: forget.forget_due(session, CONFIG, PRESENT)))

    def send() -> None:
        for number in range(20):
            labels = {"alertname": "Up", "severity": "warning", "host": f"new-{number}"}
            batch = [webhook(labels, starts_at=PRESENT)]
            database.do(partial(respond.receive, config=CONFIG, batch=batch, now=PRESENT))

    def file(group_id: int) -> None:
        def work(session: Session) -> None:
            draft = file_bug.draft_from_group(session, CONFIG, group_id)
            if (
                draft is not None
                and file_bug.file_bug(session, CONFIG, draft, person("maya"), "maya", PRESENT)[0].allowed
            ):
                taken.append(group_id)

        database.do(work)

    at_once(*map(tried, (delete, delete, send, lambda: [file(number) for number in range(60, 0, -3)])))
    assert failed == []
    after = now_in(database)
    left = {row["id"] for row in after["alert_group"].values()}
    assert {row["group_id"] for row in after["ticket"].values()} == set(taken) <= left
    assert sum("old" in row["labels"].get("host", "") for row in after["alert_group"].values()) == len(taken)
    added = counted(database) - rows + sum(deleted)
    assert added > 0, "each row is counted by the one who deleted it"
    with database.read() as session:
        assert sum(dict(sweep_store.counts(session)).values()) == sum(deleted)


def test_no_number_is_given_twice(database: Database) -> None:
    """SQLite gives a new row the highest id plus one; the trail, threads and people know a group by its number."""
    over(database, ["a", "b"])
    settle_messages(database)
    with database.read() as session:
        known = {group.id for group in groups(session)}
    rounds(database, CONFIG, PRESENT)
    over(database, ["c"], at=PRESENT)
    with database.read() as session:
        (new,) = [group.id for group in groups(session) if group.labels["host"] == "c"]
    assert new not in known


def test_without_a_word_in_the_yaml_all_is_kept(database: Database) -> None:
    over(database, ["a", "b"])
    before = now_in(database)
    with database.write() as session:
        assert forget.next_due(session, team(), PRESENT) is None
        assert forget.forget_due(session, team(), PRESENT) == 0
    assert now_in(database) == before
