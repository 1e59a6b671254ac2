"""The shapes of the other tools' files, as far as they are read; what else stands in them is let be. Pure."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from bot.imports.draft import SourceError
from bot.imports.files import Source


def _instant(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _clock(text: str) -> str:
    time.fromisoformat(text)
    return text


Instant = Annotated[str, AfterValidator(_instant)]
Clock = Annotated[str, AfterValidator(_clock)]
Texts = dict[str, str] | None
List = list[str] | None
Seconds = Annotated[int, Field(ge=0, le=400_000_000)]
Small = Annotated[int, Field(ge=0, le=1_000)]


class AmRoute(TypedDict, total=False):
    receiver: str | None
    group_by: List
    matchers: str | list[str] | None
    match: Texts
    match_re: Texts
    mute_time_intervals: List
    active_time_intervals: List
    routes: "list[AmRoute] | None"


class AmConfig(TypedDict, total=False):
    channel: str | None
    url: str | None


class AmReceiver(TypedDict):
    name: str
    slack_configs: NotRequired[list[AmConfig] | None]
    pagerduty_configs: NotRequired[list[AmConfig] | None]


class AmInhibition(TypedDict, total=False):
    source_match: Texts
    source_match_re: Texts
    source_matchers: str | list[str] | None
    target_match: Texts
    target_match_re: Texts
    target_matchers: str | list[str] | None
    equal: List


AmOthers = dict[str, list[dict[str, Any]] | None]
"""The other `…_configs` of a receiver."""


class AmGlobal(TypedDict, total=False):
    pagerduty_url: str | None


Alertmanager = TypedDict(
    "Alertmanager",
    {
        "global": NotRequired[AmGlobal | None],
        "route": AmRoute,
        "receivers": list[AmReceiver],
        "inhibit_rules": NotRequired[list[AmInhibition] | None],
    },
)


class Page(TypedDict, total=False):
    """What both APIs say about their pages."""

    count: Annotated[int, Field(ge=0)] | None
    next: str | None
    offset: Annotated[int, Field(ge=0)] | None
    limit: Annotated[int, Field(ge=0)] | None
    more: bool | None


class PdReference(TypedDict):
    id: str
    type: NotRequired[str | None]
    summary: NotRequired[str | None]


class PdMember(TypedDict, total=False):
    id: str
    user: PdReference


class PdRestriction(TypedDict):
    type: NotRequired[str]
    start_time_of_day: Clock
    start_day_of_week: NotRequired[Annotated[int, Field(ge=1, le=7)] | None]
    duration_seconds: Seconds


class PdLayer(TypedDict):
    name: NotRequired[str | None]
    start: NotRequired[Instant | None]
    end: NotRequired[Instant | None]
    rotation_virtual_start: Instant
    rotation_turn_length_seconds: Seconds
    users: list[PdMember] | None
    restrictions: NotRequired[list[PdRestriction] | None]


class PdEntry(TypedDict):
    start: Instant
    end: Instant
    user: NotRequired[PdReference | None]


class PdEntries(TypedDict, total=False):
    rendered_schedule_entries: list[PdEntry] | None


class PdSchedule(TypedDict):
    id: str
    name: NotRequired[str | None]
    time_zone: NotRequired[str | None]
    schedule_layers: NotRequired[list[PdLayer] | None]
    overrides: NotRequired[list[PdEntry] | None]
    overrides_subschedule: NotRequired[PdEntries | None]


class PdStrategy(TypedDict, total=False):
    type: str | None


class PdRule(TypedDict):
    escalation_delay_in_minutes: Annotated[int, Field(ge=0, le=100_000)] | None
    targets: list[PdReference] | None
    escalation_rule_assignment_strategy: NotRequired[PdStrategy | None]


class PdPolicy(TypedDict):
    id: str
    name: NotRequired[str | None]
    num_loops: NotRequired[Small | None]
    escalation_rules: NotRequired[list[PdRule] | None]


class PdIntegration(TypedDict, total=False):
    integration_key: str | None


class PdUrgency(TypedDict, total=False):
    type: str | None
    urgency: str | None


class PdService(TypedDict):
    id: str
    name: NotRequired[str | None]
    escalation_policy: NotRequired[PdReference | None]
    acknowledgement_timeout: NotRequired[Seconds | None]
    auto_resolve_timeout: NotRequired[Seconds | None]
    integrations: NotRequired[list[PdIntegration] | None]
    alert_grouping_parameters: NotRequired[PdStrategy | None]
    incident_urgency_rule: NotRequired[PdUrgency | None]


class PdUser(TypedDict):
    id: str
    name: NotRequired[str | None]
    email: NotRequired[str | None]
    time_zone: NotRequired[str | None]


PAGERDUTY: Mapping[str, Any] = {
    "schedules": PdSchedule,
    "escalation_policies": PdPolicy,
    "services": PdService,
    "users": PdUser,
}


class GfSlack(TypedDict, total=False):
    user_id: str | None
    channel_id: str | None
    user_group_id: str | None
    id: str | None


class GfUser(TypedDict):
    id: str
    username: NotRequired[str | None]
    email: NotRequired[str | None]
    timezone: NotRequired[str | None]
    slack: NotRequired[list[GfSlack] | None]


class GfShift(TypedDict):
    id: str
    type: str
    start: Instant
    rotation_start: NotRequired[Instant | None]
    until: NotRequired[Instant | None]
    duration: Seconds
    level: NotRequired[int | None]
    frequency: NotRequired[str | None]
    interval: NotRequired[Small | None]
    by_day: NotRequired[list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]] | None]
    week_start: NotRequired[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"] | None]
    time_zone: NotRequired[str | None]
    users: NotRequired[list[str] | None]
    rolling_users: NotRequired[list[list[str]] | None]
    start_rotation_from_user_index: NotRequired[Small | None]


class GfSchedule(TypedDict):
    id: str
    name: NotRequired[str | None]
    type: NotRequired[str | None]
    time_zone: NotRequired[str | None]
    shifts: NotRequired[list[str] | None]
    on_call_now: NotRequired[list[str] | None]
    ical_url_primary: NotRequired[str | None]
    ical_url_overrides: NotRequired[str | None]
    slack: NotRequired[GfSlack | None]


class GfStep(TypedDict):
    id: str
    escalation_chain_id: str
    type: str | None
    position: NotRequired[int | None]
    duration: NotRequired[Seconds | None]
    persons_to_notify: NotRequired[list[str] | None]
    persons_to_notify_next_each_time: NotRequired[list[str] | None]


class GfDefault(TypedDict, total=False):
    id: str
    escalation_chain_id: str | None
    slack: GfSlack | None


class GfRoute(GfDefault):
    integration_id: str
    routing_regex: NotRequired[str | None]
    position: NotRequired[int | None]


class GfIntegration(TypedDict):
    id: str
    name: NotRequired[str | None]
    type: NotRequired[str | None]
    default_route: NotRequired[GfDefault | None]


class GfNamed(TypedDict, total=False):
    id: str
    name: str | None


class GfGroup(TypedDict):
    id: str
    slack: NotRequired[GfSlack | None]


GRAFANA: Mapping[str, Any] = {
    "users": GfUser,
    "schedules": GfSchedule,
    "on_call_shifts": GfShift,
    "escalation_chains": GfNamed,
    "escalation_policies": GfStep,
    "integrations": GfIntegration,
    "routes": GfRoute,
    "user_groups": GfGroup,
    "slack_channels": GfNamed,
}


def fit(source: Source, shape: Any, values: Any, at: tuple[int | str, ...] = ()) -> None:
    """SourceError at the first place that has another shape."""
    try:
        TypeAdapter(shape).validate_python(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = tuple(
            each for each in first["loc"] if isinstance(each, int) or not each.startswith(("list[", "dict["))
        )
        raise SourceError(
            f"{source.at((*at, *place))}: {first['msg'].lower()}; is it the right file, and whole?"
        ) from None
