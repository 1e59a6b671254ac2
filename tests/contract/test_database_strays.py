"""A PostgreSQL that stands still keeps nobody whose URL leads to the one that took over."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from core.db.database import Database
from core.db.strays import leave
from tests import postgres

pytestmark = pytest.mark.postgres


@contextmanager
def standing_still(database: Database) -> Iterator[None]:
    """The server stands still, and its machine goes on answering for it."""
    with database.read() as session:
        server = session.scalars(text("SELECT pg_backend_pid()")).one()
    parent = int(open(f"/proc/{server}/stat").read().split()[3])  # noqa: PTH123, SIM115
    children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout.split()
    family = [parent, *map(int, children)]
    for each in family:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in family:
            os.kill(each, signal.SIGCONT)


def both(first: str, second: str) -> Database:
    """By a URL that names two servers."""
    hosts = "&".join(f"host=127.0.0.1:{make_url(each).port}" for each in (first, second))
    return Database(f"postgresql+psycopg://postgres@/postgres?{hosts}&connect_timeout=2")


@pytest.mark.slow
def test_whoever_waits_for_it_is_let_go_and_goes_on_with_the_other(postgres_url: str) -> None:
    programs = postgres.programs()
    assert programs is not None
    with postgres.server(programs) as first:
        database, told = both(first, postgres_url), list[Exception]()

        def ask() -> None:
            try:
                database.ping()
            except OperationalError as error:
                told.append(error)

        database.ping()
        assert leave() == 0, "the URL still leads there"
        with standing_still(database):
            waits = threading.Thread(target=ask)
            waits.start()
            waits.join(0.5)
            assert waits.is_alive()
            assert leave() >= 1
            waits.join(10)
            assert (waits.is_alive(), told) == (False, []), "it asked the other"
            with database.read() as session:
                assert session.scalars(text("SHOW port")).one() == str(make_url(postgres_url).port)
            database.dispose()


def test_a_statement_that_takes_long_is_left_in_peace(postgres_database: Database) -> None:
    done = threading.Event()

    def ask() -> None:
        with postgres_database.read() as session:
            session.execute(text("SELECT pg_sleep(0.2)"))
        done.set()

    asks = threading.Thread(target=ask)
    asks.start()
    assert leave() == 0
    asks.join()
    assert done.is_set()


def test_where_nobody_answers_all_stay(postgres_url: str) -> None:
    database = Database(f"{postgres_url}/postgres")
    with database.read() as session:
        connection = session.connection().connection.driver_connection
        assert connection is not None
        real = type(connection).connect
        try:
            type(connection).connect = _refused
            assert leave() == 0
        finally:
            type(connection).connect = real
        session.execute(text("SELECT 1"))
    database.dispose()


def _refused(*_: object, **__: object) -> None:
    raise ConnectionRefusedError
