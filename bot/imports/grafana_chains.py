"""Grafana OnCall's escalation chains as policies. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from bot.imports.draft import Notes
from bot.imports.grafana_files import Answers
from bot.imports.names import Ids
from bot.imports.people import People
from bot.imports.steps import a_page, ends_in_somebody
from core.config.fields import Weekday

LAST_WAIT = timedelta(minutes=30)
ROUNDS = 5
"""How often a chain is repeated there, at most."""

Step = dict[str, Any]


@dataclass
class Chains:
    """Reads every chain; `known` are the ids of the policies by those of the chains."""

    answers: Answers
    people: People
    rotations: Mapping[str, str]
    notes: Notes
    made: list[dict[str, Any]] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    first_rotation: dict[str, str] = field(default_factory=dict)
    _ids: Ids = field(default_factory=lambda: Ids("policy"))

    def read(self, channels: Mapping[str, str], default: str) -> None:
        """`channels` are those to which a chain's alerts go."""
        for where, chain in self.answers.of("escalation_chains"):
            policy = self._ids.of(chain["id"], chain.get("name") or chain["id"])
            self.known[chain["id"]] = policy
            reader = _Chain(self, policy, channels.get(chain["id"], default))
            self.made.append(reader.read(where, self._steps(chain["id"])))
        if not self.made:
            self.made.append(a_page(default))

    def _steps(self, chain_id: str) -> list[tuple[str, dict[str, Any]]]:
        found = [
            each for each in self.answers.of("escalation_policies") if each[1]["escalation_chain_id"] == chain_id
        ]
        return sorted(found, key=lambda each: int(each[1].get("position") or 0))


class _Chain:
    """Their steps notify or wait; ours notify and then wait."""

    def __init__(self, chains: Chains, policy: str, channel: str) -> None:
        self._all, self._policy, self._channel = chains, policy, channel
        self._steps: list[Step] = []
        self._notify: list[dict[str, str]] = []
        self._hours: dict[str, Any] | None = None
        self._repeat = 0

    def read(self, where: str, policies: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        for at, step in policies:
            self._one(at, step)
            if self._repeat:
                break
        self._flush(LAST_WAIT)
        steps = ends_in_somebody(self._steps, self._channel, where, self._all.notes)
        return {"id": self._policy, "steps": steps, **({"repeat": self._repeat} if self._repeat else {})}

    def _one(self, at: str, step: Mapping[str, Any]) -> None:
        kind = str(step.get("type"))
        if kind == "wait":
            self._wait(at, timedelta(seconds=int(step.get("duration") or 300)))
        elif kind == "notify_if_time_from_to":
            self._flush(timedelta(0))
            self._hours = _hours(step)
        elif kind == "repeat_escalation":
            self._repeat = ROUNDS
        else:
            self._notify += [each for each in self._targets(kind, at, step) if each not in self._notify]

    def _wait(self, at: str, span: timedelta) -> None:
        if self._notify:
            self._flush(span)
        elif self._steps:
            self._steps[-1]["wait"] += span
        else:
            self._note(at, f"a wait of {span} before anybody is called", "here the first step is taken at once",
                       "say `wait` in the route, if that is meant")  # fmt: skip

    def _flush(self, wait: timedelta) -> None:
        if self._notify:
            hours = {"hours": self._hours} if self._hours else {}
            self._steps.append({"notify": self._notify, "wait": wait, **hours})
            self._notify = []

    def _targets(self, kind: str, at: str, step: Mapping[str, Any]) -> list[dict[str, str]]:
        if kind == "notify_persons":
            return self._persons(at, step.get("persons_to_notify"))
        if kind == "notify_person_next_each_time":
            found = self._persons(at, step.get("persons_to_notify_next_each_time"))
            if len(found) > 1:
                self._note(at, "another person each time", "a step calls all that it names",
                           f"it calls {found[0]['person']}: make a rotation of them, and name that")  # fmt: skip
            return found[:1]
        if kind == "notify_on_call_from_schedule":
            return self._rotation(at, str(step.get("notify_on_call_from_schedule")))
        if kind == "notify_whole_channel":
            return [{"channel": self._channel, "mention": "channel"}]
        if kind == "notify_user_group":
            return self._group(at, step.get("group_to_notify"))
        self._note(at, f"the step {kind}", "there is none like it here",
                   "a pager, a digest or /alerts may do what it did")  # fmt: skip
        return []

    def _persons(self, at: str, users: Any) -> list[dict[str, str]]:
        found = (self._all.people.of(str(each), at) for each in users or [])
        return [{"person": each} for each in found if each]

    def _rotation(self, at: str, schedule: str) -> list[dict[str, str]]:
        rotation = self._all.rotations.get(schedule)
        if rotation is None:
            self._note(
                at, f"the schedule {schedule}", "it was not carried over, or no file has it", "name who is called"
            )
            return []
        self._all.first_rotation.setdefault(self._policy, rotation)
        return [{"rotation": rotation}]

    def _group(self, at: str, group: Any) -> list[dict[str, str]]:
        known = self._all.answers.by_id("user_groups", group)
        slack = str(((known[1] if known else {}).get("slack") or {}).get("id") or "")
        if not slack.startswith("S"):
            self._note(
                at, f"the user group {group}", "no file says which it is in Slack", "fetch user_groups, too"
            )
            return []
        return [{"channel": self._channel, "mention": slack}]

    def _note(self, at: str, what: str, why: str, remedy: str) -> None:
        self._all.notes.add(f"{at} of “{self._policy}”", what, why, remedy)


def _hours(step: Mapping[str, Any]) -> dict[str, Any] | None:
    """From here on the chain goes on only in these hours (UTC), whatever the severity."""
    start, end = (_clock(step.get(f"notify_if_time_{each}")) for each in ("from", "to"))
    if start is None or end is None or start == end:
        return None
    return {"start": start, "end": end, "days": list(Weekday), "timezone": "UTC", "ignored_for": []}


def _clock(text: Any) -> time | None:
    try:
        return time.fromisoformat(str(text)).replace(tzinfo=None)
    except ValueError:
        return None
