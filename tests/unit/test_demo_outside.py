"""Senders outside the demo: their present is the demo's, and everything else stays as they wrote it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from bot.demo.outside import RealTimeOutside, told_in
from core.clock import SimulatedClock

NOW = datetime(2013, 2, 9, 13, tzinfo=UTC)
REAL = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


def told(value: Any) -> Any:
    return json.loads(told_in(json.dumps(value).encode(), NOW, REAL))


def test_a_silence_of_two_hours_begins_now_and_lasts_two_hours() -> None:
    posted = {
        "matchers": [],
        "startsAt": "2026-11-26T08:30:00.000Z",
        "endsAt": "2026-11-26T10:30:00.000Z",
        "comment": "x",
    }
    found = told(posted)
    assert datetime.fromisoformat(found["startsAt"]) == NOW
    assert datetime.fromisoformat(found["endsAt"]) == datetime(2013, 2, 9, 15, tzinfo=UTC)
    assert {**found, "startsAt": 0, "endsAt": 0} == {**posted, "startsAt": 0, "endsAt": 0}


def test_alerts_in_a_list_and_in_a_webhook_are_told_too() -> None:
    alert = {"labels": {"startsAt": "a label"}, "startsAt": "2026-11-26T08:00:00Z"}
    for found in (told([alert])[0], told({"alerts": [alert]})["alerts"][0]):
        assert datetime.fromisoformat(found["startsAt"]) == datetime(2013, 2, 9, 12, 30, tzinfo=UTC)
        assert found["labels"] == alert["labels"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b'{"startsAt": "2013-02-09T12:00:00Z"}',
        b'{"startsAt": "2026-11-26T08:30:00"}',
        b'{"startsAt": 7, "endsAt": null}',
        b'[{"labels":  {"a": "b"}}]',
        b"[" * 100_000,
    ],
)
def test_what_is_of_the_demos_time_or_tells_no_instant_stays_as_it_came(body: bytes) -> None:
    assert told_in(body, NOW, REAL) == body


def test_requests_pass_with_the_length_of_what_they_hold_then() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        assert int(request.headers.get("content-length", 0)) == len(body)
        await Response(body)(scope, receive, send)

    paused: list[bool] = []

    async def pause() -> None:
        paused.append(True)

    client = TestClient(RealTimeOutside(app, SimulatedClock(NOW), pause, lambda: REAL))
    posted = {"startsAt": "2026-11-26T08:30:00Z"}
    assert client.post("/api/v2/silences", json=posted).json() == {"startsAt": NOW.isoformat()}
    assert paused == [True], "a silence is there to be looked at"
    assert client.post("/events", json=posted).json() == posted
    assert client.get("/api/v2/silences").status_code == 200
    assert paused == [True]


def test_what_is_read_outside_is_of_the_readers_present_and_can_be_sent_back() -> None:
    stored = [{"startsAt": "2013-02-09T13:00:00Z", "endsAt": "2013-02-09T15:00:00Z", "updatedAt": NOW.isoformat()}]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = json.dumps(stored).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        await send({"type": "http.response.body", "body": body[:9], "more_body": True})
        await send({"type": "http.response.body", "body": body[9:]})

    async def pause() -> None: ...

    client = TestClient(RealTimeOutside(app, SimulatedClock(NOW), pause, lambda: REAL))
    for path in ("/api/v2/silences", "/api/v2/silence/1", "/api/v2/alerts", "/api/v2/alerts/groups"):
        (found,) = client.get(path).json()
        assert datetime.fromisoformat(found["startsAt"]) == datetime.fromisoformat(found["updatedAt"]) == REAL
        assert datetime.fromisoformat(found["endsAt"]) == datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
        assert datetime.fromisoformat(told(found)["endsAt"]) == datetime(2013, 2, 9, 15, tzinfo=UTC)
