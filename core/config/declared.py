"""What `team.yaml` declares, before anybody has asked whether it holds together: see `core.config.team`."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from core.config.alerts import Grouping
from core.config.escalation import EscalationPolicy, Pager
from core.config.fields import CalendarRef, Duration, Id, Model, Name, OneOrMore, Shape, ZoneName
from core.config.retention import Retention
from core.config.rotation import Holidays, Rotation
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


class Declared(Model):
    """The parts of a team by their ids. Names that lead nowhere are possible here, and in no `Team`."""

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
