"""A picture of the coming weeks: a row for each rotation, a bar for each stretch of one person, gaps in red."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.evaluation.charts.style import (
    CARD,
    GRID,
    MUTED,
    ON_PEOPLE,
    PEOPLE,
    RED,
    SMALL,
    WIDTH,
    card,
    panel,
    save,
    write,
)
from core.oncall.notices import Stint
from core.text import shorten

ROW, HEAD, FOOT = 0.86, 0.62, 0.54
"""Inches: a rotation's row, the title above, the days below."""

CHARACTER = 0.13
"""About how wide a character is, in inches, to see whether a name fits its bar."""

MOST_NAMES, FEW_WEEKS = 5, 2.5
"""How many Mondays have room for their names, and of fewer weeks than how many Thursdays have, too."""

EDGE = timedelta(days=1)
"""A day that is nearer to either end has a line and no name: the picture would cut it."""


@dataclass(frozen=True)
class Row:
    """A rotation's title and who is on call in it, by their shown names (None: nobody)."""

    title: str
    stints: Sequence[Stint]


def draw(rows: Sequence[Row], start: datetime, end: datetime, zone: str, path: Path) -> Path:
    """Write the picture of `[start, end)`, its days in `zone`, to `path`."""
    height = HEAD + ROW * len(rows) + FOOT
    figure = card(height)
    write(
        figure,
        0.3,
        height - 0.42,
        f"On call, {start.astimezone(ZoneInfo(zone)):%-d %B} and {spoken_days(end - start)} on",
        fontsize=15,
    )
    axes = panel(figure, 0.3, FOOT, WIDTH - 0.3, height - HEAD)
    axes.set_xlim(0.0, (end - start) / timedelta(days=1))
    axes.set_ylim(len(rows), 0.0)
    axes.set_yticks([])
    _days(axes, start, end, zone)
    colors = _colors(rows)
    for index, row in enumerate(rows):
        axes.text(0.0, index + 0.2, shorten(row.title, 48), fontsize=SMALL, color=MUTED, parse_math=False)
        for stint in row.stints:
            _bar(axes, index, stint, start, colors)
    return save(figure, path)


def spoken_days(length: timedelta) -> str:
    """`two weeks`, `5 weeks`, `10 days`."""
    weeks, days = divmod(round(length / timedelta(days=1)), 7)
    if days:
        return f"{weeks * 7 + days} day{'s' * (weeks * 7 + days > 1)}"
    return {1: "a week", 2: "two weeks"}.get(weeks, f"{weeks} weeks")


def _colors(rows: Sequence[Row]) -> dict[str | None, str]:
    """A colour for each person, the same in every row."""
    people = dict.fromkeys(stint.person for row in rows for stint in row.stints if stint.person)
    return {person: PEOPLE[number % len(PEOPLE)] for number, person in enumerate(people)}


def _bar(axes: Any, index: int, stint: Stint, start: datetime, colors: dict[str | None, str]) -> None:
    left, width = (stint.start - start) / timedelta(days=1), (stint.end - stint.start) / timedelta(days=1)
    gap = stint.person is None
    face, hatch = (CARD, "////") if gap else (colors[stint.person], None)
    axes.barh(index + 0.58, width, left=left, height=0.52, color=face, edgecolor=RED if gap else CARD, hatch=hatch)
    name = _fitting(stint.person, int(width / axes.get_xlim()[1] * (WIDTH - 0.6) / CHARACTER))
    style = {"color": ON_PEOPLE, "fontsize": SMALL, "va": "center", "ha": "center"}
    axes.text(left + width / 2, index + 0.58, name, parse_math=False, clip_on=True, **style)


def _fitting(name: str | None, room: int) -> str:
    """A name as far as there is room for it: all of it, its first letter, or nothing; a gap's hatching says it all."""
    if name is None:
        return ""
    return name if len(name) < room else name[:1] if room else ""


def _days(axes: Any, start: datetime, end: datetime, zone: str) -> None:
    """A line at each midnight of `zone`, of many weeks at each Monday's; named are Mondays and, of few, Thursdays,
    no more than have room."""
    local, weeks = start.astimezone(ZoneInfo(zone)), (end - start) / timedelta(weeks=1)
    day, ticks, names = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0), [], []
    apart, mondays = max(1, ceil(weeks / MOST_NAMES)), 0
    while (day := day + timedelta(days=1)) < end:
        at, monday = (day - start) / timedelta(days=1), day.weekday() == 0
        if monday or weeks <= MOST_NAMES:
            axes.axvline(at, color=GRID, linewidth=1, zorder=0)
        mondays += monday
        named = (monday and mondays % apart == 0) or (day.weekday() == 3 and weeks < FEW_WEEKS)
        if named and min(day - start, end - day) >= EDGE:
            ticks.append(at)
            names.append(f"{day:%a %-d %b}")
    axes.set_xticks(ticks, names)
