"""The part of `team.yaml` about alerts: where they go, what makes them one group, and what keeps them quiet."""

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, model_validator

from core.config.fields import Duration, Id, Model, Schedule
from core.matchers import MAX_PATTERN, Matcher, MatcherError, full_match, parse


def _matcher(value: Any) -> Matcher:
    if isinstance(value, Matcher):
        return value
    try:
        found = parse(str(value))
        if found.is_regex:
            full_match(found.value, "")
    except MatcherError as error:
        raise ValueError(str(error)) from None
    if len(found.name) > MAX_PATTERN or len(found.value) > MAX_PATTERN:
        raise ValueError(f"a matcher has at most {MAX_PATTERN} characters on each side")
    return found


def _cause(value: Any) -> Any:
    return {"label": value} if isinstance(value, str) else value


MatcherText = Annotated[Matcher, PlainValidator(_matcher), PlainSerializer(str)]
"""A matcher as people write it, such as `severity=~"critical|error"`."""

Label = Annotated[str, Field(min_length=1, max_length=256)]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Cause(Model):
    """A label that names what is broken: alerts with the same value of it are one group, whoever they concern.

    `also` are other names under which senders give the same thing; where values are only distinct together with
    other labels (a version of a pipeline), those are listed in `within`. Written as a text, it is the label alone.
    """

    label: Label
    also: list[Label] = Field(default_factory=list, max_length=10)
    within: list[Label] = Field(default_factory=list, max_length=10)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.label, *self.also)


class Timing(Model):
    """When people hear of a group: first `wait` after it opened (for more of its kind to come in), about alerts that
    join or end at most every `interval`, and again every `repeat` while it goes on (never, if that is 0).

    With `digest` a group that is not critical has no message and calls nobody: the channel's digest tells it.
    """

    wait: Duration = Field(default=timedelta(0), le=HOUR)
    interval: Duration = Field(default=timedelta(0), le=DAY)
    repeat: Duration = timedelta(0)
    digest: bool = False


class Route(Model):
    """Alerts that every matcher holds for go here. What a route leaves out it takes from the one around it, and in the
    end from the pipeline's own YAML and the team's defaults.

    Of the routes in a list the first one that matches counts; with `continue`, later ones get a copy of the message in
    their channel. With `by` it has groups of its own, which no alert of another route joins; with none in it, one.
    """

    id: Id
    match: list[MatcherText] = Field(default_factory=list, max_length=32)
    pipeline: Id | None = None
    channel: Id | None = None
    rotation: Id | None = None
    policy: Id | None = None
    by: list[Label] | None = Field(default=None, max_length=20)
    wait: Duration | None = Field(default=None, le=HOUR)
    interval: Duration | None = Field(default=None, le=DAY)
    repeat: Duration | None = None
    digest: bool | None = None
    go_on: bool = Field(default=False, alias="continue")
    routes: list["Route"] = Field(default_factory=list, max_length=200)


class Inhibition(Model):
    """While an alert that is a `source` fires, every alert that is a `target` and has the same values of the labels in
    `equal` calls nobody."""

    id: Id
    source: list[MatcherText] = Field(min_length=1, max_length=32)
    target: list[MatcherText] = Field(min_length=1, max_length=32)
    equal: list[Label] = Field(default_factory=list, max_length=20)


class Storm(Model):
    """More than `groups` new groups of one channel and rotation `within` this time are told as one, until no new one
    has come for `quiet`."""

    groups: int = Field(default=20, ge=2, le=500)
    within: Duration = Field(default=timedelta(minutes=1), gt=timedelta(0), le=HOUR)
    quiet: Duration = Field(default=timedelta(minutes=5), gt=timedelta(0), le=DAY)


CauseText = Annotated[Cause, BeforeValidator(_cause)]


class Grouping(Timing):
    """Which labels make one alert group, where groups go, and what keeps them quiet.

    `channel`, `rotation` and `policy` are for alerts that no route and no known pipeline takes. An alert that opens
    within `after_change` of a change of its pipeline is marked with it.
    """

    by: list[Label] = Field(default_factory=lambda: ["pipeline", "alertname"], max_length=20)
    channel: Id
    rotation: Id
    policy: Id
    causes: list[CauseText] = Field(default_factory=list, max_length=20)
    after_change: Duration = Field(default=HOUR, le=7 * DAY)
    routes: list[Route] = Field(default_factory=list, max_length=200)
    inhibit: list[Inhibition] = Field(default_factory=list, max_length=100)
    storm: Storm = Field(default_factory=Storm)
    digests: Schedule | None = Field(default=None, description="when each channel gets its digest; none without")

    @model_validator(mode="after")
    def _digests_are_sent(self) -> Self:
        told = ["alerts"] if self.digest else [f"route {each.id}" for each in walk(self.routes) if each.digest]
        if told and self.digests is None:
            raise ValueError(
                f"digest of {told[0]}: nobody would ever hear of its alerts; say when digests are sent, "
                'such as digests: {every: day, at: "09:00"}'
            )
        return self

    @model_validator(mode="after")
    def _repeats_are_rare_enough(self) -> Self:
        for name, repeat in (("alerts", self.repeat), *((f"route {r.id}", r.repeat) for r in walk(self.routes))):
            if repeat and repeat < timedelta(minutes=1):
                raise ValueError(f"repeat of {name}: at least 1m, or 0s for never")
        return self


def walk(routes: list[Route]) -> list[Route]:
    """These routes and all inside them, in the order of the file."""
    return [each for route in routes for each in (route, *walk(route.routes))]
