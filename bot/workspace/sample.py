"""A small workspace to start alone: four people, three channels, the bot's commands."""

from .config import ChannelConfig, Person, Shortcut, SlashCommand, UserGroup, WorkspaceConfig

PEOPLE = (
    Person("U0ADA", "ada", "Ada Lovelace", "ML engineer", "#b3541e", "America/New_York", "ada@flights.example"),
    Person(
        "U0GRACE", "grace", "Grace Hopper", "ML engineer", "#2e7d6b", "America/New_York", "grace@flights.example"
    ),
    Person(
        "U0KATHERINE",
        "katherine",
        "Katherine Johnson",
        "Data scientist",
        "#6b4fa0",
        "America/New_York",
        "katherine@flights.example",
    ),
    Person(
        "U0LINUS",
        "linus",
        "Linus Pauling",
        "Product owner",
        "#3a6ea5",
        "Europe/Berlin",
        "linus@flights.example",
        is_admin=True,
    ),
)
CHANNELS = (
    ChannelConfig("C0FLIGHTS", "flights-ml", "Flight delay pipeline: alerts, evaluations, models"),
    ChannelConfig("C0REVIEW", "flights-review", "Failed predictions, once a week"),
    ChannelConfig("C0GENERAL", "general", "Everything else", bot_is_member=False),
)
COMMANDS = (
    SlashCommand(
        "/oncall", "Who is on call, handoffs, overrides", "[who | schedule | override @person | handoff]"
    ),
    SlashCommand("/alerts", "What is firing", "[list | silence | noise]"),
    SlashCommand("/bug", "The bug queue", "[new | list | mine]"),
    SlashCommand("/model", "Versions, rollbacks, candidates", "[status | rollback | history]"),
    SlashCommand("/review", "Failed predictions to look at", "[start | status]"),
    SlashCommand("/goldilocks", "Any of the others, by name", "[oncall | alerts | bug | model | review | help]"),
)


def sample_config(base_url: str, events_url: str | None) -> WorkspaceConfig:
    """The sample workspace at this address, talking to the app at that one."""
    return WorkspaceConfig(
        base_url=base_url,
        events_url=events_url,
        people=PEOPLE,
        channels=CHANNELS,
        user_groups=(UserGroup("S0ONCALL", "flights-oncall", "Flights on-call", ("U0ADA", "U0GRACE")),),
        commands=COMMANDS,
        shortcuts=(Shortcut("file_bug", "File a bug"),),
    )
