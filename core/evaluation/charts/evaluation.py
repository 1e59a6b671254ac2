"""The picture of an evaluation: the metric over the last windows with its objective, and the slices below."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil, floor, nan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.config.metric import Metric
from core.evaluation.charts import style
from core.evaluation.charts.style import BLUE, GREEN, GRID, INK, MUTED, QUIET, RED, SMALL, TITLE, WIDTH
from core.evaluation.goal import Goal, stored_goal
from core.text import shorten

LEFT, RIGHT = 0.98, WIDTH - 0.36
ROW = 0.46
SLICES_SHOWN = 5
MILLION = 1_000_000
_COLOURS = {"met": GREEN, "breached": RED}


def evaluation_chart(computed: Mapping[str, Any], title: str, timezone: str, path: Path) -> Path:
    """Draw what `evaluate_window` computed as a PNG of 1,080 pixels width; `timezone` is that of the dates."""
    slices = [each for each in computed["slices"] if each["value"] is not None][:SLICES_SHOWN]
    below = 0.62 + ROW * len(slices) if slices else 0.0
    height = 4.15 + below
    figure = style.card(height)
    _headline(figure, computed, title, height)
    trend = computed["summary"]["trend"]
    _trend(figure, trend, computed, ZoneInfo(timezone), below)
    if slices:
        ladder(figure, slices)
    return style.save(figure, path)


def _headline(figure: Any, computed: Mapping[str, Any], title: str, height: float) -> None:
    """What happened, in one figure and one line."""
    colour = _COLOURS.get(computed["state"], MUTED)
    style.write(figure, 0.36, height - 0.5, shorten(title, 34), fontsize=TITLE, weight="bold")
    value = figure_of(computed)
    figure_text = "–" if value is None else _goal(computed).metric.written(value)
    at = {"fontsize": style.FIGURE, "weight": "bold", "color": colour, "ha": "right"}
    large = style.write(figure, RIGHT, height - 0.66, figure_text, **at)
    below = style.write(figure, 0.36, height - 0.82, _subtitle(computed), fontsize=SMALL, color=MUTED)
    if below.get_window_extent().x1 > large.get_window_extent().x0 - 12:  # a line of its own
        below.set_y((height - 1.0) / height)


def figure_of(computed: Mapping[str, Any]) -> float | None:
    """What the verdict rests on: the estimate where it was judged by that, for early labels are unlike late ones."""
    rests = computed["summary"]["estimate"] if computed["summary"].get("estimated") else computed
    value: float | None = rests["value"]
    return value


def _subtitle(computed: Mapping[str, Any]) -> str:
    share = computed["summary"]["labels"]["coverage"]
    labels = "no labels" if not share else f"{floor(share * 100)}% labels in"
    goal = _goal(computed)
    objective = _exact(goal) if goal.at_least else f"≤ {_exact(goal)}"
    named = f"{goal.begun} in {goal.unit}" if goal.unit and goal.metric.in_unit else goal.begun
    named = f"{named} as estimated" if computed["summary"].get("estimated") else named
    return f"{named}, {computed['summary']['day']} · SLO {objective} · {labels}"


def _goal(computed: Mapping[str, Any]) -> Goal:
    return stored_goal(computed["metric"], computed["objective"], computed["summary"])


def _trend(
    figure: Any, trend: Sequence[Mapping[str, Any]], computed: Mapping[str, Any], zone: ZoneInfo, below: float
) -> None:
    axes = style.panel(figure, LEFT, below + 1.02, RIGHT, below + 3.05)
    bars = style.panel(figure, LEFT, below + 0.62, RIGHT, below + 0.92)
    count = len(trend)
    x = list(range(count))
    for each in (axes, bars):
        each.set_xlim(-0.6, max(count, 8) - 0.4)
    values, low, high = ([drawn(each, key) for each in trend] for key in ("value", "low", "high"))
    axes.fill_between(x, low, high, color=BLUE, alpha=0.13, linewidth=0)
    axes.plot(x, values, color=BLUE, linewidth=2.4, solid_capstyle="round", solid_joinstyle="round")
    _points(axes, values, computed)
    scale(axes, [*low, *high, *values], _goal(computed))
    _versions(axes, trend)
    bars.bar(x, [each["labels"] / each["rows"] for each in trend], width=0.72, color=QUIET, linewidth=0)
    bars.set_ylim(0, 1)
    bars.set_yticks([0.5], ["labels"])
    axes.set_xticks([])
    dates(bars, trend, zone)


def drawn(entry: Mapping[str, Any], key: str) -> float:
    """A figure of a window, the estimate where it is judged by that; NaN (drawn as a gap) with too few labels."""
    if entry.get("estimate"):
        return float(entry["estimate"][key])
    return nan if entry["state"] == "unknown" or entry[key] is None else float(entry[key])


def _points(axes: Any, values: Sequence[float], computed: Mapping[str, Any]) -> None:
    """A dot where the objective was missed, and a larger one for the window itself: a ring where it is estimated."""
    goal = _goal(computed)
    missed = [(i, value) for i, value in enumerate(values) if goal.missed_by(value)]
    if missed:
        axes.plot(*zip(*missed, strict=True), "o", color=RED, markersize=6.5)
    if values and computed["value"] is not None:
        colour = _COLOURS.get(computed["state"], MUTED)
        ring = computed["summary"].get("estimated")
        face, edge = (style.CARD, colour) if ring else (colour, style.CARD)
        axes.plot(len(values) - 1, values[-1], "o", color=face, markersize=12, markeredgecolor=edge, mew=2.5)


def scale(axes: Any, values: Sequence[float], goal: Goal) -> None:
    """The objective as a dashed line, named in the margin; a few round steps wherever that leaves room."""
    known = [value for value in [*values, goal.value] if value == value]
    low, high = limits(known, goal.metric)
    room = (high - low) / 9
    ticks = [tick for tick in steps(low, high, goal.metric) if abs(tick - goal.value) > room]
    axes.set_ylim(low, high + 0.06 * (high - low))
    axes.set_yticks([*ticks, goal.value], [*(short(tick, goal.metric) for tick in ticks), _exact(goal)])
    axes.hlines(ticks, *axes.get_xlim(), color=GRID, linewidth=1.2, zorder=0)
    axes.axhline(goal.value, color=INK, linewidth=1.5, dashes=(4, 3), alpha=0.75, zorder=1)
    named = axes.get_yticklabels()[-1]
    named.set_color(INK)
    named.set_fontweight("bold")


def limits(known: Sequence[float], metric: Metric) -> tuple[float, float]:
    """An axis for these values with a little room, but none beyond what the metric can be."""
    room = 0.02 if metric.share else 0.06 * (max(known) - min(known)) or 0.1 * abs(known[0]) or 1.0
    return max(metric.floor, min(known) - room), min(metric.ceiling, max(known) + room)


def steps(low: float, high: float, metric: Metric) -> list[float]:
    if metric.share:
        step = next(s for s in (0.05, 0.1, 0.2) if (high - low) / s <= 5 or s == 0.2)
        return [i * step for i in range(ceil(low / step), floor(high / step + 1e-9) + 1)]
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in found if low <= tick <= high]


def _versions(axes: Any, trend: Sequence[Mapping[str, Any]]) -> None:
    """A fine line where another model version took over, with its name on top."""
    changes = [i for i in range(1, len(trend)) if trend[i]["version"] != trend[i - 1]["version"]]
    top = axes.get_ylim()[1]
    for number, i in enumerate(changes):
        axes.axvline(i - 0.5, color=MUTED, linewidth=1.1, alpha=0.6)
        crowded = number > 0 and i - changes[number - 1] < 3
        if not crowded:
            name = shorten(f"v{trend[i]['version']}", 8)
            axes.text(i - 0.35, top, name, fontsize=SMALL, color=MUTED, va="top", parse_math=False)


def dates(axes: Any, trend: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> None:
    """Every seventh window counted back from the last, which is always named."""
    starts = [datetime.fromisoformat(each["start"]).astimezone(zone) for each in trend]
    at = list(range(len(trend) - 1, -1, -7))
    same_day = len(starts) > 1 and (starts[-1] - starts[-2]).total_seconds() < 23 * 3600
    names = [f"{s:%H:%M}" if same_day else f"{s.day} {s:%b}" for s in (starts[i] for i in at)]
    axes.set_xticks(at, names)
    # The last label would otherwise hang over the card's edge.
    for label, i in zip(axes.get_xticklabels(), at, strict=True):
        label.set_ha("right" if i == len(trend) - 1 and len(trend) >= 8 else "center")


def ladder(figure: Any, slices: Sequence[Mapping[str, Any]], bottom: float = 0.26) -> None:
    """Each slice's figure with its interval, and a mark where it usually is (with the range of nine in ten windows,
    where that is known), from `bottom` inches up. All are of one metric."""
    top = bottom + 0.04 + ROW * len(slices)
    style.write(figure, 0.36, top + 0.08, "Slices", fontsize=SMALL, weight="bold")
    if any(each.get("usual") is not None for each in slices):
        style.write(figure, RIGHT, top + 0.08, "│ usual", fontsize=SMALL, color=MUTED, ha="right")
    axes = style.panel(figure, 3.35, bottom, RIGHT - 0.72, top)
    figures = ("value", "low", "high", "usual", "usual_low", "usual_high")
    metric = Metric(slices[0].get("metric") or Metric.ACCURACY)
    low, high = limits([each[name] for each in slices for name in figures if each.get(name) is not None], metric)
    axes.set_xlim(low, high if high < metric.ceiling else high + 0.02 * (high - low))
    axes.set_ylim(len(slices) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for y, each in enumerate(slices):
        colour = RED if each["worse"] else BLUE if each["tracked"] else MUTED
        _rung(axes, y, each, colour)
        middle = bottom + ROW * (len(slices) - y - 0.5) - 0.06
        style.write(figure, 0.36, middle, shorten(each["name"], 27), fontsize=SMALL)
        value = short(each["value"], metric)
        style.write(figure, RIGHT, middle, value, fontsize=SMALL, color=colour, weight="bold", ha="right")


def _rung(axes: Any, y: int, each: Mapping[str, Any], colour: str) -> None:
    axes.plot(axes.get_xlim(), (y, y), color=GRID, linewidth=1.2, zorder=0)
    if each.get("usual_low") is not None:
        usual = each["usual_high"] - each["usual_low"]
        axes.barh(y, usual, 0.62, each["usual_low"], color=QUIET, alpha=0.7, zorder=0)
    if each["low"] is not None and each["high"] is not None:
        ends = (each["low"], each["high"])
        axes.plot(ends, (y, y), color=colour, linewidth=5, alpha=0.28, solid_capstyle="round")
    axes.plot(each["value"], y, "o", color=colour, markersize=9)
    if each["usual"] is not None:
        axes.plot(each["usual"], y, "|", color=INK, markersize=17, markeredgewidth=2)


def _exact(goal: Goal) -> str:
    """As it was declared: 99.5% must not be drawn as 100%."""
    if goal.metric.share:
        return f"{goal.value * 100:.6g}%"
    return f"{goal.value:,.6g}" if abs(goal.value) < MILLION else short(goal.value, goal.metric)


def short(value: float, metric: Metric) -> str:
    """As a margin has room for it."""
    if metric.share:
        return f"{value * 100:.0f}%"
    if abs(value) >= MILLION:
        return f"{value / MILLION:,.3g}M"
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
