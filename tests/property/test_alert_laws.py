"""Laws of taking alerts in: redelivery changes nothing, order within labels is nothing, merging settles."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.alerts.activity import Activity, merge
from core.alerts.delivery import Delivery
from core.alerts.grouping import group_key
from core.alerts.labels import fingerprint
from core.alerts.store import count_alerts
from core.alerts.tables import GroupStatus
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import api, groups, state, webhook
from tests.databases import fresh_sqlite
from workflows import lapse, respond

NOW = datetime(2013, 2, 11, 13, 0, tzinfo=UTC)
names = st.sampled_from(["alertname", "pipeline", "zone", "severity"])
values = st.sampled_from(["A", "B", "flights", "warning", "critical"])
labels = st.dictionaries(names, values, min_size=1)
instants = st.integers(-60, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
activities = st.builds(
    Activity, instants.filter(lambda at: at <= NOW), st.none() | instants, st.booleans()
).filter(lambda a: a.ends_at is None or a.ends_at >= a.starts_at)


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """With a start in the past; a webhook, or the API; firing, or ended."""
    start = NOW - timedelta(minutes=draw(st.integers(1, 60)))
    ends_at = draw(st.none() | st.just(NOW) | st.just(NOW + timedelta(minutes=4)))
    if draw(st.booleans()):
        return api(draw(labels), starts_at=start, ends_at=ends_at)
    return webhook(draw(labels), starts_at=start, ends_at=min(ends_at, NOW) if ends_at else None)


def batches() -> st.SearchStrategy[list[Delivery]]:
    """As one sender makes them: each alert once."""
    return st.lists(deliveries(), max_size=10, unique_by=lambda delivery: delivery.identity.fingerprint)


@contextmanager
def fresh_database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = fresh_sqlite(Path(folder) / "x.db")
        yield database
        database.dispose()


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1), st.randoms())
def test_the_order_of_labels_is_nothing(pairs: dict[str, str], random: object) -> None:
    shuffled = list(pairs.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fingerprint(dict(shuffled)) == fingerprint(pairs)
    by = list(pairs)[:3]
    assert group_key(dict(shuffled), by) == group_key(pairs, by[::-1])


@given(activities, activities)
def test_hearing_the_same_again_adds_nothing(old: Activity, new: Activity) -> None:
    once = merge(old, new, NOW)
    assert merge(once, new, NOW) == once
    assert merge(new, new, NOW) == new
    assert once.starts_at in (old.starts_at, new.starts_at)
    assert once.is_over(NOW) == new.is_over(NOW), "the newest word on whether it fires counts"


@settings(max_examples=60, deadline=None)
@given(batches(), batches())
def test_a_batch_that_is_delivered_again_changes_nothing(
    config: Config, before: list[Delivery], batch: list[Delivery]
) -> None:
    later = NOW + timedelta(minutes=1)
    with fresh_database() as database:
        with database.write() as session:
            respond.receive(session, config, before, NOW)
            respond.receive(session, config, batch, later)
            once = state(session)
        with database.write() as session:
            assert respond.receive(session, config, batch, later).touched == ()
            assert state(session) == once


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(deliveries(), max_size=6), max_size=5))
def test_whatever_comes_the_books_balance(config: Config, batches: list[list[Delivery]]) -> None:
    now = NOW
    with fresh_database() as database, database.write() as session:
        for batch in batches:
            now += timedelta(minutes=1)
            respond.receive(session, config, batch, now)
            lapse.expire(session, config, now)
            found = groups(session)
            open_keys = [group.key for group in found if group.status != GroupStatus.RESOLVED]
            assert len(open_keys) == len(set(open_keys)), "one open group per key"
            for group in found:
                firing = count_alerts(session, group.id).firing
                assert (firing == 0) == (group.status == GroupStatus.RESOLVED)
                assert (group.resolved_at is None) == (group.status != GroupStatus.RESOLVED)
