"""The engine and the unit of work: one request, job or step is one transaction."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from core.db.checkpoints import Checkpoints
from core.db.kept import Kept
from core.db.turns import Turns

T = TypeVar("T")

BUSY_TIMEOUT_S = 30
"""How long a writer on SQLite waits for another before it gives up."""


IDLE_IN_TRANSACTION = "60s"
"""How long PostgreSQL keeps the locks of a process that stopped in the middle of a transaction."""

LOCK_TIMEOUT = "10s"
"""How long PostgreSQL lets anybody wait for what somebody else has locked: then it is tried again, and what needs
something else goes on meanwhile."""

GONE_AFTER = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""After about half a minute a PostgreSQL whose machine went away without a word is given up (libpq's names; s, but ms
for the last): Linux would wait for it for two hours, and pages with it. What the URL says itself holds."""

LOST = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""What a database raises that is away, full, or only reads; SQLite also when it is locked. See `is_lost`."""

READ_ONLY, NOT_AVAILABLE = "25006", "55P03"
"""What PostgreSQL says to whoever writes where it only reads, such as on the standby that a primary became; and to
whoever waited for LOCK_TIMEOUT."""

PAGE_BYTES = 8_192
"""Of new SQLite databases: twice its default halves the writes of a commit that holds many alerts, and costs one with
few nothing; four times does. It has to be said before all else."""

QUICK = ("cache_size=-8192", "wal_autocheckpoint=4000", "secure_delete=OFF")
"""SQLite: 8 MiB of pages in memory for each connection, and 32 MiB of log before they are copied into the database: a
page that changes with every transaction is copied once for many. What was deleted need not be overwritten, either."""


def is_lost(error: BaseException) -> bool:
    """Whether whatever is asked of the database fails alike; other errors are about what was asked, or about the one
    table or row that somebody has locked."""
    return isinstance(error, LOST) and getattr(getattr(error, "orig", None), "sqlstate", None) != NOT_AVAILABLE


class Database:
    """A database by URL: SQLite (embedded default) or PostgreSQL.

    `write()` and `read()` open one transaction each, committed when the block ends and rolled back when it
    raises. `run` and `fetch` do the same from async code, in a worker thread, so that the event loop goes on.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _create_engine(url)
        # SQLite has one writer at a time, and who waits only polls: a busy writer could starve the others of this
        # process until they give up. They queue here instead.
        self._turn: AbstractContextManager[object] = (
            Turns() if self.url.get_backend_name() == "sqlite" else nullcontext()
        )
        self._kept = Kept(self.engine) if self.url.get_backend_name() == "sqlite" else None
        self._checkpoints = Checkpoints(self.engine) if self._kept and self.url.database else None
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        readers = self.engine.execution_options(goldilocks_read_only=True)
        self._readers = sessionmaker(readers, expire_on_commit=False)

    @contextmanager
    def write(self, durable: bool = True) -> Iterator[Session]:
        """A writing transaction. On SQLite one that need not be `durable` does not wait for the disk: it is for what
        can be made again from what is on disk, and is there with the next one that is durable."""
        with self._turn:
            try:
                with self._kept.unit(durable) if self._kept else self._sessions.begin() as session:
                    yield session
            except self._driver_error as error:
                if _only_reads(error):  # of what was said to the driver itself `_leave` hears nothing
                    self.engine.dispose()
                raise DBAPIError.instance(None, None, error, self._driver_error) from error
            if self._checkpoints:
                self._checkpoints.count()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._readers.begin() as session:
            yield session

    async def run(self, work: Callable[[Session], T]) -> T:
        """Do `work` in a writing transaction, off the event loop."""
        return await asyncio.to_thread(self.do, work)

    async def fetch(self, work: Callable[[Session], T]) -> T:
        """Do `work` in a reading transaction, off the event loop."""
        return await asyncio.to_thread(self._in_read, work)

    def do(self, work: Callable[[Session], T], durable: bool = True) -> T:
        """Do `work` in a writing transaction, here and now."""
        with self.write(durable) as session:
            return work(session)

    def _in_read(self, work: Callable[[Session], T]) -> T:
        with self.read() as session:
            return work(session)

    def ping(self) -> None:
        """Ask the database anything; raises SQLAlchemyError when it does not answer."""
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def time(self) -> datetime | None:
        """What time it is on the database's machine; None for SQLite, which is on this one."""
        if self._kept:
            return None
        with self.read() as session:
            said: datetime = session.scalars(text("SELECT clock_timestamp()")).one()
        return said.astimezone(UTC)

    def dispose(self) -> None:
        if self._kept:
            with self._turn:
                self._kept.dispose()
        if self._checkpoints:
            self._checkpoints.wait()
        self.engine.dispose()


@event.listens_for(Engine, "handle_error")
def _leave(context: ExceptionContext) -> None:
    """Connections to a server that only reads any more are not used again, whosever they are: after a failover another
    one writes, or the same one, for whoever connects anew."""
    if _only_reads(context.original_exception):
        context.is_disconnect = True


def _only_reads(error: BaseException) -> bool:
    return getattr(error, "sqlstate", None) == READ_ONLY


def patience(url: str) -> dict[str, int]:
    """How long a connection to this database waits for a machine that went away: GONE_AFTER, but for what the URL says
    itself; nothing for SQLite."""
    made = make_url(url)
    return (
        {} if made.get_backend_name() == "sqlite" else {k: v for k, v in GONE_AFTER.items() if k not in made.query}
    )


def after_commit(session: Session, work: Callable[[], None]) -> None:
    """Do `work` as soon as the transaction of a writing session is committed, if it is."""
    session.info.setdefault(_AFTER, []).append(work)


_AFTER = "goldilocks_after_commit"


@event.listens_for(Session, "after_commit")
def _tell(session: Session) -> None:
    for work in session.info.pop(_AFTER, ()):
        work()


def _create_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        try:
            engine = create_engine(
                url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args=patience(url)
            )
        except ModuleNotFoundError as error:
            raise ArgumentError(f"the driver {error.name} is not installed; use postgresql+psycopg://") from None
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling starts late and loses read-then-write updates; we begin ourselves.
    connection.isolation_level = None
    for pragma in (f"page_size={PAGE_BYTES}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", *QUICK):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgres(connection: Any, _record: object) -> None:
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}'")
    connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    connection.commit()


def _begin_sqlite(connection: Any) -> None:
    read_only = connection.get_execution_options().get("goldilocks_read_only", False)
    if not connection.connection.driver_connection.in_transaction:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
