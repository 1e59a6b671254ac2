"""The picture of a pipeline's week: expected against realized, labels, verdicts, label delays and slices."""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.evaluation.charts import style
from core.evaluation.charts.evaluation import LEFT, RIGHT, ROW, SLICES_SHOWN, dates, ladder, scale
from core.evaluation.charts.style import BLUE, GREEN, GRID, INK, MUTED, QUIET, RED, SMALL, TITLE
from core.evaluation.goal import Goal, stored_goal
from core.text import shorten

_COLOURS = {"met": GREEN, "breached": RED}
STRIP, BARS, TREND, CURVE = 0.34, 0.42, 2.0, 1.0
"""Heights in inches."""


def weekly_chart(content: Mapping[str, Any], title: str, week: str, timezone: str, path: Path) -> Path:
    """Draw what `weekly.compose` made as a PNG of 1,080 pixels width; `week` names the week, `timezone` is that of
    the dates. Parts of which nothing is known are left out."""
    slices = content["slices"][:SLICES_SHOWN]
    below = 0.62 + ROW * len(slices) if slices else 0.16
    curve = CURVE + 0.95 if content["delays"] else 0.0
    height = below + curve + 0.6 + STRIP + BARS + TREND + 1.72
    figure = style.card(height)
    _headline(figure, content, title, week, height)
    bottom = below + curve + 0.5
    _windows(figure, content, ZoneInfo(timezone), bottom)
    if content["delays"]:
        _curve(figure, content["delays"], below + 0.5)
    if slices:
        ladder(figure, slices)
    return style.save(figure, path)


def _headline(figure: Any, content: Mapping[str, Any], title: str, week: str, height: float) -> None:
    counts = content["counts"]
    judged = counts["met"] + counts["breached"]
    colour = MUTED if not judged else RED if counts["breached"] else GREEN
    style.write(figure, 0.36, height - 0.5, shorten(title, 30), fontsize=TITLE, weight="bold")
    style.write(figure, 0.36, height - 0.82, week, fontsize=SMALL, color=MUTED)
    met = f"{counts['met']} of {judged}" if judged else "–"
    at = {"fontsize": style.FIGURE, "weight": "bold", "ha": "right"}
    style.write(figure, RIGHT, height - 0.6, met, color=colour, **at)
    told = f"judged {content['noun']}s met" if judged else "nothing judged"
    style.write(figure, RIGHT, height - 0.86, told, fontsize=SMALL, color=MUTED, ha="right")


def _windows(figure: Any, content: Mapping[str, Any], zone: ZoneInfo, bottom: float) -> None:
    """Three rows above each other, one column a window."""
    shown = content["shown"]
    top = bottom + STRIP + BARS + TREND + 0.24
    if not shown:
        style.write(figure, 0.36, bottom + 1.4, "No window was evaluated so far.", color=MUTED)
        return
    strip = style.panel(figure, LEFT, bottom, RIGHT, bottom + STRIP)
    bars = style.panel(figure, LEFT, bottom + STRIP + 0.1, RIGHT, bottom + STRIP + 0.1 + BARS)
    trend = style.panel(figure, LEFT, bottom + STRIP + BARS + 0.24, RIGHT, top)
    for axes in (strip, bars, trend):
        axes.set_xlim(-0.6, max(len(shown), 8) - 0.4)
        axes.set_xticks([])
    _trend(trend, shown, stored_goal(content.get("metric") or "accuracy", content["objective"], content))
    _key(figure, top + 0.12, any(each["expected"] is not None for each in shown))
    bars.bar(range(len(shown)), [_coverage(each) for each in shown], width=0.72, color=QUIET, linewidth=0)
    bars.set_ylim(0, 1)
    bars.set_yticks([0.5], ["labels"])
    _verdicts(strip, shown, {each["start"] for each in content["days"]})
    dates(strip, shown, zone)


def _trend(axes: Any, shown: Sequence[Mapping[str, Any]], goal: Goal) -> None:
    """What was expected as bars of its interval, what turned out as a line; misses in red."""
    realized = [_or_gap(each["value"]) for each in shown]
    spans = [(i, each) for i, each in enumerate(shown) if each["low"] is not None and each["high"] is not None]
    for i, each in spans:
        span = (each["low"], each["high"])
        axes.plot((i, i), span, color=BLUE, linewidth=6, alpha=0.2, solid_capstyle="butt")
        axes.plot((i - 0.32, i + 0.32), (each["expected"],) * 2, color=BLUE, linewidth=2, alpha=0.55)
    axes.plot(range(len(shown)), realized, color=INK, linewidth=1.8, solid_joinstyle="round")
    for i, value in enumerate(realized):
        axes.plot(i, value, "o", color=RED if goal.missed_by(value) else INK, markersize=5.5)
    scale(axes, [*(each[key] for _, each in spans for key in ("low", "high")), *realized], goal)


def _key(figure: Any, y: float, expected: bool) -> None:
    """What the marks mean, in a line above them."""
    style.write(figure, LEFT, y, "● realized", fontsize=SMALL, color=INK)
    if expected:
        style.write(
            figure, LEFT + 1.15, y, "▬ expected, with its 90% interval", fontsize=SMALL, color=BLUE, alpha=0.8
        )


def _verdicts(axes: Any, shown: Sequence[Mapping[str, Any]], ours: set[str]) -> None:
    """A square a window; misses are crossed, what is not judged is hollow; the week has a line above it."""
    axes.set_ylim(0, 1)
    axes.set_yticks([0.42], ["verdict"])
    for i, each in enumerate(shown):
        colour = _COLOURS.get(each["state"])
        axes.bar(
            i, 0.72, width=0.72, bottom=0.06, color=colour or "none", edgecolor=colour or QUIET, linewidth=1.2
        )
        if each["state"] == "breached":
            axes.plot(i, 0.42, "x", color=style.CARD, markersize=6, markeredgewidth=2)
    week = [i for i, each in enumerate(shown) if each["start"] in ours]
    if week:
        axes.plot((week[0] - 0.36, week[-1] + 0.36), (0.95, 0.95), color=INK, linewidth=2.4)


def _curve(figure: Any, found: Mapping[str, Any], bottom: float) -> None:
    """The share of labels that came within so many hours."""
    top = bottom + CURVE
    style.write(
        figure, 0.36, top + 0.14, "Labels in, by hours since the prediction", fontsize=SMALL, weight="bold"
    )
    half = f"half in {found['median']:.1f} h"
    style.write(figure, RIGHT, top + 0.14, half, fontsize=SMALL, color=MUTED, ha="right")
    axes = style.panel(figure, LEFT, bottom, RIGHT, top)
    axes.fill_between(found["hours"], found["share"], step="post", color=BLUE, alpha=0.13, linewidth=0)
    axes.step(found["hours"], found["share"], where="post", color=BLUE, linewidth=2.2)
    axes.set_xlim(0, found["hours"][-1])
    axes.set_ylim(0, 1.04)
    axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.hlines([0, 0.5, 1], 0, found["hours"][-1], color=GRID, linewidth=1.2, zorder=0)
    axes.locator_params(axis="x", nbins=6)


def _coverage(each: Mapping[str, Any]) -> float:
    return float(each["labels"] / each["rows"]) if each["rows"] else 0.0


def _or_gap(value: float | None) -> float:
    return nan if value is None else value
