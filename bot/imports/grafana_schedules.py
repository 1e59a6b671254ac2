"""Grafana OnCall's schedules as rotations. Pure.

Of shifts that overlap the one with the higher level decides; of the same level all are on call, and here one is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.imports.draft import Notes, SourceError
from bot.imports.grafana_files import Answers, Found
from bot.imports.grafana_shifts import CannotError, turns
from bot.imports.names import Channels, Ids, said
from bot.imports.people import People
from bot.imports.turns import MOST_LAYERS, Turns, overlap, rotation

ONCE = ("single_event", "override")
WEEK = timedelta(weeks=1)


@dataclass
class Schedules:
    """Reads every schedule; `ids` are those of the rotations by those of the schedules."""

    answers: Answers
    people: People
    channels: Channels
    notes: Notes
    now: datetime
    made: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    _names: Ids = field(default_factory=lambda: Ids("schedule"))

    def read(self, channel: str) -> None:
        for where, schedule in self.answers.of("schedules"):
            name = said(schedule.get("name") or schedule["id"], "On call")
            layers = (
                self._calendar(where, schedule) if schedule.get("type") == "ical" else self._turns(where, schedule)
            )
            if not layers:
                self.notes.add(
                    where, f"the schedule “{name}”", "no shift of it can be carried", "declare a rotation by hand"
                )
                continue
            rotation_id = self._names.of(schedule["id"], name)
            named = Ids("layer", {"": rotation_id})
            more = self._slack(schedule)
            where_to = more.pop("channel", channel)
            if calendar := self._address(where, schedule, rotation_id):
                more["import"] = calendar
            stack = [(named.new(each.name), each) for each in layers]
            self.made.append(rotation((rotation_id, name), where_to, stack, **more))
            self.ids[schedule["id"]] = rotation_id

    def _turns(self, where: str, schedule: Mapping[str, Any]) -> list[Turns]:
        found = [self._shift(where, each, schedule) for each in schedule.get("shifts") or []]
        leveled = sorted((each for each in found if each is not None), key=lambda each: each[0])
        for level, same in groupby(leveled, key=lambda each: each[0]):
            if met := overlap([each for _, each in same], self.now):
                self.notes.add(
                    where,
                    f"“{met[0].name}” and “{met[1].name}”, both of level {level}, are on call at the same time",
                    "one person is on call in a rotation",
                    f"“{met[1].name}” is, in its hours: make two rotations, and name both in a step",
                )
        layers = [each for _, each in leveled]
        if len(layers) > MOST_LAYERS + 1:
            self.notes.add(
                where, f"the {len(layers) - MOST_LAYERS - 1} shifts of the lowest level",
                f"a rotation has {MOST_LAYERS} layers at most", "look whether they ever decide",
            )  # fmt: skip
        return layers[-MOST_LAYERS - 1 :]

    def _shift(self, where: str, shift_id: str, schedule: Mapping[str, Any]) -> tuple[int, Turns] | None:
        shift = self.answers.by_id("on_call_shifts", shift_id)
        if shift is None:
            raise SourceError(
                f"{where}: its shift {shift_id} is in no file; fetch all on_call_shifts, with every page"
            )
        at, values = shift
        zone = _zone(values.get("time_zone") or schedule.get("time_zone") or "UTC", at)
        if values.get("type") in ONCE:
            self._once(at, values, zone)
            return None
        if not self._in_force(at, values, zone):
            return None
        try:
            groups = self._groups(at, values)
            name = said(str(values.get("name") or "shift"), "shift")
            made = turns(values, name, groups, zone.key)
        except (CannotError, ValueError) as error:
            self.notes.add(
                at,
                "this shift",
                str(error),
                "declare it by hand, or import the schedule's calendar (docs/rotations.md)",
            )
            return None
        self._too_long(at, values, len(set(groups)))
        return int(values.get("level") or 0), made

    def _groups(self, at: str, values: Mapping[str, Any]) -> list[str]:
        """One person of each group that is on call together."""
        groups = (
            values.get("rolling_users") if values.get("type") == "rolling_users" else [values.get("users") or []]
        )
        found = []
        for group in groups or []:
            people = [person for each in group if (person := self.people.of(each, at))]
            if len(people) > 1:
                self.notes.add(
                    at,
                    f"{len(people)} people on call together ({', '.join(people)})",
                    "one person is on call in a rotation",
                    f"{people[0]} is: make a rotation of the others, and name both in a step",
                )
            found += people[:1]
        return found

    def _too_long(self, at: str, values: Mapping[str, Any], groups: int) -> None:
        period = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": WEEK}[
            str(values["frequency"])
        ]
        turn = period * int(values.get("interval") or 1)
        if groups > 1 and timedelta(seconds=int(values["duration"])) > turn:
            self.notes.add(
                at, "its shifts are longer than its turns", "two would be on call at the same time",
                "here each is until the next begins: look whether that suits you",
            )  # fmt: skip

    def _in_force(self, at: str, values: Mapping[str, Any], zone: ZoneInfo) -> bool:
        until = values.get("until")
        if until and _at(until, zone, at) <= self.now:
            self.notes.add(at, "a shift that has ended", "it is over", "nothing")
            return False
        begins = _at(max(values["start"], values.get("rotation_start") or values["start"]), zone, at)
        if begins > self.now:
            self.notes.add(
                at, f"it begins on {begins:%Y-%m-%d}", "layers have no beginning here",
                "import again after that day, or change the rotation then",
            )  # fmt: skip
            return False
        if until:
            self.notes.add(
                at, f"it ends on {_at(until, zone, at):%Y-%m-%d}", "layers have no end here",
                "take it out of the rotation then",
            )  # fmt: skip
        return True

    def _once(self, at: str, values: Mapping[str, Any], zone: ZoneInfo) -> None:
        start = _at(values["start"], zone, at)
        end = start + timedelta(seconds=int(values.get("duration") or 0))
        if end > self.now:
            who = (
                ", ".join(filter(None, (self.people.of(each, at) for each in values.get("users") or [])))
                or "nobody"
            )
            self.notes.add(
                at, f"{who} from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC",
                "what happens once is said in Slack", "type it there: /oncall override",
            )  # fmt: skip
        else:
            self.notes.add(at, "something that happened once", "it is over", "nothing")

    def _calendar(self, where: str, schedule: Mapping[str, Any]) -> list[Turns]:
        """Who is on call between the events of its calendar: nobody there, somebody here."""
        ids = [*(schedule.get("on_call_now") or []), *(each["id"] for _, each in self.answers.of("users"))]
        members = [person for each in ids[:1] if (person := self.people.of(str(each), where))]
        for _, each in self.answers.of("users"):  # whom its events may name
            self.people.of(each["id"], where)
        self.notes.add(
            where, "nobody is on call between the events of its calendar", "a rotation has members here",
            "put those there who are to be called then",
        )  # fmt: skip
        monday = datetime.combine(self.now.date() - timedelta(days=self.now.weekday()), datetime.min.time())
        return [Turns("calendar", tuple(members), WEEK, monday, "UTC")] if members else []

    def _address(self, where: str, schedule: Mapping[str, Any], rotation_id: str) -> str | None:
        """The calendar that goes before the layers; its address may be secret, so it stays out of the file."""
        primary, overrides = schedule.get("ical_url_primary"), schedule.get("ical_url_overrides")
        address = primary or overrides
        if primary and overrides:
            self.notes.add(
                where, "its calendar of overrides", "a rotation reads one calendar here",
                "put its events into the first, or say them in Slack: /oncall import",
            )  # fmt: skip
        if not address:
            return None
        variable = f"{rotation_id.upper().replace('-', '_')}_CALENDAR"
        variable = variable if variable[0].isalpha() else f"CALENDAR_{variable}"
        self.comments[f"rotations.{rotation_id}"] = (
            f"set {variable} to the calendar's address, which is in {where}"
        )
        return f"env:{variable}"

    def _slack(self, schedule: Mapping[str, Any]) -> dict[str, str]:
        slack, found = schedule.get("slack") or {}, {}
        if slack.get("channel_id"):
            found["channel"] = channel_of(self.answers, self.channels, slack["channel_id"])
        group = str(slack.get("user_group_id") or "")
        if group.startswith("S") and group.isalnum() and group.isupper() and len(group) > 2:
            found["user_group"] = group
        return found


def channel_of(answers: Answers, channels: Channels, slack_id: str) -> str:
    """A channel by its id in Slack, with the name that slack_channels give it."""
    known: Found | None = answers.by_id("slack_channels", slack_id)
    return channels.by_id(slack_id, str(known[1].get("name") or slack_id) if known else slack_id)


def _zone(name: str, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(f"{where}: “{name}” is not a time zone") from None


def _at(text: str, zone: ZoneInfo, where: str) -> datetime:
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=zone)
    except ValueError:
        raise SourceError(f"{where}: “{text}” is not a time") from None
