"""A storm that reaches two replicas at the same instant is one storm, one message and one call."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from core.alerts.writer import ATTEMPTS
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.tables import PageStatus
from tests.alerts_support import groups, page_of, posts
from tests.storms_support import fires, storms, team
from workflows import lapse
from workflows.receiver import Receiver

REPLICAS = 3
SIZES = (6, 40, 200)


def replica(
    database: Database, clock: SimulatedClock, barrier: Barrier, hosts: range, part: int
) -> Callable[[], None]:
    """A writer of its own with what it knows, which stores its alerts in parts, trying again as the real one does."""
    receiver = Receiver(team())

    def store(batch: range) -> None:
        for left in reversed(range(ATTEMPTS)):
            try:
                with database.write() as session:
                    receiver(session, fires(clock.now(), batch), clock.now())
            except (IntegrityError, OperationalError):
                if not left:
                    raise
            else:
                return

    def run() -> None:
        barrier.wait()
        for start in range(0, len(hosts), part):
            store(hosts[start : start + part])

    return run


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("parts", [1, 4])
def test_replicas_that_see_a_storm_begin_at_once_begin_one(
    database: Database, clock: SimulatedClock, size: int, parts: int
) -> None:
    barrier, part = Barrier(REPLICAS), -(-size // parts)
    works = [replica(database, clock, barrier, range(n * size, (n + 1) * size), part) for n in range(REPLICAS)]
    with ThreadPoolExecutor(REPLICAS) as pool:
        for future in [pool.submit(work) for work in works]:
            future.result()
    clock.advance(timedelta(seconds=10))
    with database.write() as session:
        lapse.tell_due(session, team(), clock.now())
        (storm,) = storms(session)
        members = [group for group in groups(session) if group is not storm]
        assert len(members) == REPLICAS * size
        calling = [group for group in members if group.storm_id is None]
        for group in members:
            page = page_of(session, group.id)
            assert page is None or page.status == (PageStatus.OPEN if group in calling else PageStatus.WITHDRAWN)
        own = page_of(session, storm.id)
        assert own is not None
        assert own.status == PageStatus.OPEN
        assert len({post.key for post in posts(session, "alert_group") if post.subject == str(storm.id)}) == 1
        assert len(calling) <= team().team.alerts.storm.groups, "only what came before it was many calls by itself"
