"""Which methods there are, how often each may be called, and which scope it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from ..context import Context
from ..messages import Json
from .arguments import Arguments

Handler = Callable[[Context, Arguments], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A method; `tier` 0 is Slack's special tier, `kind` the kind of token that may call it."""

    name: str
    handler: Handler
    tier: int
    scopes: tuple[str, ...]
    kind: str


METHODS: dict[str, Method] = {}


def method(
    name: str, *, tier: int, scopes: tuple[str, ...] = (), kind: str = "bot"
) -> Callable[[Handler], Handler]:
    """Register a handler; any one of the scopes is enough."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, tier, scopes, kind)
        return handler

    return register
