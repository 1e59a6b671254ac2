"""The picture of what data checks found: each column over the last windows, the newest beside what is usual."""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.evaluation.charts import style
from core.evaluation.charts.evaluation import LEFT, RIGHT, dates
from core.evaluation.charts.style import BLUE, GRID, MUTED, QUIET, RED, SMALL, TITLE
from core.evaluation.checks.told import figure as number
from core.text import shorten

HEAD, PANEL, BARS, LINE = 0.84, 1.3, 0.26, 0.27
"""Heights in inches."""
TRIFLE = 0.001
"""From this share of missing values on they are drawn."""
LARGEST = 1e100
"""Numbers beyond are drawn as this: axes cannot span more."""


def fired_chart(fired: Mapping[str, Any], title: str, day: str, timezone: str, path: Path) -> Path:
    """Draw what `fired.fired` found as a PNG of 1,080 pixels width; `timezone` is that of the dates."""
    series = fired["series"]
    heights = [_head(each) + PANEL + 0.16 + (BARS + 0.12 if _misses(each) else 0.0) for each in series]
    height = 1.0 + sum(heights) + 0.5
    picture = style.card(height)
    style.write(picture, 0.36, height - 0.5, shorten(title, 34), fontsize=TITLE, weight="bold")
    style.write(picture, 0.36, height - 0.82, f"what the checks found, {day}", fontsize=SMALL, color=MUTED)
    top = height - 1.0
    for place, (each, high) in enumerate(zip(series, heights, strict=True)):
        zone = ZoneInfo(timezone) if place == len(series) - 1 else None
        _column(picture, each, top, zone)
        top -= high
    return style.save(picture, path)


def _column(picture: Any, each: Mapping[str, Any], top: float, zone: ZoneInfo | None) -> None:
    """One column below `top`; with a zone its windows are named, as below the last one."""
    points = each["points"]
    values, low, high, missing = (_floats(points, name) for name in ("value", "low", "high", "missing"))
    share = each["what"] not in ("median", "rows")
    style.write(picture, 0.36, top - 0.34, shorten(each["column"] or "rows", 44), weight="bold")
    if each.get("slice"):
        style.write(picture, 0.36, top - 0.34 - LINE, shorten(f"where {each['slice']}", 66), fontsize=SMALL)
    head = top - _head(each)
    style.write(picture, 0.36, head + HEAD - 0.62, _told(each, share=share), fontsize=SMALL, color=MUTED)
    axes = style.panel(picture, LEFT, head - PANEL, RIGHT, head)
    x = list(range(len(points)))
    axes.set_xlim(-0.6, max(len(points), 8) - 0.4)
    axes.fill_between(x, low, high, color=BLUE, alpha=0.13, linewidth=0)
    axes.plot(x, values, color=BLUE, linewidth=2.2, solid_capstyle="round", marker="o", markersize=2.5)
    axes.plot(x[-1], values[-1], "o", color=RED, markersize=11, markeredgecolor=style.CARD, mew=2.5)
    _scale(axes, [*values, *low, *high], share=share)
    below = axes
    if _misses(each):
        foot = head - PANEL - 0.12
        below = style.panel(picture, LEFT, foot - BARS, RIGHT, foot)
        below.set_xlim(*axes.get_xlim())
        below.bar(x, missing, width=0.72, color=[QUIET] * (len(x) - 1) + [RED], linewidth=0)
        below.set_ylim(0, 1)
        below.set_yticks([0.5], ["missing"])
        axes.set_xticks([])
    if zone is None:
        below.set_xticks([])
    else:
        dates(below, points, zone)


def _head(each: Mapping[str, Any]) -> float:
    """How high the words above a column are."""
    return HEAD + (LINE if each.get("slice") else 0.0)


def _told(each: Mapping[str, Any], *, share: bool) -> str:
    """`median 520, usually 49 to 61`."""
    told = _percent if share else number
    values = [point["value"] for point in each["points"]]
    before = sorted(value for value in values[:-1] if value is not None)
    now = "nothing" if values[-1] is None else told(values[-1])
    what = "" if each["what"] == "rows" else f"{each['what']} "
    if not before:
        return f"{what}{now}"
    cut = len(before) // 20
    low, high = told(before[cut]), told(before[-1 - cut])
    return f"{what}{now}, usually {low}" if low == high else f"{what}{now}, usually {low} to {high}"


def _scale(axes: Any, values: Sequence[float], *, share: bool) -> None:
    """Two or three round steps, and room above and below."""
    known = [value for value in values if value == value]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = 0.08 * (high - low) or 0.5 * abs(high) or 0.5
    if share:
        room = max(room, 0.01)
    axes.set_ylim(low - room, high + room)
    axes.locator_params(axis="y", nbins=3)
    ticks = [tick for tick in axes.get_yticks() if low - room <= tick <= high + room]
    axes.set_yticks(ticks, [_percent(tick) if share else number(tick) for tick in ticks])
    axes.hlines(ticks, *axes.get_xlim(), color=GRID, linewidth=1.2, zorder=0)


def _misses(each: Mapping[str, Any]) -> bool:
    """Whether missing values are drawn below; not where they are what is drawn."""
    return each["what"] != "missing" and any((point["missing"] or 0.0) >= TRIFLE for point in each["points"])


def _floats(points: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [nan if point[name] is None else min(max(float(point[name]), -LARGEST), LARGEST) for point in points]


def _percent(value: float) -> str:
    return f"{value * 100:.3g}%"
