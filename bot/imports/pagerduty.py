"""PagerDuty's REST API v2 as a team: schedules, escalation policies, services and users. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.imports import pagerduty_schedules
from bot.imports.draft import Draft, Notes, SourceError, team_of
from bot.imports.files import Source
from bot.imports.names import Channels, Ids, said
from bot.imports.pagerduty_files import Objects, objects
from bot.imports.people import Member, People, User
from bot.imports.steps import a_page, ends_in_somebody

CHANNEL = "oncall"
NO_LOOPS, MOST_LOOPS = 0, 10
UNNAMED = "PagerDuty"


def draft(sources: Sequence[Source], team: str, slack: Mapping[str, Member], now: datetime) -> Draft:
    """The team that these answers describe; SourceError for what is none of PagerDuty's."""
    found, notes = objects(sources), Notes()
    users = {
        each["id"]: User(each.get("name") or each["id"], each.get("email") or "", each.get("time_zone") or "")
        for _, each in found.users
    }
    people, channels = People(users, slack, notes), Channels()
    channel = channels.named(CHANNEL)
    schedules = pagerduty_schedules.rotations(found, people, channel, notes, now)
    policies = _Policies(found, people, schedules.ids, channel, notes)
    policies.read()
    if not schedules.made:
        raise SourceError(
            f"{sources[0].file.name}: no schedule with a layer that is in force; fetch them with their layers: "
            "https://api.pagerduty.com/schedules?include[]=schedule_layers&limit=100"
        )
    services = _Services(found, policies, channel, schedules.made[0]["id"], notes)
    services.read()
    _never_carried(sources[0], people, notes)
    first = policies.made[0]["id"]
    alerts = {"by": ["service", "pipeline", "alertname"], "channel": channel, "rotation": schedules.made[0]["id"]}
    made = {
        "team": team,
        "people": list(people.found.values()),
        "channels": list(channels.found.values()),
        "rotations": schedules.made,
        "escalation": policies.made,
        "alerts": {**alerts, "policy": first, "routes": services.routes},
        "sources": services.sources,
    }
    comments = {"alerts": "one route for each service"} if services.routes else {}
    if services.sources:
        comments["sources"] = (
            "senders keep the integration keys that they have: only their address changes\n"
            "(https://events.pagerduty.com becomes your Goldilocks; keys stand here as their SHA-256)"
        )
    return Draft(team_of(made, sources[0].file.name), tuple(notes.found), comments)


@dataclass
class _Policies:
    found: Objects
    people: People
    rotations: Mapping[str, str]
    channel: str
    notes: Notes
    made: list[dict[str, Any]] = field(default_factory=list)
    ids: Ids = field(default_factory=lambda: Ids("policy"))
    first_rotation: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def read(self) -> None:
        for where, each in self.found.escalation_policies:
            policy = self.ids.of(each["id"], each.get("name") or each["id"])
            self.known[each["id"]] = policy
            self.made.append(self._one(policy, each, where))
        if not self.made:
            self.made.append(a_page(self.channel))

    def _one(self, policy: str, values: Mapping[str, Any], where: str) -> dict[str, Any]:
        steps = []
        for number, rule in enumerate(values.get("escalation_rules") or [], 1):
            here = f"{where}, rule {number}"
            targets = [self._target(each, policy, here) for each in rule.get("targets") or []]
            notify = list({repr(each): each for each in targets if each}.values())
            if notify:
                minutes = int(rule.get("escalation_delay_in_minutes") or 30)
                steps.append({"notify": notify, "wait": timedelta(minutes=minutes)})
            if (rule.get("escalation_rule_assignment_strategy") or {}).get("type") == "round_robin":
                self.notes.add(
                    here,
                    "round robin",
                    "a step calls all that it names",
                    "put them into a rotation, and name that",
                )
        loops = int(values.get("num_loops") or NO_LOOPS)
        made = {"id": policy, "steps": ends_in_somebody(steps, self.channel, where, self.notes)}
        return made | ({"repeat": min(loops, MOST_LOOPS)} if loops else {})

    def _target(self, target: Mapping[str, Any], policy: str, where: str) -> dict[str, str] | None:
        kind = str(target.get("type", "")).removesuffix("_reference")
        if kind == "user":
            person = self.people.of(str(target.get("id")), where)
            return {"person": person} if person else None
        rotation = self.rotations.get(str(target.get("id")))
        if kind == "schedule" and rotation:
            self.first_rotation.setdefault(policy, rotation)
            return {"rotation": rotation}
        name = said(str(target.get("summary") or target.get("id")), kind)
        self.notes.add(
            where, f"the {kind} “{name}”", "it was not carried over, or no file has it", "name who is called"
        )
        return None


