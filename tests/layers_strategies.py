"""Rotations of layers and hours, and rotas with absences, near the changes of odd clocks."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from core.config.fields import Weekday
from core.config.rotation import DayOff, Rotation
from core.oncall.duty import Away
from core.oncall.rota import Rota

ZONES = {
    "America/New_York": [datetime(2013, 3, 10, 7, tzinfo=UTC), datetime(2013, 11, 3, 6, tzinfo=UTC)],
    "Australia/Lord_Howe": [datetime(2013, 4, 6, 15, tzinfo=UTC), datetime(2013, 10, 5, 15, tzinfo=UTC)],
    "Pacific/Apia": [datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2012, 3, 31, 14, tzinfo=UTC)],
    "Europe/Istanbul": [datetime(2016, 3, 27, 1, tzinfo=UTC), datetime(2016, 11, 6, 1, tzinfo=UTC)],
    "Africa/Casablanca": [datetime(2018, 6, 14, 2, tzinfo=UTC), datetime(2019, 5, 5, 2, tzinfo=UTC)],
    "America/Sao_Paulo": [datetime(2013, 10, 20, 3, tzinfo=UTC), datetime(2013, 2, 17, 2, tzinfo=UTC)],
}

PEOPLE = ["amina", "jonas", "leo", "maya"]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
clocks = st.sampled_from([(zone, at) for zone, changes in ZONES.items() for at in changes])
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))

windows = st.builds(
    lambda days, start, until: {"days": days, "from": start, "to": until},
    st.lists(st.sampled_from([day.value for day in Weekday]), max_size=5, unique=True),
    times,
    times,
)

members = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3)


@st.composite
def rotations(draw: st.DrawFn) -> tuple[Rotation, datetime]:
    """A rotation of up to three layers, and an instant near a change of its clock."""
    zone, change = draw(clocks)
    layers: list[dict[str, Any]] = [
        {
            "id": f"layer{number}",
            "members": draw(members),
            "every": draw(st.sampled_from(["12h", "1d"])),
            "handoff": {"at": draw(times)},
            "during": draw(st.lists(windows, max_size=2)),
        }
        for number in range(draw(st.integers(0, 2)))
    ]
    found = Rotation.model_validate(
        {
            "id": "flights",
            "title": "Flights",
            "timezone": zone,
            "every": draw(st.sampled_from(["8h", "1d", "1w"])),
            "handoff": {"at": draw(times)},
            "starts": date(2010, 1, 1),
            "members": draw(members),
            "channel": "oncall",
            "during": draw(st.lists(windows, max_size=2)),
            "layers": layers,
        }
    )
    off = draw(
        st.lists(st.builds(DayOff, st.sampled_from(PEOPLE), st.just(change.date()), st.just(zone)), max_size=3)
    )
    return found.with_days_off(off), change + draw(st.integers(-48 * 60, 48 * 60)) * MINUTE


@st.composite
def rotas(draw: st.DrawFn) -> tuple[Rota, datetime]:
    rotation, at = draw(rotations())
    who = draw(st.lists(st.sampled_from(PEOPLE), max_size=3))
    away = [
        Away(
            each,
            at - draw(st.integers(0, 9)) * MINUTE * 97,
            at + (1 + draw(st.integers(0, 9))) * MINUTE * 61,
            LONG_AGO,
        )
        for each in who
    ]
    return Rota(rotation, away), at
