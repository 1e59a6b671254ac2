"""The picture of a candidate beside the champion: one figure each, with intervals, for all rows and for groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config.metric import Metric, signed
from core.evaluation.charts import style
from core.evaluation.charts.evaluation import limits, short, steps
from core.evaluation.charts.style import BLUE, GRID, MUTED, RED, SMALL, TITLE, WIDTH
from core.evaluation.metric import Measured
from core.text import shorten

ROW = 0.74
ROWS_SHOWN = 6
BESIDE = 1.4
"""Inches for the difference and its interval."""

NAMES, PLOT, RIGHT = 0.36, 2.9, WIDTH - 0.36


@dataclass(frozen=True)
class Compared:
    """Both models on the same rows; `name` says which: all of them, a slice, or a day. `difference` is the interval of
    what the candidate is above the champion, where it is known."""

    name: str
    champion: Measured
    candidate: Measured
    difference: tuple[float, float] | None = None


def comparison_chart(
    title: str,
    subtitle: str,
    names: tuple[str, str],
    groups: Sequence[Compared],
    path: Path,
    metric: Metric = Metric.ACCURACY,
) -> Path:
    """Draw `groups` (the first is the whole, at most six are shown) as a PNG of 1,080 pixels width.

    `names` are the champion's and the candidate's, such as `("v3", "v4")`. All figures are of `metric`; its unit
    belongs into the subtitle. ValueError without groups.
    """
    if not groups:
        raise ValueError("there is nothing to compare; pass at least the figures of all rows")
    shown = groups[:ROWS_SHOWN]
    height = 1.62 + ROW * len(shown) + 0.5
    figure = style.card(height)
    style.write(figure, NAMES, height - 0.5, shorten(title, 42), fontsize=TITLE, weight="bold")
    style.write(figure, NAMES, height - 0.82, shorten(subtitle, 58), fontsize=SMALL, color=MUTED)
    _legend(figure, names, height - 1.24)
    axes = style.panel(figure, PLOT, 0.62, RIGHT - BESIDE, 0.62 + ROW * len(shown))
    _scale(axes, shown, metric)
    for index, group in enumerate(shown):
        _row(figure, axes, index, group, len(shown), metric)
    return style.save(figure, path)


def _legend(figure: Any, names: tuple[str, str], y: float) -> None:
    x = NAMES
    for role, name, colour in (("champion", names[0], MUTED), ("candidate", names[1], BLUE)):
        text = style.write(
            figure, x, y, f"● {role} {shorten(name, 10)}", fontsize=SMALL, color=colour, weight="bold"
        )
        x += text.get_window_extent().width / style.DPI + 0.3


def _scale(axes: Any, groups: Sequence[Compared], metric: Metric) -> None:
    """One axis for all rows, with a few round steps."""
    values = [
        v for g in groups for m in (g.champion, g.candidate) for v in (m.low, m.value, m.high) if v is not None
    ]
    low, high = limits(values, metric)
    ticks = steps(low, high, metric)
    axes.set_xlim(low, high)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xticks(ticks, [short(tick, metric) for tick in ticks])
    axes.grid(axis="x", color=GRID, linewidth=1.2)


def _row(figure: Any, axes: Any, index: int, group: Compared, rows: int, metric: Metric) -> None:
    for offset, measured, colour in ((-0.17, group.champion, MUTED), (0.17, group.candidate, BLUE)):
        y = index + offset
        if measured.low is not None and measured.high is not None:
            span = (measured.low, measured.high)
            axes.plot(span, (y, y), "|-", color=colour, linewidth=2.6, alpha=0.75, markersize=11, mew=2.2)
        axes.plot(measured.value, y, "o", color=colour, markersize=6.5, clip_on=False)
    y = 0.62 + ROW * (rows - index - 0.5)
    weight = "bold" if index == 0 else "normal"
    style.write(figure, NAMES, y + 0.02, shorten(group.name, 23), fontsize=SMALL, weight=weight)
    style.write(figure, NAMES, y - 0.22, f"{group.champion.labels:,} rows", fontsize=SMALL - 1.5, color=MUTED)
    change = group.candidate.value - group.champion.value
    among = max(abs(each) for each in group.difference or (change,))
    said = _signed(change, metric, among)
    better = change > 0 if metric.higher_is_better else change < 0
    colour = MUTED if said.startswith("±") else BLUE if better else RED
    up = 0.02 if group.difference else -0.07
    style.write(figure, RIGHT, y + up, said, fontsize=SMALL, weight="bold", ha="right", color=colour)
    if group.difference:
        span_text = " to ".join(_signed(bound, metric, among) for bound in group.difference)
        style.write(figure, RIGHT, y - 0.22, span_text, fontsize=SMALL - 1.5, ha="right", color=MUTED)


def _signed(change: float, metric: Metric, among: float) -> str:
    return signed(change * 100, decimals=1) if metric.share else signed(change, among=among)
