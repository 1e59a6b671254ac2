"""What one process has acknowledged, and writes into the rows later, together with more of its kind.

An alert that joins or leaves a group about which nothing follows at once (it fires, goes on firing, and people hear of
it later anyway) has time: it is on disk in the backlog as soon as it is acknowledged, and in its row when nothing else
comes in, two seconds later, or when many wait. Whoever holds a group to decide about it writes all of it into the rows
first.
"""

import time
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy.orm import Session

from core.alerts import backlog_store as store
from core.alerts.calm_groups import Groups
from core.db.direct import is_sqlite

ASIDE_AFTER_S, ASIDE_AFTER_ALERTS = 1.9, 2_500
"""How old and how large it may become before it is written while more is gathered, which takes as long as that."""

SETTLE_AFTER_S, SETTLE_AFTER_ALERTS = 2.0, 4_000
"""How old and how large it may become at all: then every request waits while it is written."""

GROUP, FINGERPRINT, RESOLVED = 1, 2, 4
"""The places of these columns in cold and hot rows as `intake_store.alert_rows` makes them; ids are first, and rise."""


class Backlog:
    """What one process remembers of its backlog; a transaction calls `begin` first."""

    def __init__(self) -> None:
        self.groups = Groups()
        self._forget()
        self.waiting = True
        """Whether there is anything to settle, as far as is known."""

    def _forget(self) -> None:
        self._last: int | None = None
        self._entries: list[store.Entry] = []
        self._size = 0
        self._names: set[str] = set()
        self._alive: defaultdict[int, set[int]] = defaultdict(set)
        self._over: set[int] = set()
        self._since = 0.0
        self.highest = 0
        """The highest id of an alert in it; while there is one, nobody else has given out a higher one."""
        self.waiting = False

    def begin(self, session: Session) -> None:
        """Settle what is not as this process remembers it: after a failure, a start, or another process."""
        if is_sqlite(session) and store.last(session) != self._last:
            store.settle(session)
            self._forget()
        self.waiting = self._last is not None
        self.groups.begin(session)

    def settle(self, session: Session) -> None:
        """Write all of it into the rows."""
        if self._last is not None:
            store.write(session, self._entries)
            self._forget()

    def is_pressing(self) -> bool:
        """Whether it is so old or large that it should be settled while more is gathered."""
        return self._exceeds(ASIDE_AFTER_S, ASIDE_AFTER_ALERTS)

    def is_time(self) -> bool:
        """Whether it is so old or large that it should be settled before anything else is acknowledged."""
        return self._exceeds(SETTLE_AFTER_S, SETTLE_AFTER_ALERTS)

    def _exceeds(self, seconds: float, alerts: int) -> bool:
        aged = self._last is not None and time.monotonic() - self._since >= seconds
        return aged or self._size >= alerts

    def knows_any(self, fingerprints: Collection[str]) -> bool:
        """Whether any of these alerts is new in it."""
        return not self._names.isdisjoint(fingerprints)

    def ends_any(self, alert_ids: Collection[int]) -> bool:
        """Whether any of these alerts, which have a row, has ended in it."""
        return not self._over.isdisjoint(alert_ids)

    def put(
        self,
        session: Session,
        cold: store.Rows,
        hot: store.Rows,
        ended: store.Rows,
        left: Collection[tuple[int, int]],
    ) -> None:
        """Store rows as `intake_store` makes them: new alerts, and the ends of others, which are in the backlog or in
        the rows. `left` are those that ended, as (id, group id)."""
        if self._last is None:
            self._since = time.monotonic()
        entry = store.Entry(cold, hot, ended)
        self._last = store.put(session, entry)
        self._entries.append(entry)
        self._size += len(cold) + len(ended)
        self.waiting = True
        self._names.update([row[FINGERPRINT] for row in cold])
        for row, alert in zip(cold, hot, strict=True):
            if not alert[RESOLVED]:
                self._alive[row[GROUP]].add(row[0])
        for alert_id, group_id in left:
            self._over.add(alert_id)
            if group_id in self._alive:
                self._alive[group_id].discard(alert_id)
        if cold:
            self.highest = max(self.highest, cold[-1][0])

    def keeps_firing(self, group_id: int, ended: Collection[int]) -> bool:
        """Whether a new alert of the group fires, but for those that have `ended`."""
        return any(alert_id not in ended for alert_id in self._alive.get(group_id, ()))

    def over(self) -> Collection[int]:
        """Alerts that have ended, and whose rows, where they have any, do not say so yet."""
        return self._over
