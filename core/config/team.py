"""`team.yaml`: people, channels, rotations, escalation, approvals and the senders of alerts."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.config import references, responders
from core.config.alerts import Grouping
from core.config.escalation import EscalationPolicy, Pager
from core.config.fields import CalendarRef, Duration, Id, Model, Name, OneOrMore, Shape, ZoneName
from core.config.places import refuse
from core.config.retention import Retention
from core.config.rotation import DAY as DAY
from core.config.rotation import WEEK as WEEK
from core.config.rotation import DayOff, Holidays
from core.config.rotation import Handoff as Handoff
from core.config.rotation import Rotation as Rotation
from core.config.senders import Heartbeat, Source

MemberId = Annotated[
    str, Shape("[UW][A-Z0-9]{2,}", "the id of a Slack member, such as U0MAYA (in Slack: Copy member ID)")
]
ChannelId = Annotated[
    str, Shape("[CG][A-Z0-9]{2,}", "the id of a Slack channel, such as C0ONCALL (in Slack: Copy channel ID)")
]


class Role(StrEnum):
    """What a person may do: everybody may look; a responder answers alerts; an approver decides requests."""

    RESPONDER = "responder"
    APPROVER = "approver"


class Person(Model):
    """A member of the team; `slack` is the Slack user id (U…). Their pages go to `pager` as well, if they have one.
    Whoever has the Slack id of somebody that the YAML called otherwise is that person; `was` says it where that is
    another one, too.

    They do not work on the days of the lists that `holidays` name, and are away during the events of the calendar
    `absences`. Events of other calendars know them by id, name or `email`.
    """

    id: Id
    was: OneOrMore[Id] = ()
    name: Name = Field(max_length=80)
    slack: MemberId
    timezone: ZoneName = "UTC"
    roles: frozenset[Role] = frozenset({Role.RESPONDER})
    pager: Id | None = None
    holidays: list[Id] = Field(default_factory=list)
    absences: CalendarRef | None = None
    email: Annotated[str, Shape(r"[^@\s]+@[^@\s]+", "a mail address")] | None = None

    @property
    def responds(self) -> bool:
        """Whether they may answer alerts."""
        return Role.RESPONDER in self.roles


class Channel(Model):
    """A Slack channel (`slack` is its id, C… or G…)."""

    id: Id
    slack: ChannelId
    name: Name


URGENT = ("critical", "error")
"""The severities that must reach somebody under any policy."""


class ApprovalPolicy(Model):
    """Who may decide a kind of request, and how long it stays open."""

    role: Role = Role.APPROVER
    deadline: Duration
    own_requests: bool = False


class Approvals(Model):
    """Who decides each kind of request: an approver, within four hours or three days, where nothing else is said.
    Without `tune`, who decides promotions also decides alerting policies."""

    roll_back: ApprovalPolicy = ApprovalPolicy(deadline=timedelta(hours=4))
    promote: ApprovalPolicy = ApprovalPolicy(deadline=timedelta(days=3))
    tune: ApprovalPolicy | None = None

    def of(self, action: str) -> ApprovalPolicy:
        """The policy of an approval's action."""
        if action == "tune":
            return self.tune or self.promote
        return self.roll_back if action == "roll_back" else self.promote


class Team(Model):
    """The whole of `team.yaml`."""

    team: str
    people: list[Person] = Field(min_length=1)
    channels: list[Channel] = Field(min_length=1)
    rotations: list[Rotation] = Field(min_length=1)
    escalation: list[EscalationPolicy] = Field(min_length=1)
    pagers: list[Pager] = Field(default_factory=list)
    approvals: Approvals = Field(default_factory=Approvals)
    alerts: Grouping
    sources: list[Source] = Field(default_factory=list)
    heartbeats: list[Heartbeat] = Field(default_factory=list)
    holidays: list[Holidays] = Field(default_factory=list)
    retention: Retention = Field(default_factory=Retention)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(references.twice(self))
        refuse(references.missing(self))
        refuse(references.former(self))
        refuse(responders.missing(self))
        refuse((("alerts", "policy"), said) for said in self.silent(self.alerts.policy, "alerts"))
        return self

    def silent(self, policy_id: str, where: str) -> Iterator[str]:
        """Where an urgent alert under this policy would call nobody: at most one sentence about `where`."""
        for severity in URGENT:
            policy = self.policy_for(policy_id, severity)
            if not policy.calls_people:
                yield (
                    f"{where}: for severity {severity} the escalation policy {policy.id} reaches nobody: it only "
                    "posts in channels; add primary, a person, a webhook or a mention"
                )
                return

    @model_validator(mode="after")
    def _senders_are_distinct(self) -> Self:
        _once([digest for source in self.sources for digest in source.token_sha256], "tokens of sources")
        return self

    @model_validator(mode="after")
    def _rotations_know_people(self) -> Self:
        self.rotations[:] = [each.within(person.id for person in self.people) for each in self.rotations]
        return self

    @model_validator(mode="after")
    def _rotations_know_holidays(self) -> Self:
        days = {each.id: each.days for each in self.holidays}
        off = [
            DayOff(person.id, day, person.timezone)
            for person in self.people
            for day in sorted({day for each in person.holidays for day in days[each]})
        ]
        if off:
            found = [each.with_days_off(d for d in off if d.person in each.everybody) for each in self.rotations]
            self.rotations[:] = found
        return self

    def person(self, person_id: str) -> Person | None:
        return next((p for p in self.people if p.id == person_id), None)

    def person_by_slack(self, slack_id: str) -> Person | None:
        return next((p for p in self.people if p.slack == slack_id), None)

    def channel(self, channel_id: str) -> Channel | None:
        return next((c for c in self.channels if c.id == channel_id), None)

    def channel_name(self, channel_id: str) -> str:
        """A channel as people know it, `#ml-oncall`; its id where the YAML no longer has it."""
        found = self.channel(channel_id)
        return f"#{found.name}" if found else channel_id

    def rotation_title(self, rotation_id: str) -> str:
        """A rotation as people know it; its id where the YAML no longer has it."""
        return next((r.title for r in self.rotations if r.id == rotation_id), rotation_id)

    def rotation(self, rotation_id: str) -> Rotation:
        return next(r for r in self.rotations if r.id == rotation_id)

    def heartbeat(self, heartbeat_id: str) -> Heartbeat | None:
        return next((h for h in self.heartbeats if h.id == heartbeat_id), None)

    def escalation_policy(self, policy_id: str) -> EscalationPolicy:
        return next(p for p in self.escalation if p.id == policy_id)

    def policy_for(self, policy_id: str, severity: str) -> EscalationPolicy:
        """The policy of alerts of a severity; the catch-all when the YAML does not have it any more."""
        known = {policy.id: policy for policy in self.escalation}
        policy = known.get(policy_id) or known[self.alerts.policy]
        chosen = {str(name): other for name, other in policy.by_severity.items()}.get(severity)
        return known[chosen] if chosen else policy

    def pager(self, pager_id: str) -> Pager | None:
        return next((p for p in self.pagers if p.id == pager_id), None)


def _once(names: list[str], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{what} must differ; given twice: {', '.join(sorted(twice))}")
