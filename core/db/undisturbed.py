"""Whether what was read in one's last transaction is still true, because nobody has written anything since."""

from sqlalchemy.orm import Session

from core.db.database import after_commit
from core.db.direct import driver_of
from core.db.kept import turn_of


class Undisturbed:
    """Only SQLite can tell: all writers of a process take turns on one connection, which knows whether any other
    connection has written. On PostgreSQL somebody else always may have."""

    def __init__(self) -> None:
        self._kept: tuple[int, int] | None = None

    def holds(self, session: Session) -> bool:
        """Whether the session's transaction comes right after the last one that was kept."""
        now = _moment(session)
        return now is not None and self._kept == (now[0] - 1, now[1])

    def keep(self, session: Session) -> None:
        """What is known in the session's transaction holds from its commit until somebody else's next one."""
        now = _moment(session)
        after_commit(session, lambda: self._set(now))

    def _set(self, now: tuple[int, int] | None) -> None:
        self._kept = now


def _moment(session: Session) -> tuple[int, int] | None:
    """The number of the process's turn, and what changes with every commit of another connection."""
    turn = turn_of(session)
    return None if turn is None else (turn, driver_of(session).execute("PRAGMA data_version").fetchone()[0])
