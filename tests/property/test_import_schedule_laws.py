"""Imported schedules, hour by hour over eight weeks in which clocks change, against what their tools document."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.imports import grafana_oncall, pagerduty
from bot.imports.draft import Draft, SourceError
from bot.imports.files import Source
from core.oncall.rota import Rota
from tests.imports_oracles import grafana, hours, near_a_change
from tests.imports_oracles import pagerduty as by_hand

CLOCKS = st.sampled_from(
    [
        ("Europe/Berlin", datetime(2026, 3, 1, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 5, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 3, 9, tzinfo=UTC)),
        ("UTC", datetime(2026, 3, 1, tzinfo=UTC)),
    ]
)
USERS = ["ada", "bo", "cy", "di", "eve"]
QUEUES = st.lists(st.sampled_from(USERS), min_size=1, max_size=4)
TIMES = st.sampled_from(["00:00:00", "08:00:00", "09:30:00", "22:00:00"])
HOUR = 3_600
LAWS = settings(max_examples=20, deadline=None)


class Ours:
    """Who is on call by an imported rotation."""

    def __init__(self, made: Draft, start: datetime) -> None:
        (rotation,) = made.team.rotations
        self._duties = Rota(rotation).between(start, start + timedelta(weeks=8, hours=1))
        self._starts = [duty.start for duty in self._duties]

    def at(self, instant: datetime) -> str | None:
        return self._duties[bisect_right(self._starts, instant) - 1].primary


def source(values: Any) -> Source:
    return Source(Path("all.json"), values)


restrictions = st.one_of(
    st.just([]),
    st.lists(
        st.builds(
            lambda at, hours_: {
                "type": "daily_restriction",
                "start_time_of_day": at,
                "duration_seconds": hours_ * HOUR,
            },
            TIMES,
            st.integers(1, 24),
        ),
        min_size=1,
        max_size=2,
    ),
    st.lists(
        st.builds(
            lambda at, day, hours_: {
                "type": "weekly_restriction",
                "start_time_of_day": at,
                "start_day_of_week": day,
                "duration_seconds": hours_ * HOUR,
            },
            TIMES,
            st.integers(1, 7),
            st.sampled_from([8, 24, 30, 62, 120, 168]),
        ),
        min_size=1,
        max_size=3,
    ),
)


@st.composite
def pagerduty_schedules(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    zone, start = draw(CLOCKS)
    layers = [
        {
            "id": f"L{number}",
            "name": "Layer",
            "start": "2026-01-01T00:00:00+00:00",
            "end": draw(st.sampled_from([None, None, "2026-01-05T00:00:00+00:00"])),
            "rotation_virtual_start": f"2026-01-{draw(st.integers(1, 9)):02}T{draw(TIMES)}+00:00",
            "rotation_turn_length_seconds": draw(st.sampled_from([8, 12, 24, 48, 168, 336])) * HOUR,
            "users": [{"user": {"id": who}} for who in draw(QUEUES)],
            "restrictions": draw(restrictions),
        }
        for number in range(draw(st.integers(1, 4)))
    ]
    return {"id": "S", "name": "Primary", "time_zone": zone, "schedule_layers": layers}, start


@LAWS
@given(pagerduty_schedules())
def test_pagerdutys_layers(case: tuple[dict[str, Any], datetime]) -> None:
    schedule, start = case
    assume(any(not layer["end"] for layer in schedule["schedule_layers"]))
    users = [{"id": who, "name": who, "email": f"{who}@example.com"} for who in USERS]
    made = pagerduty.draft([source({"schedules": [schedule], "users": users})], "team", {}, start)
    ours = Ours(made, start)
    for at in hours(start):
        if not near_a_change([schedule["time_zone"]], at):
            assert ours.at(at) == by_hand(schedule, at), at.isoformat()


@st.composite
def grafana_shifts(draw: st.DrawFn, number: int) -> dict[str, Any]:
    frequency = draw(st.sampled_from(["hourly", "daily", "weekly"]))
    days = st.lists(
        st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=7, unique=True
    )
    by_day = draw(st.one_of(st.none(), days)) if frequency != "hourly" else None
    interval = draw(st.sampled_from([4, 8, 12] if frequency == "hourly" else [1, 1, 2]))
    period = {"hourly": HOUR, "daily": 24 * HOUR, "weekly": 168 * HOUR}[frequency] * interval
    short = 24 * HOUR if by_day else period
    lasts = draw(
        st.sampled_from([each for each in (4 * HOUR, 10 * HOUR, 24 * HOUR, 120 * HOUR, period) if each <= short])
    )
    queue = draw(QUEUES)
    return {
        "id": f"O{number}",
        "name": f"shift {number}",
        "type": "rolling_users",
        "level": number,
        "start": f"2026-01-{draw(st.integers(1, 9)):02}T{draw(TIMES)}",
        "duration": lasts,
        "frequency": frequency,
        "interval": interval,
        "by_day": by_day,
        "week_start": draw(st.sampled_from(["MO", "SU", "SA"])),
        "time_zone": draw(st.sampled_from([None, "Europe/Berlin"])),
        "rolling_users": [[who] for who in queue],
        "start_rotation_from_user_index": draw(st.integers(0, len(queue) - 1)),
    }


@st.composite
def grafana_schedules(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]], datetime]:
    zone, start = draw(CLOCKS)
    return zone, [draw(grafana_shifts(number)) for number in range(draw(st.integers(1, 3)))], start


@LAWS
@given(grafana_schedules())
def test_grafana_oncalls_shifts(case: tuple[str, list[dict[str, Any]], datetime]) -> None:
    zone, shifts, start = case
    made = _imported(zone, shifts, start)
    assume(made is not None)
    assert made is not None
    left = {each["id"] for each in shifts if any(each["name"] in note.where for note in made.notes)}
    ours = Ours(made, start)
    theirs = grafana([each for each in shifts if each["id"] not in left], zone, start, start + timedelta(weeks=8))
    for at in hours(start):
        if not near_a_change([zone, "Europe/Berlin"], at):
            assert {ours.at(at)} - {None} == theirs.at(at), at.isoformat()


def _imported(zone: str, shifts: Sequence[dict[str, Any]], now: datetime) -> Draft | None:
    """None where no shift can be carried."""
    schedule = {"id": "S", "name": "Primary", "type": "web", "time_zone": zone, "on_call_now": []}
    found = {
        "users": [{"id": who, "username": who, "email": f"{who}@example.com"} for who in USERS],
        "on_call_shifts": list(shifts),
        "schedules": [{**schedule, "shifts": [each["id"] for each in shifts]}],
    }
    answers = [Source(Path(f"{name}.json"), {"results": values}) for name, values in found.items()]
    try:
        return grafana_oncall.draft(answers, "team", {}, now)
    except SourceError:
        return None
