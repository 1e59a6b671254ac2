"""What came of something that a person did."""

from dataclasses import dataclass, field
from typing import Any

from .wire.delivery import Reply


class NotPossibleError(Exception):
    """The person cannot do that; the text is what the workspace tells them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is the text the person sees, `errors` those of single fields, `view` what opened or changed."""

    ok: bool
    ack_ms: float = 0.0
    status: int | None = None
    error: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    view: dict[str, Any] | None = None
    ts: str | None = None
    body: Any = None

    @classmethod
    def of(cls, reply: Reply, error: str | None = None, **fields: Any) -> "Outcome":
        return cls(
            reply.ok and error is None, reply.ack_ms, reply.status, error or reply.error, body=reply.body, **fields
        )
