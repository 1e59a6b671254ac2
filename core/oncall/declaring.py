"""A rotation as the YAML declared it, in plain values that can be kept, and read again when the YAML is another one."""

import json
from datetime import date, time, timedelta
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from core.config.rotation import DayOff, Rotation


def kept(rotation: Rotation) -> dict[str, Any]:
    """The rotation with its people's holidays, and who is in the team, as plain values."""
    values = {
        "rotation": rotation.model_dump(by_alias=True, exclude_unset=True),
        "people": sorted(rotation.people),
        "days_off": [[each.person, each.day, each.timezone] for each in rotation.days_off],
    }
    plain: dict[str, Any] = json.loads(json.dumps(values, default=_plain))
    return plain


def digest(rotation: Rotation) -> str:
    """Equal for rotations that are declared alike, in teams of the same people."""
    whole = f"{rotation.model_dump_json(exclude={'was'})}{rotation.days_off}{sorted(rotation.people)}"
    return sha256(whole.encode()).hexdigest()


def read(values: dict[str, Any]) -> Rotation | None:
    """The rotation that `kept` kept; None where it is one that this version cannot read any more."""
    try:
        found = Rotation.model_validate(values["rotation"]).within(values["people"])
        days = [DayOff(who, date.fromisoformat(day), zone) for who, day, zone in values["days_off"]]
    except (ValidationError, KeyError, TypeError, ValueError):
        return None
    return found.with_days_off(days)


def _plain(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())}s"
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that a rotation declares")
