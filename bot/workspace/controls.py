"""The clock bar of the page: what the demo lets the visitor do with time."""

import time
from typing import Any, Protocol


class Controls(Protocol):
    """The demo's clock as the page shows it; a workspace without one hides the bar."""

    def state(self) -> dict[str, Any]:
        """Keys: now (ISO 8601), running, speed, waiting_for, actions [{id, label}], story [{label, done}], and welcome,
        what stands at the beginning of a channel: {channel, hello, words [], steps []}."""
        ...

    async def act(self, action: str, value: str | None) -> None:
        """Carry out pause, play, speed, next_event, shift_end or monday."""
        ...


def as_of_now(controls: Controls) -> dict[str, Any]:
    """The state, and `as_of`, which grows: answers and live updates may overtake each other on their way to a page."""
    return controls.state() | {"as_of": time.monotonic_ns() // 1_000}
