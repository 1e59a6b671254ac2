"""Two people, or a person and a sender, at the same instant: decided once, on every database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError

from core.alerts import store
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.decision import Decision
from tests.alerts_support import LATENCY, api, audit_of, groups, page_of, posts, statuses
from workflows import respond

PEOPLE = ("maya", "jonas", "amina", "leo")


def at_once(database: Database, *works: Callable[[Any], Any]) -> list[Any]:
    """Do each of the works in a transaction of its own, all started at the same instant."""
    barrier = Barrier(len(works))

    def one(work: Callable[[Any], Any]) -> Any:
        barrier.wait()
        with database.write() as session:
            return work(session)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_of_all_who_acknowledge_at_once_one_holds_it(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())

    def taker(name: str) -> Callable[[Any], Decision]:
        return lambda s: respond.acknowledge(s, config, 1, config.team.person(name), name, clock.now())

    answers = at_once(database, *map(taker, PEOPLE))
    (holder,) = [name for name, answer in zip(PEOPLE, answers, strict=True) if answer.allowed]
    losers = [answer for answer in answers if not answer.allowed]
    assert {a.reason for a in losers} == {"already_acknowledged"}
    assert all(f"{{person:{holder}}}" in a.detail for a in losers)
    with database.read() as session:
        group = store.get(session, 1)
        assert group is not None
        assert (group.acknowledged_by, group.revision) == (holder, 2)
        assert page_of(session, 1).answered_by == holder  # type: ignore[union-attr]
        assert len(audit_of(session, "alert.acknowledge")) == len(PEOPLE)
        assert len(posts(session, "note")) == 1


def test_acknowledging_and_resolving_at_once_leaves_one_truth(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya, jonas = config.team.person("maya"), config.team.person("jonas")
    for number in range(1, 6):
        labels = {"alertname": f"A{number}", "severity": "critical"}
        with database.write() as session:
            respond.receive(session, config, [api(labels)], clock.now())

        def take(session: Any, number: int = number) -> Decision:
            return respond.acknowledge(session, config, number, maya, "maya", clock.now())

        def end(session: Any, number: int = number) -> Decision:
            return respond.resolve(session, config, number, jonas, "jonas", clock.now())

        taken, ended = at_once(database, take, end)
        assert ended.allowed
        assert taken.reason in ("acknowledged", "already_resolved")
    with database.read() as session:
        assert statuses(session) == ["resolved"] * 5


def test_two_writers_that_open_the_same_group_open_one(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    def writer(zone: str) -> Callable[[], None]:
        def receive() -> None:
            batch = [api({**LATENCY, "zone": zone}), api()]
            for _ in range(5):
                try:
                    with database.write() as session:
                        respond.receive(session, config, batch, clock.now())
                except (IntegrityError, OperationalError):
                    continue  # as the group-commit writer does: the other was first
                return
            raise AssertionError("never got through")

        return receive

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(writer(zone)) for zone in "abcd"]:
            future.result()
    with database.read() as session:
        assert statuses(session) == ["firing"]
        assert store.count_alerts(session, groups(session)[0].id) == (5, 5, 8)


def test_an_alert_that_comes_while_its_group_is_resolved_is_not_lost(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya = config.team.person("maya")
    for number in range(5):
        labels = {"alertname": f"A{number}", "severity": "critical"}
        with database.write() as session:
            (group_id,) = respond.receive(session, config, [api(labels)], clock.now()).opened

        def end(session: Any, group_id: int = group_id) -> Decision:
            return respond.resolve(session, config, group_id, maya, "maya", clock.now())

        def come(session: Any, labels: dict[str, str] = labels) -> object:
            new = api({**labels, "zone": "b"}, starts_at=clock.now() + timedelta(seconds=1))
            return respond.receive(session, config, [new], clock.now() + timedelta(seconds=1))

        at_once(database, end, come)
        with database.read() as session:
            firing = {row.labels["zone"] for row, _ in store.firing_alerts(session) if "zone" in row.labels}
            newest = groups(session)[-1]
            # Either it joined before the group was resolved, and ended with it, or it opened a group of its own.
            assert (firing == {"b"}) == (newest.id != group_id)
            for group in groups(session):
                counts = store.count_alerts(session, group.id)
                assert (group.status == "resolved") == (counts.firing == 0)
        with database.write() as session:
            for group in store.open_groups(session):
                respond.resolve(session, config, group.id, maya, "maya", clock.now())
