"""Deletes what is older than the team keeps: one small part in each pass, until the day's round is done."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from core.alerts.tables import Digest
from core.changes.tables import Change
from core.config.load import Config
from core.config.retention import Retention
from core.oncall.rota_tables import Notice
from core.runs import sweep_store
from workflows.retention import groups_store, leftovers_store, messages_store, remains_store, trail_store

log = structlog.get_logger(__name__)

ROWS = 500
"""How many rows one transaction deletes at most: whoever writes alerts waits for it."""

LOOKED = 200
"""How many groups one transaction looks at."""

AT_ONCE = ROWS // 4
"""How many groups are gathered to be deleted together: most have at least four rows. Half of them, and so on, where
they have more than ROWS."""


class Part(NamedTuple):
    """What one transaction did: how many rows went, up to which id it has looked, and whether nothing old is left."""

    deleted: int
    reached: int
    done: bool


@dataclass(frozen=True)
class Sweeping:
    """One kind of old rows: how long the team keeps them, and how the next of them go."""

    name: str
    keep: Callable[[Retention], timedelta | None]
    part: Callable[[Session, int, datetime, datetime], Part]


def forget_due(session: Session, config: Config, now: datetime) -> int:
    """The next part of the first round that runs or is due; how many rows went. One that is killed changed nothing."""
    for each, keep in _kept(config):
        sweep = sweep_store.hold(session, each.name, now)
        if sweep is None:
            continue
        part = each.part(session, sweep.reached, now - keep, now)
        sweep_store.go_on(sweep, part.deleted, part.reached)
        if part.done:
            sweep_store.end(sweep, now)
            log.info("retention.swept", what=each.name, deleted=sweep.lately, before=(now - keep).isoformat())
        return part.deleted
    return 0


def next_due(session: Session, config: Config, now: datetime) -> datetime | None:
    """When `forget_due` has something to do next; None where everything is kept."""
    return min((sweep_store.due_at(session, each.name, now) for each, _ in _kept(config)), default=None)


def _kept(config: Config) -> list[tuple[Sweeping, timedelta]]:
    """What the team does not keep for ever, and how long it does."""
    found = ((each, each.keep(config.team.retention)) for each in SWEEPINGS)
    return [(each, keep) for each, keep in found if keep is not None]


def _groups(session: Session, reached: int, before: datetime, now: datetime) -> Part:
    """Whole groups, the oldest first; what has more than ROWS rows goes in several parts, the group itself last."""
    looked = groups_store.after(session, reached, LOOKED)
    old = [number for number, _ in takewhile(lambda each: each[1] < before, looked)]
    units = groups_store.free(session, old, before, now)[:AT_ONCE]
    if not units:
        return Part(0, old[-1] if old else reached, len(old) < LOOKED)
    remains_store.hold(session, [each for unit in units for each in unit.ids[:ROWS]])
    roots = [unit.root for unit in units]
    units = groups_store.free(session, roots, before, now)
    if not units:  # somebody has just filed a bug
        return Part(0, roots[-1], done=False)
    return _delete(session, units, now)


def _delete(session: Session, units: Sequence[groups_store.Unit], now: datetime) -> Part:
    """So many of the first of these as have ROWS rows in all; of the first that has more, a part."""
    what = _gathered(session, units)
    while what.rows > ROWS and len(units) > 1:
        units = units[: len(units) // 2]
        what = _gathered(session, units)
    whole = what.rows <= ROWS and len(units[-1].ids) <= ROWS
    deleted = remains_store.remove(session, what.first(ROWS), now)
    return Part(deleted, units[-1].root if whole else units[0].root - 1, done=False)


def _gathered(session: Session, units: Sequence[groups_store.Unit]) -> remains_store.Remains:
    return remains_store.remains(session, [each for unit in units for each in unit.ids[:ROWS]], ROWS + 1)


def _messages(session: Session, reached: int, before: datetime, _now: datetime) -> Part:
    looked = messages_store.after(session, reached, ROWS)
    old = [number for number, _ in takewhile(lambda each: each[1] < before, looked)]
    deleted = messages_store.delete_spent(session, old, before) if old else 0
    return Part(deleted, old[-1] if old else reached, len(old) < ROWS)


def _trail(session: Session, reached: int, before: datetime, _now: datetime) -> Part:
    looked = trail_store.after(session, reached, ROWS)
    old = [number for number, _ in takewhile(lambda each: each[1] < before, looked)]
    deleted = trail_store.delete_entries(session, old) if old else 0
    return Part(deleted, old[-1] if old else reached, len(old) < ROWS)


def _leftovers(
    table: type[Change | Digest | Notice],
    remove: Callable[[Session, Collection[int], datetime], int],
    session: Session,
    reached: int,
    before: datetime,
    _now: datetime,
) -> Part:
    looked = leftovers_store.after(session, table, reached, ROWS)
    deleted = remove(session, looked, before) if looked else 0
    return Part(deleted, looked[-1] if looked else reached, len(looked) < ROWS)


SWEEPINGS = (
    Sweeping("alerts", lambda keep: keep.alerts, _groups),
    Sweeping("changes", lambda keep: keep.alerts, partial(_leftovers, Change, leftovers_store.delete_changes)),
    Sweeping("messages", lambda keep: keep.messages, _messages),
    Sweeping("notices", lambda keep: keep.messages, partial(_leftovers, Notice, leftovers_store.delete_notices)),
    Sweeping("trail", lambda keep: keep.trail, _trail),
    Sweeping("digests", lambda keep: keep.messages, partial(_leftovers, Digest, leftovers_store.delete_digests)),
)
