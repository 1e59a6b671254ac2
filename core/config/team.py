"""`team.yaml`: people, channels, rotations, escalation, approvals and the senders of alerts."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from core.config.alerts import Grouping
from core.config.fields import Duration, Id, Model, TimeOfDay, Weekday, ZoneName
from core.config.senders import Heartbeat, Source


class Role(StrEnum):
    """What a person may do: everybody may look; a responder answers alerts; an approver decides requests."""

    RESPONDER = "responder"
    APPROVER = "approver"


class Person(Model):
    """A member of the team; `slack` is the Slack user id (U…)."""

    id: Id
    name: str = Field(min_length=1, max_length=80)
    slack: str = Field(pattern=r"^[UW][A-Z0-9]{2,}$")
    timezone: ZoneName = "UTC"
    roles: frozenset[Role] = frozenset({Role.RESPONDER})


class Channel(Model):
    """A Slack channel (`slack` is its id, C… or G…)."""

    id: Id
    slack: str = Field(pattern=r"^[CG][A-Z0-9]{2,}$")
    name: str


DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


class Handoff(Model):
    """When a shift changes hands, on the rotation's wall clock; `on` counts for shifts of whole weeks."""

    on: Weekday = Weekday.MONDAY
    at: TimeOfDay


class Rotation(Model):
    """A rotation: `members` take turns as primary, `shadows` go along in theirs.

    The first member's shift contains `starts`; shifts change at `handoff` on the wall clock of `timezone`, and last
    `every`: whole days or weeks (`1d`, `1w`, `2w`), or hours that divide a day (`12h`, `8h`), counted from `handoff`.
    """

    id: Id
    title: str
    timezone: ZoneName = "UTC"
    every: Duration = WEEK
    handoff: Handoff
    starts: date = Field(ge=date(1970, 1, 1), le=date(2200, 1, 1))
    members: list[Id] = Field(min_length=1)
    shadows: list[Id] = Field(default_factory=list)
    channel: Id

    @model_validator(mode="after")
    def _every_fits_the_clock(self) -> Self:
        hour, most = timedelta(hours=1), 52 * WEEK
        if not hour <= self.every <= most or self.every % hour or (self.every % DAY and DAY % self.every):
            raise ValueError(
                "every: a shift lasts whole days or weeks, or hours that divide a day: 12h, 1d, 1w, 2w"
            )
        if self.every % WEEK and "on" in self.handoff.model_fields_set:
            raise ValueError(
                "handoff.on: only shifts of whole weeks change on a weekday; leave it out, or every: 1w"
            )
        return self


class Target(StrEnum):
    """Whom a step of an escalation policy notifies, as seen at the moment of the step."""

    PRIMARY = "primary"
    NEXT = "next"
    EVERYONE = "everyone"


class EscalationStep(Model):
    """Notify `notify`, then wait `wait` for an acknowledgement before the next step."""

    notify: Target
    wait: Duration


class EscalationPolicy(Model):
    """The steps that an unacknowledged page goes through, `repeat` further times over."""

    id: Id
    steps: list[EscalationStep] = Field(min_length=1)
    repeat: int = Field(default=0, ge=0, le=10)


class ApprovalPolicy(Model):
    """Who may decide a kind of request, and how long it stays open."""

    role: Role = Role.APPROVER
    deadline: Duration
    own_requests: bool = False


class Approvals(Model):
    """Who decides each kind of request."""

    roll_back: ApprovalPolicy
    promote: ApprovalPolicy

    def of(self, action: str) -> ApprovalPolicy:
        """The policy of an approval's action."""
        return self.roll_back if action == "roll_back" else self.promote


class Team(Model):
    """The whole of `team.yaml`."""

    team: str
    people: list[Person] = Field(min_length=1)
    channels: list[Channel] = Field(min_length=1)
    rotations: list[Rotation] = Field(min_length=1)
    escalation: list[EscalationPolicy] = Field(min_length=1)
    approvals: Approvals
    alerts: Grouping
    sources: list[Source] = Field(default_factory=list)
    heartbeats: list[Heartbeat] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _unique((p.id for p in self.people), "people", "id")
        _unique((p.slack for p in self.people), "people", "slack")
        _unique((c.id for c in self.channels), "channels", "id")
        _unique((r.id for r in self.rotations), "rotations", "id")
        _unique((e.id for e in self.escalation), "escalation", "id")
        _unique((s.id for s in self.sources), "sources", "id")
        return self

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        people, channels = {p.id for p in self.people}, {c.id for c in self.channels}
        for rotation in self.rotations:
            _known(people, [*rotation.members, *rotation.shadows], f"rotation {rotation.id}", "people")
            _known(channels, [rotation.channel], f"rotation {rotation.id}", "channels")
        _known(channels, [self.alerts.channel], "alerts", "channels")
        _known({r.id for r in self.rotations}, [self.alerts.rotation], "alerts", "rotations")
        _known({p.id for p in self.escalation}, [self.alerts.policy], "alerts", "escalation policies")
        for beat in self.heartbeats:
            rotation_ids = [beat.rotation] if beat.rotation else []
            _known({r.id for r in self.rotations}, rotation_ids, f"heartbeat {beat.id}", "rotations")
        return self

    @model_validator(mode="after")
    def _senders_are_distinct(self) -> Self:
        _once([digest for source in self.sources for digest in source.token_sha256], "tokens of sources")
        _once([beat.id for beat in self.heartbeats], "heartbeats")
        return self

    def person(self, person_id: str) -> Person | None:
        return next((p for p in self.people if p.id == person_id), None)

    def person_by_slack(self, slack_id: str) -> Person | None:
        return next((p for p in self.people if p.slack == slack_id), None)

    def channel(self, channel_id: str) -> Channel | None:
        return next((c for c in self.channels if c.id == channel_id), None)

    def rotation(self, rotation_id: str) -> Rotation:
        return next(r for r in self.rotations if r.id == rotation_id)

    def heartbeat(self, heartbeat_id: str) -> Heartbeat | None:
        return next((h for h in self.heartbeats if h.id == heartbeat_id), None)

    def escalation_policy(self, policy_id: str) -> EscalationPolicy:
        return next(p for p in self.escalation if p.id == policy_id)


def _unique(names: Iterable[str], what: str, field: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"two of the {what} have the {field} “{twice[0]}”; each needs its own")


def _known(known: set[str], used: list[str], where: str, what: str) -> None:
    for name in used:
        if name not in known:
            raise ValueError(f"{where} names “{name}”, which is not among the {what} ({', '.join(sorted(known))})")


def _once(names: list[str], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{what} must differ; given twice: {', '.join(sorted(twice))}")
