"""A switch that makes the Web API misbehave a given number of times, as networks and platforms do."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["rate_limited", "server_error", "slow", "hang", "drop", "drop_after", "error"]
"""`drop` cuts the connection before anything is done; `drop_after` afterwards, so that the outcome is unknown. `hang`
does nothing and never answers, until the caller gives up (or `seconds` are over)."""


@dataclass(slots=True)
class Fault:
    """One kind of trouble for `times` calls of a method (`*` is any); `seconds` for slow, hang and rate_limited."""

    method: str
    kind: Kind
    times: int = 1
    seconds: float = 1.0
    error: str = "internal_error"


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
    ) -> None:
        self._faults.append(Fault(method, kind, times, seconds, error))

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str) -> Fault | None:
        """The fault that the next call of this method meets, used up by one."""
        fault = next((item for item in self._faults if item.method in (method, "*")), None)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
        return fault
