"""SQLite's log, copied into the database while others write: whoever commits would have to wait for it otherwise."""

import logging
import sqlite3
from threading import Thread

from sqlalchemy import Engine

EVERY = 100
"""After how many transactions the log is copied. Transactions of much come to some 25 pages each, so that the copy is
made before SQLite makes it within a commit (`wal_autocheckpoint`), where little is left then."""

_log = logging.getLogger(__name__)


class Checkpoints:
    """Copies the log of a database file from a connection and a thread of its own. The log stays correct at every
    instant, and a copy that fails is made later."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._transactions = 0
        self._thread: Thread | None = None

    def count(self) -> None:
        """A transaction has ended. The caller has the turn of all who write."""
        self._transactions += 1
        if self._transactions >= EVERY and (self._thread is None or not self._thread.is_alive()):
            self._transactions = 0
            self._thread = Thread(target=self._copy, name="checkpoint", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until no copy is being made."""
        if self._thread is not None:
            self._thread.join()

    def _copy(self) -> None:
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.OperationalError as error:
            _log.info("the log of the database is copied later: %s", error)
        finally:
            connection.close()
