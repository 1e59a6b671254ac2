"""One connection and one session for all who write to SQLite, in turn: new ones cost as much as the writing."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from core.db.direct import driver_of, use_driver


class _KeptSession(Session):
    """A session whose `rollback` takes direct statements back, too."""

    def rollback(self) -> None:
        super().rollback()
        driver = driver_of(self)
        if driver.in_transaction:
            driver.execute("ROLLBACK")


@contextmanager
def _unhurried(driver: Any) -> Iterator[None]:
    """Meanwhile a commit goes into the log, and does not wait until the log is on disk."""
    driver.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous=FULL")


_TURN = "goldilocks_turn"


def turn_of(session: Session) -> int | None:
    """The number of the turn whose session this is; None for one that is not kept."""
    return session.info.get(_TURN)


class Kept:
    """Units of work whose transaction begins and ends at the driver. The session joins it when it is used for anything
    but direct statements. Whoever uses it has the turn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._opened: tuple[Connection, Session] | None = None
        self._turns = 0

    @contextmanager
    def unit(self, durable: bool = True) -> Iterator[Session]:
        """One transaction. What is not `durable` is on disk with the next that is: a machine that loses its power
        before may lose it, whole."""
        connection, session = self._open()
        driver: Any = connection.connection.driver_connection
        with nullcontext() if durable else _unhurried(driver):
            yield from self._transaction(session, driver)

    def _transaction(self, session: Session, driver: Any) -> Iterator[Session]:
        driver.execute("BEGIN IMMEDIATE")
        use_driver(session, driver)
        self._turns += 1
        session.info[_TURN] = self._turns
        try:
            yield session
            if session.in_transaction() or session.new:
                session.commit()
            elif driver.in_transaction:
                driver.execute("COMMIT")
                session.dispatch.after_commit(session)
        except BaseException:
            session.rollback()
            raise
        finally:
            if session.in_transaction() or session.identity_map or session.new:
                session.close()
            session.info.clear()

    def dispose(self) -> None:
        if self._opened is not None:
            connection, session = self._opened
            self._opened = None
            session.close()
            connection.close()

    def _open(self) -> tuple[Connection, Session]:
        if self._opened is None:
            connection = self._engine.connect()
            self._opened = connection, _KeptSession(connection, expire_on_commit=False)
        return self._opened
