"""Digests: what a channel's alerts came to, told once when the team says, instead of one by one."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.alerts import digest_store
from core.alerts.digest import compose
from core.alerts.tables import AlertGroup, Digest
from core.config.fields import Every, Schedule
from core.config.load import Config
from core.outbox.store import Post, enqueue
from core.runs import store as runs
from core.runs.schedule import due, next_after

FIRING = "digest"
"""The name of its schedule among the firings."""

SPANS = {Every.HOUR: timedelta(hours=1), Every.DAY: timedelta(days=1), Every.WEEK: timedelta(weeks=1)}


def send_digests(session: Session, config: Config, now: datetime) -> int:
    """Send the digest of every channel in which something happened since the last one; how many.

    The first one is due at the first firing after the schedule was seen. After downtime the newest firing tells what
    happened since the last that was sent.
    """
    schedule = config.team.alerts.digests
    if schedule is None:
        return 0
    last = runs.last_firing(session, FIRING)
    if last is not None and next_after(schedule, last) > now:
        return 0
    firings = due(schedule, last, now) if last else []
    runs.set_last_firing(session, FIRING, now)
    return _send(session, _since(schedule, last, firings[-1]), firings[-1], now) if last and firings else 0


def next_due(session: Session, config: Config, now: datetime) -> datetime | None:
    """When the next digest is due; `now` when the schedule was never seen before, None without one."""
    schedule = config.team.alerts.digests
    if schedule is None:
        return None
    last = runs.last_firing(session, FIRING)
    return next_after(schedule, last) if last else now


def _since(schedule: Schedule, last: datetime, at: datetime) -> datetime:
    """The firing before the missed ones: `last` is when the pass ran, a little after it."""
    start = at - SPANS[schedule.every]
    while start > last:
        start -= SPANS[schedule.every]
    return start


def _send(session: Session, start: datetime, end: datetime, now: datetime) -> int:
    channels: dict[str, list[AlertGroup]] = {}
    for group in digest_store.groups_during(session, start, end):
        channels.setdefault(group.channel, []).append(group)
    noise, sent = digest_store.noise_since(session, start), 0
    for channel, groups in channels.items():
        content = compose(groups, noise, start, end)
        if content is None:
            continue
        digest = Digest(channel=channel, starts_at=start, ends_at=end, content=content)
        if digest_store.add(session, digest):
            enqueue(session, Post("digest", digest.id, digest.message, channel), now)
            sent += 1
    return sent
