"""Asking a serving program which version it answers with, until it is the wanted one or time is up."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from core.clock import SimulatedClock
from core.models.deploy import HttpTarget, TargetError, verify
from tests.fakes_models import FakeTarget

WITHIN = timedelta(seconds=10)


def sleeper(clock: SimulatedClock) -> Callable[[float], Awaitable[None]]:
    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    return sleep


async def test_a_change_is_confirmed_when_the_new_version_answers(clock: SimulatedClock) -> None:
    target = FakeTarget("2", None, "2", "1")

    found = await verify(target, 1, WITHIN, clock, sleeper(clock))

    assert (found.confirmed, found.reason, found.seen) == (True, "serving", "1")
    assert target.asked == 4


async def test_another_version_that_goes_on_is_named(clock: SimulatedClock) -> None:
    began = clock.now()

    found = await verify(FakeTarget("2"), 1, WITHIN, clock, sleeper(clock))

    assert (found.confirmed, found.reason, found.seen) == (False, "still_other_version", "2")
    assert "version 2 still answers, not 1" in found.detail
    assert clock.now() - began == WITHIN


async def test_a_target_that_falls_silent_is_unreachable(clock: SimulatedClock) -> None:
    found = await verify(FakeTarget("2", None), 1, WITHIN, clock, sleeper(clock))

    assert (found.confirmed, found.reason, found.seen) == (False, "unreachable", "2")
    assert "connection refused" in found.detail


async def test_it_is_asked_once_even_without_time(clock: SimulatedClock) -> None:
    found = await verify(FakeTarget("1"), "1", timedelta(0), clock, sleeper(clock))

    assert found.confirmed


def answering(respond: Callable[[httpx.Request], httpx.Response]) -> HttpTarget:
    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return HttpTarget("http://serving.example/version", client)


@pytest.mark.parametrize("version", ["2", 2])
async def test_the_version_is_read_as_text(version: object) -> None:
    target = answering(lambda _: httpx.Response(200, json={"version": version, "pipeline": "flights"}))

    assert await target.serving_version() == "2"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, json={"detail": "no champion yet"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"model": "2"}),
        httpx.Response(200, json=["2"]),
    ],
)
async def test_any_other_answer_is_an_error_that_names_the_address(answer: httpx.Response) -> None:
    with pytest.raises(TargetError, match=r"serving\.example"):
        await answering(lambda _: answer).serving_version()


async def test_no_connection_is_an_error_that_names_the_address() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(TargetError, match=r"serving\.example.*refused"):
        await answering(refuse).serving_version()
