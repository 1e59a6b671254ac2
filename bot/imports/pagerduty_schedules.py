"""PagerDuty's schedules as rotations. Pure.

Of several layers the last one in PagerDuty decides; its API lists them the other way round, the last one first. A turn
is handed over at the same time of the day before and after clocks change.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.imports.draft import Notes, SourceError
from bot.imports.names import Ids, said
from bot.imports.pagerduty_files import Objects
from bot.imports.people import People
from bot.imports.turns import MOST_LAYERS, Hours, Turns, each_day, each_week, fits, merged, overlap, rotation
from core.text import plural


@dataclass
class Rotations:
    """The rotations, and the id of each by that of its schedule."""

    made: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)


def rotations(found: Objects, people: People, channel: str, notes: Notes, now: datetime) -> Rotations:
    all_of_them, ids = Rotations(), Ids("schedule")
    for where, schedule in found.schedules:
        if "schedule_layers" not in schedule:
            raise SourceError(
                f"{where}: its layers are missing: fetch it with include[]=schedule_layers (docs/coming-from.md)"
            )
        reader = _Schedule(where, schedule, people, notes, now)
        turns = reader.turns()
        name = said(schedule.get("name") or schedule["id"], "On call")
        if not turns:
            notes.add(
                where, f"the schedule “{name}”", "no layer of it can be carried", "declare a rotation by hand"
            )
            continue
        rotation_id = ids.of(schedule["id"], name)
        layers = Ids("layer", {"": rotation_id})
        named = [(layers.new(each.name), each) for each in turns]
        all_of_them.made.append(rotation((rotation_id, name), channel, named))
        all_of_them.ids[schedule["id"]] = rotation_id
    return all_of_them


class _Schedule:
    def __init__(self, where: str, values: Mapping[str, Any], people: People, notes: Notes, now: datetime) -> None:
        self._where, self._values, self._people, self._notes, self._now = where, values, people, notes, now
        self._zone = _zone(str(values.get("time_zone") or "UTC"), where)

    def turns(self) -> list[Turns]:
        """The layers that are in force, the base first."""
        layers = self._values["schedule_layers"] or []
        ended = [each for each in layers if each.get("end") and self._at(each["end"]) <= self._now]
        if ended:
            self._note("", f"{plural(len(ended), 'layer')} in the past", "it is over", "nothing")
        here = [each for each in reversed(layers) if each not in ended and self._in_force(each)]
        found = [turns for each in here if (turns := self._layer(each)) is not None]
        if len(found) > MOST_LAYERS + 1:
            self._note(
                "", f"the {len(found) - MOST_LAYERS - 1} lowest layers", f"a rotation has {MOST_LAYERS} layers at most",
                "look whether they ever decide",
            )  # fmt: skip
        if overlap(found, self._now):
            self._note(
                "", "which of its layers decides",
                "it was taken to be the last in PagerDuty, which its API lists first",
                "compare `/oncall schedule` with the Final Schedule there",
            )  # fmt: skip
        self._overrides()
        return found[-MOST_LAYERS - 1 :]

    def _in_force(self, layer: Mapping[str, Any]) -> bool:
        name = layer.get("name") or layer.get("id")
        if layer.get("start") and self._at(layer["start"]) > self._now:
            self._note(
                f", layer “{name}”", f"it begins on {self._at(layer['start']):%Y-%m-%d}",
                "layers have no beginning here", "import again after that day, or change the rotation then",
            )  # fmt: skip
            return False
        if layer.get("end"):
            self._note(
                f", layer “{name}”", f"it ends on {self._at(layer['end']):%Y-%m-%d}", "layers have no end here",
                "take it out of the rotation then",
            )  # fmt: skip
        return True

    def _layer(self, layer: Mapping[str, Any]) -> Turns | None:
        name = said(str(layer.get("name") or "layer"), "layer")
        here = f"{self._where}, layer “{name}”"
        every = timedelta(seconds=int(layer.get("rotation_turn_length_seconds") or 0))
        if not fits(every):
            self._note(
                f", layer “{name}”", f"turns of {every}",
                "turns are whole days or weeks here, or hours that divide a day",
                "choose such a length, and declare the layer by hand",
            )  # fmt: skip
            return None
        users = [str((each.get("user") or each).get("id")) for each in layer.get("users") or []]
        members = tuple(person for each in users if (person := self._people.of(each, here)))
        if not members:
            self._note(f", layer “{name}”", "it has nobody", "a layer needs people here", "nothing, or add them")
            return None
        begins = self._at(layer["rotation_virtual_start"]).astimezone(self._zone).replace(tzinfo=None)
        during = merged(list(_hours(layer.get("restrictions") or [])))
        return Turns(name, members, every, begins, self._zone.key, tuple(during))

    def _overrides(self) -> None:
        sub = self._values.get("overrides_subschedule") or {}
        for each in (*(self._values.get("overrides") or []), *(sub.get("rendered_schedule_entries") or [])):
            start, end = self._at(each["start"]), self._at(each["end"])
            if end > self._now:
                who = said(str((each.get("user") or {}).get("summary") or (each.get("user") or {}).get("id")), "?")
                self._note(
                    "", f"the override of {who}, {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC",
                    "overrides are made in Slack", "type it there: /oncall override",
                )  # fmt: skip

    def _at(self, text: str) -> datetime:
        try:
            found = datetime.fromisoformat(str(text))
        except ValueError:
            raise SourceError(f"{self._where}: “{text}” is not a time") from None
        return (found if found.tzinfo else found.replace(tzinfo=self._zone)).astimezone(UTC)

    def _note(self, place: str, what: str, why: str, remedy: str) -> None:
        self._notes.add(f"{self._where}{place}", what, why, remedy)


def _zone(name: str, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(f"{where}: “{name}” is not a time zone") from None


def _hours(restrictions: Iterable[Mapping[str, Any]]) -> Iterator[Hours]:
    """The hours to which a layer is restricted; none where one of them is all the time."""
    found: list[Hours] = []
    for each in restrictions:
        start = time.fromisoformat(str(each.get("start_time_of_day") or "00:00:00")).replace(tzinfo=None)
        lasts = timedelta(seconds=int(each.get("duration_seconds") or 0))
        weekly = each.get("type") == "weekly_restriction"
        hours = (
            each_week(int(each.get("start_day_of_week") or 1) - 1, start, lasts)
            if weekly
            else each_day(start, lasts)
        )
        if not hours:
            return
        found += hours
    yield from found
