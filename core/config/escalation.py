"""Escalation in `team.yaml`: the steps of a policy, whom they notify, when they may, and pagers for phones."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from core.config.fields import (
    Duration,
    Id,
    Model,
    OneOrMore,
    SecretRef,
    Shape,
    TimeOfDay,
    WebAddress,
    Weekday,
    ZoneName,
)
from core.config.senders import Severity

WORKING_DAYS = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)

Mention = Annotated[
    str, Shape("here|channel|S[A-Z0-9]{2,}", "here, channel, or the id of a Slack user group (S…)")
]


class Target(StrEnum):
    """Whom a step notifies, as seen in the page's rotation at the moment of the step; `secondary` is `next`.

    SHADOW is copied on every step anyway, and never relied on.
    """

    PRIMARY = "primary"
    NEXT = "next"
    EVERYONE = "everyone"
    SHADOW = "shadow"

    @classmethod
    def _missing_(cls, value: object) -> "Target | None":
        return cls.NEXT if value == "secondary" else None


class Notify(Model):
    """One that a step notifies: a role, a `person`, the primary of a `rotation`, a `channel` or a pager (`webhook`).

    In a channel, `mention` is `here`, `channel`, or the id of a user group (S…); without it nobody is called there.
    """

    who: Target | None = None
    person: Id | None = None
    rotation: Id | None = None
    channel: Id | None = None
    mention: Mention | None = None
    webhook: Id | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        named = [self.who, self.person, self.rotation, self.channel, self.webhook]
        if sum(name is not None for name in named) != 1:
            raise ValueError("name one of person, rotation, channel or webhook")
        if self.mention and not self.channel:
            raise ValueError("mention belongs to a channel")
        return self

    @property
    def calls_people(self) -> bool:
        """Whether somebody's phone or screen asks for an answer."""
        if self.channel is not None:
            return self.mention is not None
        return self.who is not Target.SHADOW


def _one(value: Any) -> Any:
    """`primary` stands for `{who: primary}`."""
    if not isinstance(value, str):
        return value
    try:
        return Notify(who=Target(value))
    except ValueError:
        known = ", ".join(["secondary", *Target])
        raise ValueError(
            f"“{value}” is none of {known}; name others as {{person: …}}, {{rotation: …}}, {{channel: …}} or "
            "{webhook: …}"
        ) from None


class Outside(StrEnum):
    """What a step does outside its hours: WAIT until they begin, or SKIP to the next step."""

    WAIT = "wait"
    SKIP = "skip"


class Hours(Model):
    """When a step may be taken: from `start` to `end` on `days`, on the wall clock of `timezone`.

    An `end` before `start` is on the following day. Severities in `ignored_for` are called at any hour.
    """

    start: TimeOfDay
    end: TimeOfDay
    days: frozenset[Weekday] = Field(default=frozenset(WORKING_DAYS), min_length=1)
    timezone: ZoneName = "UTC"
    outside: Outside = Outside.WAIT
    ignored_for: frozenset[Severity] = frozenset({"critical"})

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.start == self.end:
            raise ValueError("hours begin and end at the same time; leave them out, or mend one of them")
        return self


class EscalationStep(Model):
    """Notify all of `notify`, then wait `wait` for an acknowledgement before the next step."""

    notify: OneOrMore[Annotated[Notify, BeforeValidator(_one)]] = Field(min_length=1)
    wait: Duration
    hours: Hours | None = None

    @model_validator(mode="after")
    def _relies_on_more_than_the_shadow(self) -> Self:
        if all(one.who is Target.SHADOW for one in self.notify):
            raise ValueError("notify: the shadow alone is not relied on, so this step reaches nobody; add primary")
        return self


class Acknowledgement(Model):
    """How long an acknowledgement is believed: when nothing has been done for `ask_after`, the holder is asked whether
    they are still on it; without an answer within `wait` nobody holds it any more, and its first step is taken
    again."""

    ask_after: Duration = Field(ge=timedelta(minutes=1))
    wait: Duration = Field(default=timedelta(minutes=15), ge=timedelta(minutes=1))


class EscalationPolicy(Model):
    """The steps that an unacknowledged page goes through, `repeat` further times over.

    Without an `acknowledgement` whoever acknowledged a page holds it until its alerts end or they give it back.
    `hours` hold for every step without its own. `by_severity` names another policy for alerts of a severity; one
    that is named there also posts or calls for alerts that would call nobody. What goes by a policy that the YAML has
    no more, and that it `was`, goes by this one.
    """

    id: Id
    was: OneOrMore[Id] = ()
    steps: list[EscalationStep] = Field(min_length=1)
    repeat: int = Field(default=0, ge=0, le=10)
    hours: Hours | None = None
    acknowledgement: Acknowledgement | None = None
    by_severity: dict[Severity, Id] = Field(default_factory=dict)

    def at_any_hour(self) -> Self:
        """The same steps, none of which waits for its hours: for a person who has looked and asks for the next one."""
        steps = [step.model_copy(update={"hours": None}) for step in self.steps]
        return self.model_copy(update={"hours": None, "steps": steps})

    @property
    def calls_people(self) -> bool:
        return any(one.calls_people for step in self.steps for one in step.notify)

    def named(self, kind: str) -> list[str]:
        """The ids that its steps name of this kind: `person`, `rotation`, `channel` or `webhook`."""
        found = (getattr(one, kind) for step in self.steps for one in step.notify)
        return [name for name in found if name is not None]


class Pager(Model):
    """A receiver of pages in PagerDuty's Events v2 format, which reaches phones.

    `routing_key` is its key, as a reference. With a `signing_secret` each request carries a signature of its time
    and body.
    """

    id: Id
    url: WebAddress
    routing_key: SecretRef
    signing_secret: SecretRef | None = None
    timeout: Duration = Field(default=timedelta(seconds=10), gt=timedelta(0), le=timedelta(seconds=60))
