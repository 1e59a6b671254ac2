"""Refusals of the Web API, in Slack's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an argument, and where, as a JSON pointer."""

    message: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


class SlackError(Exception):
    """A call that is refused with `{"ok": false, "error": ...}`, and with details where Slack gives them."""

    def __init__(self, error: str, problems: Sequence[Problem | str] = (), **fields: Any) -> None:
        super().__init__(error)
        self.error = error
        self.problems = [str(problem) for problem in problems]
        self.fields = fields

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.fields}
        if self.problems:
            if self.error == "invalid_blocks":
                body["errors"] = self.problems
            body["response_metadata"] = {"messages": [f"[ERROR] {problem}" for problem in self.problems]}
        return body


class RateLimitedError(SlackError):
    """Too many calls; answered with HTTP 429 and `Retry-After`, in whole seconds of the workspace's clock."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after