@dataclass
class _Services:
    found: Objects
    policies: _Policies
    channel: str
    rotation: str
    notes: Notes
    routes: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    _ids: Ids = field(default_factory=lambda: Ids("service"))
    _asked: dict[str, set[int]] = field(default_factory=dict)

    def read(self) -> None:
        for where, each in self.found.services:
            if each.get("status") == "disabled":
                self.notes.add(
                    where, f"the service “{each.get('name')}”", "it is disabled", "nothing, if that is meant"
                )
                continue
            self._one(where, each, self._ids.of(each["id"], each.get("name") or each["id"]))
        self._acknowledgements()

    def _one(self, where: str, values: Mapping[str, Any], service: str) -> None:
        theirs = (values.get("escalation_policy") or {}).get("id")
        policy = self.policies.known.get(str(theirs))
        if policy is None:
            policy = self.policies.made[0]["id"]
            self.notes.add(
                where, f"the policy {theirs}", "no file has it", f"fetch all policies; meanwhile it is “{policy}”"
            )
        self.routes.append(
            {
                "id": service,
                "match": [f'service="{service}"'],
                "channel": self.channel,
                "rotation": self.policies.first_rotation.get(policy, self.rotation),
                "policy": policy,
            }
        )
        self._asked.setdefault(policy, set()).add(int(values.get("acknowledgement_timeout") or 0))
        self._sender(where, values, service)
        self._differs(where, values)

    def _sender(self, where: str, values: Mapping[str, Any], service: str) -> None:
        keys = [each.get("integration_key") for each in values.get("integrations") or []]
        tokens = [hashlib.sha256(key.encode()).hexdigest() for key in keys if key]
        if tokens and service != "goldilocks":
            self.sources.append({"id": service, "token_sha256": tokens, "labels": {"service": service}})
            return
        self.notes.add(
            where,
            "its integrations",
            "their keys are not in the file",
            f"make a token (`goldilocks token`) and a source with labels: {{service: {service}}}",
        )

    def _differs(self, where: str, values: Mapping[str, Any]) -> None:
        grouping = (values.get("alert_grouping_parameters") or {}).get("type")
        if grouping:
            self.notes.add(
                where, f"alert grouping “{grouping}”", "here labels say which alerts are one", "see alerts.by"
            )
        urgency = values.get("incident_urgency_rule") or {}
        if urgency.get("type", "constant") != "constant" or urgency.get("urgency") == "low":
            self.notes.add(
                where,
                "its urgency rule",
                "here severities say what calls: critical and error do",
                "have the sender set the severity, or say by_severity and hours in the policy",
            )
        if values.get("auto_resolve_timeout"):
            self.notes.add(
                where,
                f"auto-resolve after {int(values['auto_resolve_timeout']) // 60} minutes",
                "nothing ends here because time has passed",
                "have the sender resolve it; whoever holds it may",
            )

    def _acknowledgements(self) -> None:
        for made in self.policies.made:
            seconds = self._asked.get(made["id"], {0})
            if seconds == {0}:
                continue
            least = min(each for each in seconds if each)
            made["acknowledgement"] = {"ask_after": timedelta(seconds=max(60, least))}
            if len(seconds) > 1:
                self.notes.add(
                    f"escalation policy “{made['id']}”",
                    "acknowledgement timeouts that differ by service",
                    "here a policy has one",
                    f"the shortest, {least // 60} minutes, was taken: copy the policy where another is meant",
                )


def _never_carried(source: Source, people: People, notes: Notes) -> None:
    if count := people.left_out():
        notes.add(
            source.file.name,
            f"{count} users",
            "no schedule and no policy names them",
            "add whom you want to approve",
        )
    notes.add(
        source.file.name,
        "how each person is notified (phone, SMS, app)",
        "Goldilocks calls in Slack",
        "for phones declare a pager, and name it in the policies or for a person (docs/escalation.md)",
    )
