"""A plot that stretches with the page: the drawing scales, its lines and its words do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, isfinite, log10
from statistics import fmean
from typing import TypeVar

from core.evaluation.backtest.html.markup import number, path, tag, text, void

WIDE, HIGH = 1000.0, 100.0
"""Units of the drawing; the page stretches them to whatever room there is."""
MOST_POINTS = 600
"""Points of a line or band; of more windows as many in a row as it takes are drawn as their mean, since a screen has no
more room."""
Point = tuple[float, float]
Figures = TypeVar("Figures", bound=tuple[float, ...])


@dataclass(frozen=True)
class Scale:
    """From values to the drawing: `low` lies at the bottom, `high` at the top; x counts windows from 0 to `count`."""

    low: float
    high: float
    count: int

    def x(self, index: float) -> float:
        return WIDE * (index + 0.5) / max(1, self.count)

    def y(self, value: float) -> float:
        """Values outside are drawn at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return HIGH * (1 - min(1.0, max(0.0, share)))


def scale_of(
    values: Sequence[float], count: int, floor_at: float | None = None, top: float | None = None
) -> Scale:
    """Room for all finite values, with a little air, not beyond `floor_at` and `top`."""
    finite = [value for value in values if isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    air = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    low, high = low - air, high + air
    if floor_at is not None:
        low = max(low, floor_at)
    if top is not None:
        high = min(high, top)
    return Scale(low, high if high > low else low + 1.0, count)


def ticks(scale: Scale, most: int = 5) -> list[float]:
    """Round numbers within the scale."""
    span = scale.high - scale.low
    step = 10 ** floor(log10(span / most))
    while span / step > most:
        step *= 2 if str(f"{step:e}")[0] in "15" else 2.5
    first = floor(scale.low / step) + 1
    found = [first * step + i * step for i in range(most + 2)]
    return [round(each, 12) for each in found if scale.low <= each <= scale.high]


def in_a_point(count: int) -> int:
    """How many of so many windows are drawn as one point."""
    return max(1, -(-count // MOST_POINTS))


def coarse(points: Sequence[Figures | None]) -> Sequence[Figures | None]:
    """At most MOST_POINTS of them: means of those that are there of each few in a row."""
    size = in_a_point(len(points))
    if size == 1:
        return points
    groups = ([each for each in points[i : i + size] if each] for i in range(0, len(points), size))
    return [tuple(map(fmean, zip(*group, strict=True))) if group else None for group in groups]  # type: ignore[misc]


def line(points: Sequence[Point | None], class_: str) -> str:
    """A line with a gap wherever a point is missing."""
    parts: list[list[Point]] = [[]]
    for point in coarse(points):
        if point is None:
            parts.append([])
        else:
            parts[-1].append(point)
    drawn = "".join(path(part if len(part) > 1 else [part[0], part[0]]) for part in parts if part)
    return void("path", d=drawn, class_=class_) if drawn else ""


def band(edges: Sequence[tuple[float, float, float] | None], class_: str) -> str:
    """An area between (x, top, bottom), with gaps."""
    drawn, run = "", []
    for edge in [*coarse(edges), None]:
        if edge is not None:
            run.append(edge)
        elif run:
            wide = run if len(run) > 1 else [(run[0][0] - 1, *run[0][1:]), (run[0][0] + 1, *run[0][1:])]
            around = [(x, top) for x, top, _ in wide] + [(x, bottom) for x, _, bottom in reversed(wide)]
            drawn += path(around) + "Z"
            run = []
    return void("path", d=drawn, class_=class_) if drawn else ""


def dots(points: Sequence[Point], class_: str) -> str:
    """Round at any stretch: lines without length, with round ends."""
    drawn = "".join(f"M{number(x)} {number(y)}h0" for x, y in points)
    return void("path", d=drawn, class_=f"dots {class_}") if drawn else ""


def level(scale: Scale, value: float, class_: str) -> str:
    y = scale.y(value)
    return void("path", d=path([(0, y), (WIDE, y)]), class_=class_)


def framed(drawn: Sequence[str], scale: Scale, starts: Sequence[datetime], said: str, **how: object) -> str:
    """The drawing with its words around it: values at the left, times below. `said` is for those who cannot see it.

    `written` turns a value into a word, `class_` is the frame's.
    """
    written = how["written"]
    marks = ticks(scale, 4)
    grid = [level(scale, each, "grid") for each in marks]
    drawing = tag(
        "svg",
        *grid,
        *drawn,
        viewbox=f"0 0 {number(WIDE)} {number(HIGH)}",
        preserveaspectratio="none",
        role="img",
        aria_label=said,
    )
    left = [
        tag("span", text(written(each)), style=f"top:{number(scale.y(each) / HIGH * 100)}%")  # type: ignore[operator]
        for each in marks
    ]
    below = [
        tag("span", text(name), style=f"left:{number(scale.x(i) / WIDE * 100)}%", class_=how_far(i, scale.count))
        for i, name in times(starts)
    ]
    return tag(
        "div",
        tag("div", *left, class_="ys", aria_hidden="true"),
        tag("div", drawing, class_="area"),
        tag("div", *below, class_="xs", aria_hidden="true"),
        class_=f"plot {how.get('class_', '')}".strip(),
    )


def how_far(index: int, count: int) -> str | None:
    """Words stand below the middle of their place; near an end right or left of it, so that they stay on the page."""
    place = (index + 0.5) / max(1, count)
    return "last" if place > 0.92 else "first" if place < 0.08 else None


def times(starts: Sequence[datetime], most: int = 6) -> list[tuple[int, str]]:
    """A few windows with the names of their times: months over long stretches (with their year, where
    it is another than the one before), days or hours over short ones."""
    if not starts:
        return []
    span = starts[-1] - starts[0]
    months = [i for i, at in enumerate(starts) if i == 0 or (at.year, at.month) != _month_of(starts[i - 1])]
    if span >= timedelta(days=90) and len(months) > 2:
        chosen = months[1:] if months[1] < len(starts) / 40 else months
        shown = chosen[:: -(-len(chosen) // most)]
        years = [starts[i].year for i in shown]
        named = [year != before for year, before in zip(years, [0, *years], strict=False)]
        return [
            (i, f"{starts[i]:%b %Y}" if year else f"{starts[i]:%b}") for i, year in zip(shown, named, strict=True)
        ]
    step = max(1, -(-len(starts) // most))
    whole_days = all(at.hour == at.minute == 0 for at in starts)
    form = "%d %b" if whole_days or span >= timedelta(days=3) else "%d %b %H:%M"
    return [(i, f"{starts[i]:{form}}".lstrip("0")) for i in range(0, len(starts), step)]


def _month_of(at: datetime) -> tuple[int, int]:
    return at.year, at.month
