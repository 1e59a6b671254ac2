"""The bot beside a Slack-shaped workspace of its own, in one server: the team of the YAML as its people."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from bot.settings import Settings
from bot.slack.manifest import build as build_manifest
from bot.workspace.app import Workspace
from bot.workspace.config import ChannelConfig, Person, SlashCommand, UserGroup, WorkspaceConfig
from core.config.declared import Person as TeamPerson
from core.config.load import Config

COLORS = ("#b3541e", "#2e7d6b", "#6b4fa0", "#3a6ea5", "#8a6d1a", "#a03d5a")


def embedded(directory: Path, state: Path, port: int, replica: str) -> Settings:
    """Settings of a bot whose YAML is in `directory` and whose everything else is in `state`: what the environment says
    of another installation does not count here."""
    url = f"http://127.0.0.1:{port}"
    defaults = WorkspaceConfig(base_url=f"{url}/workspace", events_url=None, people=(), channels=())
    return Settings(
        config=directory,
        data=state,
        database_url=None,
        runs_url=None,
        registry_uri=None,
        host="127.0.0.1",
        port=port,
        replica=replica,
        public_url=url,
        slack_bot_token=defaults.bot_token,
        slack_signing_secret=defaults.signing_secret,
        slack_app_token=None,
        slack_api_url=f"{url}/workspace/api/",
    )


def workspace_config(
    config: Config, url: str, topics: Mapping[str, str] | None = None, journal: Path | None = None
) -> WorkspaceConfig:
    """The team of the YAML as a workspace; `topics` are those of its channels, by id."""
    people = tuple(_person(p, COLORS[i % len(COLORS)]) for i, p in enumerate(config.team.people))
    channels = tuple(ChannelConfig(c.slack, c.name, (topics or {}).get(c.id, "")) for c in config.team.channels)
    declared = build_manifest(url, socket_mode=False)["features"]["slash_commands"]
    told = ("command", "description", "usage_hint", "should_escape")
    commands = tuple(SlashCommand(*(each[name] for name in told)) for each in declared)
    return WorkspaceConfig(
        base_url=f"{url}/workspace",
        events_url=f"{url}/slack/events",
        people=people,
        channels=channels,
        commands=commands,
        user_groups=tuple(_user_groups(config)),
        team_name=config.team.team,
        journal=journal,
    )


def _user_groups(config: Config) -> Iterator[UserGroup]:
    """Those that rotations name, with a handle of the first one's name. Slack has no empty group, so each begins with
    its rotation's first member."""
    named = {each.user_group: each for each in reversed(config.team.rotations) if each.user_group}
    for group, rotation in named.items():
        first = config.team.person(rotation.everybody[0])
        yield UserGroup(group, f"{rotation.id}-oncall", rotation.title, (first.slack,) if first else ())


def _person(person: TeamPerson, color: str) -> Person:
    title = ", ".join(sorted(person.roles)) or "observer"
    return Person(person.slack, person.id, person.name, title, color, person.timezone)


def together(web: ASGIApp, workspace: Workspace) -> Starlette:
    """One server for both: the page at `/workspace/`, the bot everywhere else."""
    return Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse("/workspace/")),
            Mount("/workspace", app=workspace.asgi),
            Mount("/", app=web),
        ]
    )
