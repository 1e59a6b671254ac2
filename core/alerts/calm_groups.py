"""The groups that alerts join and leave while nothing follows, as one process saw them last."""

from collections.abc import Set

from sqlalchemy.orm import Session

from core.alerts.intake_store import GroupRow, lock_group_rows
from core.alerts.tables import GroupStatus
from core.db.undisturbed import Undisturbed


class Groups:
    """Reads each group once as long as nobody else writes to the database, and every time otherwise; a transaction
    calls `begin` first."""

    def __init__(self) -> None:
        self._undisturbed = Undisturbed()
        self._ids: dict[str, int] = {}
        self._rows: dict[int, GroupRow] = {}

    def begin(self, session: Session) -> None:
        """Forget what may not be true any more."""
        if self._rows and not self._undisturbed.holds(session):
            self._ids, self._rows = {}, {}

    def keep(self, session: Session) -> None:
        """This transaction changes no group, so what is known of them holds after it."""
        self._undisturbed.keep(session)

    def find(self, session: Session, keys: Set[str], ids: Set[int]) -> tuple[dict[str, int], dict[int, GroupRow]]:
        """The open groups of these keys, and what they and those of these ids are like, held."""
        if not (self._ids.keys() >= keys and self._rows.keys() >= ids):
            rows = lock_group_rows(session, ids, keys)
            self._rows.update((row.id, row) for row in rows)
            self._ids.update((row.key, row.id) for row in rows if row.status != GroupStatus.RESOLVED)
        known = {key: self._ids[key] for key in keys if key in self._ids}
        return known, {i: self._rows[i] for i in (*known.values(), *ids) if i in self._rows}
