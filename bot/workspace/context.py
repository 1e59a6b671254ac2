"""The parts of one workspace, handed to everything that acts on it."""

import itertools
from collections import Counter
from dataclasses import dataclass, field

from core.clock import Clock

from .config import WorkspaceConfig
from .faults import Faults
from .files import Files
from .messages import Json, Message
from .ratelimit import RateLimiter
from .state import Channel, WorkspaceState
from .triggers import ResponseUrls, Triggers
from .views import Views


@dataclass(slots=True)
class Context:
    """One workspace's parts; built once by `create_workspace`."""

    config: WorkspaceConfig
    clock: Clock
    state: WorkspaceState
    views: Views
    files: Files
    triggers: Triggers
    response_urls: ResponseUrls
    rates: RateLimiter
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    tickets: set[str] = field(default_factory=set)
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def post_as_bot(self, channel: Channel, content: Json) -> Message:
        """Store a message of the app; `content` holds fields of Message."""
        config = self.config
        return self.state.add(
            Message(
                channel.id,
                self.state.next_ts(),
                user=config.bot_user_id,
                bot_id=config.bot_id,
                username=content.pop("username", None) or config.bot_display,
                **content,
            )
        )

    def tell(self, user_id: str, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Tell one person something privately, as the workspace itself (Slackbot) does."""
        return self.state.add(
            Message(
                channel.id,
                self.state.next_ts(),
                text=text,
                user="USLACKBOT",
                username="Slackbot",
                thread_ts=thread_ts,
                ephemeral_to=user_id,
            )
        )
