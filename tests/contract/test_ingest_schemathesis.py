"""Schemathesis over the published OpenAPI document: whatever it allows and whatever it forbids, over real HTTP.

Never a 5xx, never a status or a content type that the document does not tell.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from core.clock import SystemClock
from core.config.load import Config
from tests.databases import fresh_sqlite
from tests.ingest_support import application
from tests.loopback import free_socket, serving
from tests.senders_support import bearer, team

pytestmark = pytest.mark.slow

HEARTBEAT = {"id": "export", "every": "1h", "pipeline": "flights"}
KEY = "p" * 32
EXAMPLES = 40


@pytest.fixture(scope="module")
def server(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ingest in a thread with a loop of its own, for a client that blocks."""
    database = fresh_sqlite(tmp_path_factory.mktemp("schemathesis") / "goldilocks.db")
    declared = team(config, {"id": KEY}, heartbeats=(HEARTBEAT,))
    bound, url = free_socket()
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with application(declared, database, SystemClock()) as app, serving(app, bound):
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    yield url
    over.set()
    thread.join()
    database.dispose()


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def send_all(operation: schemathesis.APIOperation, mode: GenerationMode) -> Counter[int]:
    """Send what the strategy makes of one operation, and check each answer; how often each status came."""
    seen: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        if isinstance(case.body, dict) and "routing_key" in case.body:
            case.body["routing_key"] = KEY  # else nothing would come past the door
        response = case.call(headers=bearer("demo-alertmanager"))
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    send()
    return seen


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_every_operation(server: str, mode: GenerationMode) -> None:
    """By Hypothesis itself: Schemathesis' plugin for pytest slows down the start of every run, and is switched off."""
    schema = schemathesis.openapi.from_url(f"{server}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    statuses = {f"{one.method} {one.path}": send_all(one, mode) for one in operations}
    print(statuses)
    assert len(statuses) >= 20
    if mode is GenerationMode.POSITIVE:
        good = {name for name, seen in statuses.items() if min(seen) < 300}
        assert {"post /api/v2/alerts", "post /events", "post /v2/enqueue"} <= good, "some of it comes through"
