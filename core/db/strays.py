"""Connections to a PostgreSQL that gives no answer any more, while its URL leads to another one by now.

A server whose machine is gone is given up after half a minute (`database.GONE_AFTER`). One that stands still, on a
machine that goes on answering for it, keeps whoever asked it for ever, though another one took over meanwhile.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

log = structlog.get_logger(__name__)

_SERVER = "SELECT pg_postmaster_start_time()"
"""Tells servers apart that are copies of each other and have one name."""

_ADDRESS = "goldilocks_address"


class _Lead(NamedTuple):
    """How a connection was asked for, and the server that it leads to."""

    address: Mapping[str, Any]
    server: Any

    @property
    def key(self) -> str:
        return str(sorted(self.address.items()))


_leads: WeakKeyDictionary[Any, _Lead] = WeakKeyDictionary()
"""The open connections of all engines of this process."""


@event.listens_for(Engine, "do_connect")
def _asked(_dialect: object, record: Any, _args: object, wanted: Mapping[str, Any]) -> None:
    if record is not None:
        record.info[_ADDRESS] = dict(wanted)  # a connection itself only knows which of several hosts it reached


@event.listens_for(Pool, "connect")
def _came(connection: Any, record: Any) -> None:
    if hasattr(connection, "pgconn") and _ADDRESS in record.info:  # psycopg's
        _leads[connection] = _Lead(record.info[_ADDRESS], connection.execute(_SERVER).fetchone())
        connection.rollback()


def leave() -> int:
    """Cut the connections whose URL leads to another server now, so that whoever waits there goes on with this one; how
    many. All stay where nobody answers at the URL. Blocks as long as that takes."""
    now: dict[str, Any] = {}
    left = sum(_left(connection, lead, now) for connection, lead in list(_leads.items()))
    if left:
        log.warning("database.connections_left", connections=left)
    return left


def _left(connection: Any, lead: _Lead, now: dict[str, Any]) -> bool:
    """Whether it was cut; `now` are the servers of today, by how they are asked for."""
    with suppress(connection.Error, OSError):  # it ended meanwhile, or nobody answers
        if lead.key not in now:
            now[lead.key] = None
            now[lead.key] = _reached(type(connection), lead.address)
        if now[lead.key] not in (None, lead.server):
            with socket.socket(fileno=os.dup(connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
            return True
    return False


def _reached(driver: Any, address: Mapping[str, Any]) -> Any:
    with closing(driver.connect(**{**address, "autocommit": True})) as fresh:
        return fresh.execute(_SERVER).fetchone()
