"""Alertmanager's receivers: channels, pagers and policies. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.imports.draft import Notes, SourceError
from bot.imports.files import Source
from bot.imports.names import Channels, Ids
from core.config.places import Location

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
URGENT_TOO = ("warning", "info")
LOOKS = frozenset(("channel", "send_resolved", "api_url", "api_url_file", "http_config"))
FIRST_CHANNEL = "oncall"


@dataclass(frozen=True)
class Way:
    """Where a receiver's alerts go here; what Alertmanager drops goes into a digest."""

    channel: str
    policy: str
    dropped: bool = False
    calls_pager: bool = False


@dataclass
class Receivers:
    """All receivers by name. What routes do not need is not made."""

    source: Source
    values: Mapping[str, Any]
    channels: Channels
    notes: Notes
    pagers: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)
    drops: bool = False
    _ways: dict[str, Way] = field(default_factory=dict)
    _ids: Ids = field(default_factory=lambda: Ids("receiver"))
    _pager_ids: Ids = field(default_factory=lambda: Ids("pager"))

    def __post_init__(self) -> None:
        self._ids.of("\0page", "page")
        self.default = self._first_channel()
        for number, receiver in enumerate(self.values["receivers"]):
            at: Location = ("receivers", number)
            self._ways[receiver["name"]] = self._way(receiver, at)

    def way(self, name: str, at: Location) -> Way:
        if name not in self._ways:
            raise SourceError(
                f"{self.source.at(at)}: the receiver “{name}” is not among the receivers of the file"
            )
        return self._ways[name]

    def _first_channel(self) -> str:
        """The channel of the root's receiver, the first in Slack that there is, or one to be named."""
        root = self.values["route"].get("receiver")
        ordered = sorted(self.values["receivers"], key=lambda each: dict(each).get("name") != root)
        named = (name for each in ordered for name, _ in self._slack(each, ()))
        return self.channels.named(next(named, FIRST_CHANNEL))

    def _slack(self, receiver: Mapping[str, Any], at: Location) -> Iterator[tuple[str, Location]]:
        for number, each in enumerate(receiver.get("slack_configs") or []):
            here = (*at, "slack_configs", number)
            channel = each.get("channel", "")
            if channel and "{{" not in channel and not channel.startswith("@"):
                yield channel, here
            elif at:
                self.notes.add(
                    self.source.at(here),
                    f"the Slack channel “{channel}”",
                    "it is a template or a person, and here channels are declared",
                    f"the alerts go to “{self.default}”; declare a channel and a route for each value",
                )

    def _way(self, receiver: Mapping[str, Any], at: Location) -> Way:
        slack = list(self._slack(receiver, at))
        self._look(receiver, at)
        pagers = [*self._pagers(receiver, at)]
        self._others(receiver, at)
        channels = [self.channels.named(name) for name, _ in slack]
        channel = channels[0] if channels else self.default
        if not any(key.endswith("_configs") and value for key, value in receiver.items()):
            self._drops(receiver, at)
            return Way(channel, "page", dropped=True)
        if not pagers and len(set(channels)) < 2:
            return Way(channel, "page")
        return Way(channel, self._policy(receiver, channel, channels[1:], pagers), calls_pager=bool(pagers))

    def _drops(self, receiver: Mapping[str, Any], at: Location) -> None:
        self.drops = True
        self.notes.add(
            self.source.at(at),
            f"the receiver “{receiver['name']}”, which drops its alerts",
            "nothing is dropped here: they are told once a day in a digest, and what is critical calls",
            "leave it so, or take the alerts away at their rule",
        )

    def _policy(self, receiver: Mapping[str, Any], channel: str, others: list[str], pagers: list[str]) -> str:
        """Who is called by a pager there, at every severity, is called by it here; without one, by the rotation."""
        policy = self._ids.of(receiver["name"], receiver["name"])
        first: list[Any] = [{"webhook": each} for each in pagers] or ["primary"]
        posts = [{"channel": each} for each in dict.fromkeys(others) if each != channel]
        steps = [
            {"notify": [*first, *posts], "wait": timedelta(minutes=30)},
            {"notify": ["everyone", {"channel": channel, "mention": "here"}], "wait": timedelta(minutes=30)},
        ]
        made: dict[str, Any] = {"id": policy, "steps": steps}
        if pagers:
            made["by_severity"] = dict.fromkeys(URGENT_TOO, policy)
        self.policies.append(made)
        return policy

    def _pagers(self, receiver: Mapping[str, Any], at: Location) -> Iterator[str]:
        standard = (self.values.get("global") or {}).get("pagerduty_url") or PAGERDUTY
        for number, each in enumerate(receiver.get("pagerduty_configs") or []):
            here = (*at, "pagerduty_configs", number)
            pager = self._pager_ids.of(f"{receiver['name']}\0{number}", receiver["name"])
            variable = f"PAGER_{pager.upper().replace('-', '_')}"
            self.pagers[pager] = {
                "id": pager,
                "url": each.get("url") or standard,
                "routing_key": f"env:{variable}",
            }
            self.comments[f"pagers.{pager}"] = f"put the key of {self.source.at(here)} into {variable}"
            if each.get("service_key") or each.get("service_key_file"):
                self.notes.add(
                    self.source.at(here),
                    "a service_key",
                    "it is one of PagerDuty's older Events API v1",
                    f"add an integration “Events API V2” to the service, and put its key into {variable}",
                )
            yield pager

    def _look(self, receiver: Mapping[str, Any], at: Location) -> None:
        for number, each in enumerate(receiver.get("slack_configs") or []):
            if more := [key for key in each if key not in LOOKS]:
                self.notes.add(
                    self.source.at((*at, "slack_configs", number)),
                    f"how messages look ({', '.join(more)})",
                    "messages are Goldilocks's own",
                    "put what people need into the alert's annotations: title, summary, description",
                )

    def _others(self, receiver: Mapping[str, Any], at: Location) -> None:
        for key, configs in receiver.items():
            if not key.endswith("_configs") or key in ("slack_configs", "pagerduty_configs") or not configs:
                continue
            kind = key.removesuffix("_configs")
            remedy = {
                "email": "have people read the channel, or call them by a policy",
                "webhook": "have it read /api/v2/alerts, or receive a pager's events (PagerDuty's format)",
            }.get(kind, "use a pager, if it takes events in PagerDuty's format")
            self.notes.add(
                self.source.at((*at, key)),
                f"{len(configs)} {kind} of “{receiver['name']}”",
                f"Goldilocks sends to Slack and to pagers, and not by {kind}",
                f"{remedy}; the alerts go to the receiver's channel, or else to “{self.default}”",
            )
