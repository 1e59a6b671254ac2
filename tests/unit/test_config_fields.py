"""What the YAML's own types take and refuse: durations, times, ids, references to secrets, calendars, bounds."""

from datetime import time, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from core.config.bounds import ColumnBounds
from core.config.fields import LONGEST, CalendarRef, Duration, Id, Name, SecretRef, TimeOfDay, ZoneName


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        (Duration, f"{LONGEST.days}d", LONGEST),
        (Duration, "1H 30m", timedelta(hours=1.5)),
        (TimeOfDay, "09:30", time(9, 30)),
        (Id, "a" * 63, "a" * 63),
        (Id, "0-night_shift", "0-night_shift"),
        (Name, " Maya Chen ", "Maya Chen"),
        (ZoneName, "Europe/Berlin", "Europe/Berlin"),
        (SecretRef, "env:KEY_2", "env:KEY_2"),
        (SecretRef, "file:/run/key", "file:/run/key"),
        (CalendarRef, "https://calendar.example.com/flights.ics", "https://calendar.example.com/flights.ics"),
        (CalendarRef, "holidays/de.ics", "holidays/de.ics"),
        (CalendarRef, "env:CALENDAR", "env:CALENDAR"),
    ],
)
def test_what_is_well_written_is_read(kind: Any, written: Any, read: Any) -> None:
    assert TypeAdapter(kind).validate_python(written) == read


@pytest.mark.parametrize(
    ("kind", "written", "says"),
    [
        (Duration, f"{LONGEST.days}d1s", "is longer than 3660 days"),
        (TimeOfDay, "25:00", "is not a time of day"),
        (TimeOfDay, "09:00+01:00", "has a zone of its own"),
        (Id, "a" * 64, "is not an id"),
        (Id, "Flights", "is not an id"),
        (Id, "-flights", "is not an id"),
        (Id, "", "is not an id"),
        (Name, " ", "this is blank"),
        (ZoneName, "America", "is not a time zone"),
        (SecretRef, "hunter2", "this is no reference to a secret"),
        (SecretRef, "env:2KEY", "this is no reference to a secret"),
        (SecretRef, "file:", "this is no reference to a secret"),
        (CalendarRef, "ftp://calendar.example.com/a.ics", "read by http"),
        (CalendarRef, "https://me:hunter2@calendar.example.com/a.ics", "without a password"),
        (CalendarRef, "env:", "this is no reference to a secret"),
        (CalendarRef, "", "name a calendar"),
        (CalendarRef, "a\nb", "name a calendar"),
    ],
)
def test_what_is_not_is_refused_in_words_that_keep_a_secret(kind: Any, written: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as caught:
        TypeAdapter(kind).validate_python(written)
    if kind in (SecretRef, CalendarRef):
        assert "hunter2" not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "bounds", [{"min": 1, "max": 1}, {"min": 2}, {"max": -1}, {"nulls": 0}, {"nulls": 1}, {"values": [1]}]
)
def test_a_bound_may_be_anything_that_can_be_kept(bounds: dict[str, Any]) -> None:
    kept = ColumnBounds.model_validate(bounds).model_dump(exclude_none=True, mode="json")
    assert kept == {name: ["1"] if name == "values" else value for name, value in bounds.items()}


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ({"min": 2, "max": 1}, "min is above max"),
        ({}, "no bound is given"),
        ({"nulls": 1.1}, "less than or equal"),
    ],
)
def test_a_bound_that_nothing_can_keep_is_refused(bounds: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ColumnBounds.model_validate(bounds)
