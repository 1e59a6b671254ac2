"""Warehouses as Ibis speaks to them: how they are connected to, kept for the next question, and what they raise."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from core.config.log_address import WarehouseTable
from core.evaluation.log.prediction_log import LogError

ERRORS = {
    "bigquery": ("google.api_core.exceptions:GoogleAPIError", "google.auth.exceptions:GoogleAuthError"),
    "databricks": ("databricks.sql.exc:Error",),
    "pyspark": ("pyspark.errors:PySparkException", "py4j.protocol:Py4JError"),
    "snowflake": ("snowflake.connector.errors:Error",),
}
"""What each driver raises itself, as module:class."""

KEPT_S = 600.0
"""How long a connection may lie idle: a warehouse ends sessions after a while, and an evaluation asks again at once."""


def warehouse_errors(kind: str) -> tuple[type[Exception], ...]:
    """What this warehouse raises itself, if its driver is installed, and what Ibis raises of questions that it cannot
    put to it."""
    from ibis.common.exceptions import IbisError

    return (IbisError, *(found for each in ERRORS[kind] if (found := _named(each))))


def _named(name: str) -> type[Exception] | None:
    module, _, bare = name.partition(":")
    try:
        found: type[Exception] = getattr(import_module(module), bare)
    except ImportError:
        return None
    return found


class Idle:
    """Connections that nobody uses at present, by their address. Each is used by one question at a time.

    `connect` makes a new one; one that lay for `kept_s` is closed, by the seconds that `now` tells.
    """

    def __init__(
        self,
        connect: Callable[[WarehouseTable], Any],
        kept_s: float = KEPT_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect, self._kept_s, self._now, self._lock = connect, kept_s, now, Lock()
        self._idle: defaultdict[str, list[tuple[float, Any]]] = defaultdict(list)

    @contextmanager
    def connection(self, address: WarehouseTable) -> Iterator[Any]:
        """A connection to the warehouse of a table. One in whose use something is raised is not kept. LogError says
        why there is none."""
        connection = self._taken(address) or self._connect(address)
        try:
            yield connection
        except BaseException:
            _close(connection)
            raise
        with self._lock:
            self._idle[address.url].append((self._now(), connection))

    def _taken(self, address: WarehouseTable) -> Any:
        """The one used last, unless it lay too long; those that did are closed."""
        with self._lock:
            lying = self._idle.pop(address.url, [])
            fresh = [each for each in lying if self._now() - each[0] < self._kept_s]
            stale = lying[: len(lying) - len(fresh)]
            taken = fresh.pop()[1] if fresh else None
            self._idle[address.url] = fresh
        for _, connection in stale:
            _close(connection)
        return taken


def _connect(address: WarehouseTable) -> Any:
    """Ibis and the drivers set the session's zone to UTC themselves."""
    import ibis

    try:
        if address.kind == "pyspark":
            return ibis.pyspark.connect(_spark(address.url))
        return ibis.connect(_with_secrets(address.url))
    except ImportError as error:
        raise LogError(
            f"{address}: the driver is missing ({error}); install ibis-framework[{address.kind}]"
        ) from error
    except warehouse_errors(address.kind) as error:
        raise LogError(f"{address}: cannot be connected to: {str(error).strip().splitlines()[0]}") from error


def _spark(url: str) -> Any:
    """A session with the settings behind the address's `?`. Numbers and instants that cannot be read are errors, as
    in other engines, and not nulls."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("goldilocks")
    for name, value in parse_qsl(urlsplit(_with_secrets(url)).query):
        builder = builder.remote(value) if name == "spark.remote" else builder.config(name, value)
    session = builder.getOrCreate()
    session.conf.set("spark.sql.ansi.enabled", "true")
    return session


def _with_secrets(url: str) -> str:
    """The address with what the environment holds in the place of `$NAME`."""
    parts = urlsplit(url)
    query = urlencode([(name, _secret(value)) for name, value in parse_qsl(parts.query)])
    netloc = parts.netloc
    if parts.password and parts.password.startswith("$"):
        before, _, host = netloc.rpartition("@")
        netloc = f"{before.partition(':')[0]}:{quote(_secret(parts.password), safe='')}@{host}"
    return parts._replace(netloc=netloc, query=query).geturl()


def _secret(text: str) -> str:
    if not text.startswith("$"):
        return text
    try:
        return os.environ[text[1:]]
    except KeyError:
        raise LogError(
            f"{text}: this variable is not in the environment, and the log's address asks for it"
        ) from None


def _close(connection: Any) -> None:
    """A session of Spark belongs to the process, and others may use it."""
    if connection.name != "pyspark":
        connection.disconnect()


IDLE = Idle(_connect)
