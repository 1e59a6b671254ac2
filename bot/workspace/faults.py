"""A switch that makes the Web API misbehave a given number of times, as networks and platforms do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["rate_limited", "server_error", "slow", "hang", "drop", "drop_after", "error", "page"]
"""`drop` cuts the connection before anything is done; `drop_after` afterwards, so that the outcome is unknown. `hang`
does nothing and never answers, until the caller gives up (or `seconds` are over). `page` is HTML with
status 200, as a proxy answers."""


@dataclass(slots=True)
class Fault:
    """One kind of trouble for `times` calls of a method (`*` is any); `seconds` for slow, hang and rate_limited.

    With a `place`, only calls that name this channel or person meet it.
    """

    method: str
    kind: Kind
    times: int = 1
    seconds: float = 1.0
    error: str = "internal_error"
    place: str = ""

    def meets(self, method: str, values: Mapping[str, Any]) -> bool:
        return self.method in (method, "*") and self.place in ("", values.get("channel"), values.get("users"))


class Faults:
    """The faults that are switched on, first come first served."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(
        self,
        method: str,
        kind: Kind,
        times: int = 1,
        seconds: float = 1.0,
        error: str = "internal_error",
        place: str = "",
    ) -> None:
        self._faults.append(Fault(method, kind, times, seconds, error, place))

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, values: Mapping[str, Any]) -> Fault | None:
        """The fault that the next call of this method with these arguments meets, used up by one."""
        fault = next((item for item in self._faults if item.meets(method, values)), None)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
        return fault
