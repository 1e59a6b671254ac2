"""Grafana OnCall's public API as a team: schedules, escalation chains, integrations with their routes, users. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.imports.draft import Draft, Notes, SourceError, team_of
from bot.imports.files import Source
from bot.imports.grafana_chains import Chains
from bot.imports.grafana_files import Answers, Found, answers
from bot.imports.grafana_schedules import Schedules, channel_of
from bot.imports.names import Channels, Ids
from bot.imports.people import Member, People, User
from core.matchers import Matcher

CHANNEL = "oncall"
_LABEL = re.compile(
    r"""payload(?:\.alerts\[0\])?\.(?:commonLabels|groupLabels|labels)"""
    r"""(?:\.(\w+)|\[["'](\w+)["']\]|\.get\(["'](\w+)["']\))\s*(==|!=)\s*["']([^"'{}]*)["']"""
)


def draft(sources: Sequence[Source], team: str, slack: Mapping[str, Member], now: datetime) -> Draft:
    """The team that these answers describe; SourceError for what is none of Grafana OnCall's."""
    found, notes, channels = answers(sources), Notes(), Channels()
    people = People({each["id"]: _user(each) for _, each in found.of("users")}, slack, notes)
    default = _first_channel(found, channels)
    schedules = Schedules(found, people, channels, notes, now)
    schedules.read(default)
    if not schedules.made:
        raise SourceError(
            f"{sources[0].file.name}: no schedule that can be carried; give schedules and on_call_shifts"
        )
    chains = Chains(found, people, schedules.ids, notes)
    chains.read(dict(_channels_of_chains(found, channels)), default)
    senders = _Integrations(found, chains, channels, default, schedules.made[0]["id"], notes)
    senders.read()
    _never_carried(sources[0], people, notes)
    alerts = {"by": ["integration", "pipeline", "alertname"], "channel": default}
    made = {
        "team": team,
        "people": list(people.found.values()),
        "channels": list(channels.found.values()),
        "rotations": schedules.made,
        "escalation": chains.made,
        "alerts": {
            **alerts,
            "rotation": schedules.made[0]["id"],
            "policy": chains.made[0]["id"],
            "routes": senders.routes,
        },
    }
    comments = {**schedules.comments, **({"sources": senders.sources()} if senders.routes else {})}
    return Draft(team_of(made, sources[0].file.name), tuple(notes.found), comments)


def _user(values: Mapping[str, Any]) -> User:
    slack = next((str(each.get("user_id") or "") for each in values.get("slack") or []), "")
    member = slack if re.fullmatch(r"[UW][A-Z0-9]{2,}", slack) else ""
    return User(
        str(values.get("username") or values["id"]),
        values.get("email") or "",
        values.get("timezone") or "",
        member,
    )


def _first_channel(found: Answers, channels: Channels) -> str:
    """The channel of the first schedule or default route that has one, or one to be named."""
    slack = [(each.get("slack") or {}).get("channel_id") for _, each in found.of("schedules")]
    slack += [channel for _, each in found.of("integrations") if (channel := _slack_of(each.get("default_route")))]
    first = next(filter(None, slack), None)
    return channel_of(found, channels, first) if first else channels.named(CHANNEL)


def _slack_of(route: Mapping[str, Any] | None) -> str | None:
    return ((route or {}).get("slack") or {}).get("channel_id")


def _channels_of_chains(found: Answers, channels: Channels) -> Iterator[tuple[str, str]]:
    routes = [each for _, each in found.of("routes")]
    routes += [each.get("default_route") or {} for _, each in found.of("integrations")]
    for route in reversed(routes):
        if route.get("escalation_chain_id") and (slack := _slack_of(route)):
            yield route["escalation_chain_id"], channel_of(found, channels, slack)


@dataclass
class _Integrations:
    found: Answers
    chains: Chains
    channels: Channels
    channel: str
    rotation: str
    notes: Notes
    routes: list[dict[str, Any]] = field(default_factory=list)
    _ids: Ids = field(default_factory=lambda: Ids("integration"))
    _route_ids: Ids = field(default_factory=lambda: Ids("route"))

    def read(self) -> None:
        for where, each in self.found.of("integrations"):
            name = self._ids.of(each["id"], each.get("name") or each.get("type") or each["id"])
            match = [Matcher("integration", name)]
            below = [self._below(at, route) for at, route in self._routes_of(each["id"])]
            way = self._way(each.get("default_route") or {}, where)
            inside = [route for route in below if route is not None]
            self.routes.append({"id": self._route_ids.new(name), "match": match, **way, "routes": inside})

    def sources(self) -> str:
        """The lines for the sources, which need tokens that nobody has made yet."""
        lines = [
            f"  - {{id: {name}, token_sha256: …, labels: {{integration: {name}}}}}"
            for name in self._ids.known.values()
        ]
        return "\n".join(
            [
                "one sender for each integration: `goldilocks token` makes its token (docs/ingest.md)",
                "sources:",
                *lines,
            ]
        )

    def _routes_of(self, integration: str) -> list[Found]:
        found = [each for each in self.found.of("routes") if each[1]["integration_id"] == integration]
        ordered = sorted(found, key=lambda each: int(each[1].get("position") or 0))
        return [each for each in ordered if not each[1].get("is_the_last_route")]

    def _below(self, where: str, route: Mapping[str, Any]) -> dict[str, Any] | None:
        written = str(route.get("routing_regex") or "")
        matchers = _matchers(written)
        if not matchers:
            self.notes.add(
                where,
                f"the route {written[:80]}",
                "it looks into the whole payload, and routes here look at labels",
                "have the sender put what matters into a label, and add a route for it",
            )
            return None
        return {"id": self._route_ids.new(matchers[0].value), "match": matchers, **self._way(route, where)}

    def _way(self, route: Mapping[str, Any], where: str) -> dict[str, str]:
        slack = _slack_of(route)
        channel = channel_of(self.found, self.channels, slack) if slack else self.channel
        policy = self.chains.known.get(str(route.get("escalation_chain_id")))
        if policy is None:
            policy = self.chains.made[0]["id"]
            self.notes.add(
                where,
                "a route without an escalation chain",
                "here an urgent alert calls somebody",
                f"it has “{policy}”: name another, or give its alerts the severity warning or info",
            )
        rotation = self.chains.first_rotation.get(policy, self.rotation)
        return {"channel": channel, "rotation": rotation, "policy": policy}


def _matchers(template: str) -> list[Matcher]:
    """The matchers of a template that compares labels with texts; none for any other."""
    inside = re.fullmatch(r"\s*\{\{(.*)\}\}\s*", template, re.DOTALL)
    parts = re.split(r"\s+and\s+", inside[1].strip()) if inside else []
    found = [_LABEL.fullmatch(part.strip()) for part in parts]
    if not all(found):
        return []
    return [
        Matcher(next(filter(None, each.groups()[:3])), each[5], False, each[4] == "==") for each in found if each
    ]


def _never_carried(source: Source, people: People, notes: Notes) -> None:
    if count := people.left_out():
        notes.add(
            source.file.name,
            f"{count} users",
            "no schedule and no chain names them",
            "add whom you want to approve",
        )
    notes.add(
        source.file.name,
        "how each person is notified (mobile app, phone, SMS), and templates of messages",
        "Goldilocks calls in Slack, with messages of its own",
        "for phones declare a pager, and name it in the policies or for a person (docs/escalation.md)",
    )
