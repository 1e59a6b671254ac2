"""Fixtures that every kind of test shares: a database of each kind, a clock, the team of the example."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from core.clock import SimulatedClock
from core.config.load import Config, load
from core.db.database import Database
from tests import postgres
from tests.databases import Lender, fresh_sqlite

ROOT = Path(__file__).parents[1]

# Each worker of pytest-xdist has one core: a second thread of the numeric libraries waits for its turn by spinning,
# which costs many times what it computes. They read this when they are loaded, here and in processes that tests start.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

MEMORY, ENOUGH = Path("/dev/shm"), 4 * 2**30  # noqa: S108
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
    # On a disk each commit waits for it. A process that is killed loses nothing in memory, either, nor does pytest's
    # folder of its user there let anybody else in.
    os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None

# By default every 700 new objects are looked through for cycles, which takes a fifth of the time of writing a query.
gc.set_threshold(20_000, 10, 10)

# A rich traceback of a deep stack takes seconds to draw, and Slack waits three.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
# Laws are about what is true, not about how long a busy machine takes for one example.
settings.register_profile("here", deadline=None)
settings.load_profile("here")
START = datetime(2013, 2, 11, 13, 0, tzinfo=UTC)

ORDER = ("chaos", "unit", "property", "browser", "scenarios", "contract")
"""Folders in the order they run: what is quick first. Each worker of pytest-xdist begins with its share of this list,
and whoever is done takes from the other's end: what takes long comes before it. Of the slow tests the storm takes
longest by far and mostly waits, so it is the first."""

REPEATING = ("property",)
"""Folders whose tests go over the same lines again and again: tests of examples reach these, too. Watching which lines
they reach makes laws take two and three times as long, so coverage does without them (`no_cover`, also on others), as
it does without a test's second run, on PostgreSQL, when the first was on SQLite."""


def _repeats(item: pytest.Item) -> bool:
    return _folder(item) in REPEATING or _on_postgres(item)


def _on_postgres(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    return called is not None and called.params.get("database") == "postgres"


def _folder(item: pytest.Item) -> str:
    return item.path.parts[len(Path(__file__).parent.parts)]


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests into that order; folders that it does not name come last."""
    places = {name: place for place, name in enumerate(ORDER)}
    items.sort(key=lambda item: places.get(_folder(item), len(ORDER)))
    for item in items:
        if _repeats(item):
            item.add_marker(pytest.mark.no_cover)
        if _on_postgres(item) and item.get_closest_marker("slow_on_postgres"):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What the tests themselves are made of stays: the collector need not look at it again."""
    gc.freeze()


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that stands at Monday, 11 February 2013, 08:00 in New York, until it is moved."""
    return SimulatedClock(START)


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The flights example, as it is reviewed; its logs are in an empty folder."""
    data = tmp_path_factory.mktemp("data")
    places = {"data": str(data), "python": sys.executable, "serving": "http://127.0.0.1:9"}
    return load(ROOT / "examples" / "flights", places)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server; without one installed its tests are skipped, unless the tests must not skip (in CI)."""
    bin_dir = postgres.programs()
    if bin_dir is None:
        message = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
        if os.environ.get("GOLDILOCKS_NO_SKIP"):
            pytest.fail(message)
        pytest.skip(message)
    with postgres.server(bin_dir) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> Iterator[Lender]:
    """Databases with the schema on that server."""
    lender = Lender(postgres_url)
    yield lender
    lender.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database with the schema."""
    database = fresh_sqlite(tmp_path / "goldilocks.db")
    yield database
    database.dispose()


@pytest.fixture
def postgres_database(postgres_databases: Lender) -> Iterator[Database]:
    """A PostgreSQL database with the schema and nothing in it."""
    with postgres_databases.lent() as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database of each kind in turn: the store tests run on both."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found
