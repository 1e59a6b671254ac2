"""What a workspace is made of: its team, people, channels, commands and the app that is installed in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DEFAULT_EVENTS = frozenset({"app_home_opened", "app_mention", "message.channels", "message.groups", "message.im"})


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the workspace; `name` is the handle, `display` the full name that people read."""

    id: str
    name: str
    display: str
    title: str = ""
    color: str = "#4a6fa5"
    tz: str = "UTC"
    email: str = ""
    is_admin: bool = False

    @property
    def initials(self) -> str:
        words = self.display.split() or [self.name]
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """A channel as it is at the start; no `members` means that everybody is in it."""

    id: str
    name: str
    topic: str = ""
    members: tuple[str, ...] = ()
    bot_is_member: bool = True
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A group that can be mentioned as `<!subteam^ID>`; Slack never lets one be emptied."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command of the app; `should_escape` turns @names and #names into ids, as in an app's manifest."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = True


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut of the app, on a message or from anywhere."""

    callback_id: str
    name: str
    kind: Literal["message", "global"] = "message"


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How often the Web API may be called, per second of the workspace's clock; `enabled=False` never refuses."""

    enabled: bool = True
    posts_per_second: float = 1.0
    post_burst: int = 3


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """Everything that a workspace needs to know; durations are real seconds."""

    base_url: str
    events_url: str | None
    people: tuple[Person, ...]
    channels: tuple[ChannelConfig, ...]
    user_groups: tuple[UserGroup, ...] = ()
    commands: tuple[SlashCommand, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    team_id: str = "T0GOLDILOCKS"
    team_name: str = "Flights"
    team_domain: str = "flights"
    app_id: str = "A0GOLDILOCKS"
    bot_user_id: str = "U0GOLDILOCKS"
    bot_id: str = "B0GOLDILOCKS"
    bot_name: str = "goldilocks"
    bot_display: str = "Goldilocks"
    bot_token: str = field(default="xoxb-workspace", repr=False)
    app_token: str = field(default="xapp-workspace", repr=False)
    signing_secret: str = field(default="workspace-signing-secret", repr=False)
    verification_token: str = field(default="workspace-verification", repr=False)
    scopes: frozenset[str] | None = None
    events: frozenset[str] = DEFAULT_EVENTS
    rate_limits: RateLimits = RateLimits()
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    file_processing_seconds: float = 0.15
    journal: Path | None = None

    def url(self, path: str) -> str:
        """An absolute address inside this workspace."""
        return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"

    def person(self, user_id: str) -> Person | None:
        return next((person for person in self.people if person.id == user_id), None)
