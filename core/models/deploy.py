"""Where a model serves, asked which version it answers with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from core.clock import Clock

if TYPE_CHECKING:
    import httpx

Sleeper = Callable[[float], Awaitable[None]]


class TargetError(RuntimeError):
    """The serving side did not say which version it answers with; the sentence says why."""


class DeployTarget(Protocol):
    """A place that serves a pipeline's model."""

    async def serving_version(self) -> str:
        """The version that answers now; raises TargetError."""
        ...


class HttpTarget:
    """A serving program that tells its version as JSON, `{"version": "2", ...}`."""

    def __init__(self, version_url: str, client: "httpx.AsyncClient", timeout_s: float = 2.0) -> None:
        self._url = version_url
        self._client = client
        self._timeout_s = timeout_s

    async def serving_version(self) -> str:
        import httpx

        try:
            answer = await self._client.get(self._url, timeout=self._timeout_s)
            answer.raise_for_status()
            version = answer.json()["version"]
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TargetError(f"{self._url}: {error or type(error).__name__}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise TargetError(f'{self._url} answered without {{"version": ...}}') from error
        return str(version)


@dataclass(frozen=True)
class Verification:
    """Whether the wanted version came to serve. `seen` is the last version it told, None if it never did."""

    confirmed: bool
    reason: str
    wanted: str
    seen: str | None
    detail: str


async def verify(
    target: DeployTarget,
    version: int | str,
    within: timedelta,
    clock: Clock,
    sleep: Sleeper,
    every: timedelta = timedelta(milliseconds=500),
) -> Verification:
    """Ask until the target serves `version` or the time `within` has passed on the clock; at least once.

    Reasons: `serving`, `still_other_version`, `unreachable`.
    """
    wanted, seen, trouble = str(version), None, ""
    deadline = clock.now() + within
    while True:
        try:
            seen, trouble = await target.serving_version(), ""
        except TargetError as error:
            trouble = str(error)
        if not trouble and seen == wanted:
            return Verification(True, "serving", wanted, seen, f"version {wanted} answers")
        if clock.now() >= deadline:
            return _unconfirmed(wanted, seen, trouble)
        await sleep(every.total_seconds())


def _unconfirmed(wanted: str, seen: str | None, trouble: str) -> Verification:
    if trouble:
        return Verification(False, "unreachable", wanted, seen, f"could not ask which version answers: {trouble}")
    return Verification(False, "still_other_version", wanted, seen, f"version {seen} still answers, not {wanted}")
