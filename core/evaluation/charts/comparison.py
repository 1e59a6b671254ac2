"""The picture of a candidate beside the champion: how much better or worse it is, for all rows and for groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config.metric import Metric, signed
from core.evaluation.charts import style
from core.evaluation.charts.style import BLUE, GRID, INK, MUTED, RED, SMALL, TITLE, WIDTH
from core.evaluation.metric import Measured
from core.text import shorten

ROW = 0.74
ROWS_SHOWN = 6
BESIDE = 1.4
"""Inches for the difference and its interval."""

NAMES, PLOT, RIGHT, BOTTOM = 0.36, 2.95, WIDTH - 0.36, 0.62


@dataclass(frozen=True)
class Compared:
    """Both models on the same rows; `name` says which: all of them, a slice, or a day. `difference` is the interval of
    what the candidate is above the champion, where it is known."""

    name: str
    champion: Measured
    candidate: Measured
    difference: tuple[float, float] | None = None

    @property
    def change(self) -> float:
        return self.candidate.value - self.champion.value

    @property
    def reach(self) -> tuple[float, ...]:
        """Where the difference may lie; without an interval, where it is."""
        return self.difference or (self.change,)

    def colour(self, metric: Metric) -> str:
        """Of the model that is better beyond what chance explains; muted where that is not known."""
        if self.difference is None or self.difference[0] <= 0 <= self.difference[1]:
            return MUTED
        return BLUE if (self.change > 0) is metric.higher_is_better else RED


def comparison_chart(
    title: str,
    subtitle: str,
    names: tuple[str, str],
    groups: Sequence[Compared],
    path: Path,
    metric: Metric = Metric.ACCURACY,
) -> Path:
    """Draw `groups` (the first is the whole, at most six are shown) as a PNG of 1,080 pixels width: each difference
    with its interval about a line where both are the same. Only what that interval keeps off the line is coloured.

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
    axes = style.panel(figure, PLOT, BOTTOM, RIGHT - BESIDE, BOTTOM + ROW * len(shown))
    _scale(axes, shown, metric)
    _sides(figure, axes, names, height - 1.3, metric)
    for index, group in enumerate(shown):
        _row(figure, axes, index, group, len(shown), metric)
    return style.save(figure, path)


def _scale(axes: Any, groups: Sequence[Compared], metric: Metric) -> None:
    """One axis for all differences, with a few round steps, and no change somewhere on it."""
    from matplotlib.ticker import MaxNLocator

    reach = [0.0, *(bound for group in groups for bound in (*group.reach, group.change))]
    low, high = min(reach), max(reach)
    room = 0.08 * (high - low) or 0.01
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_yticks([])
    scale = 100 if metric.share else 1
    found = MaxNLocator(nbins=3, steps=[1, 2, 5, 10]).tick_values((low - room) * scale, (high + room) * scale)
    ticks = [float(tick) for tick in found if low - room <= tick / scale <= high + room]
    axes.set_xticks(
        [tick / scale for tick in ticks], [f"{tick:+g}".replace("-", "−") if tick else "0" for tick in ticks]
    )
    axes.grid(axis="x", color=GRID, linewidth=1.2)
    axes.axvline(0, color=MUTED, linewidth=1.8)


def _sides(figure: Any, axes: Any, names: tuple[str, str], y: float, metric: Metric) -> None:
    """Which model is better on which side of the line."""
    champion, candidate = (shorten(name, 10) for name in names)
    left, right = (
        ((champion, RED), (candidate, BLUE)) if metric.higher_is_better else ((candidate, BLUE), (champion, RED))
    )
    low, high = axes.get_xlim()
    zero = PLOT + (RIGHT - BESIDE - PLOT) * -low / (high - low)
    for x, ha, text, colour in (
        (zero - 0.12, "right", f"{left[0]} better ◂", left[1]),
        (zero + 0.12, "left", f"▸ {right[0]} better", right[1]),
    ):
        style.write(figure, x, y, text, fontsize=SMALL - 1.5, ha=ha, color=colour, weight="bold")


def _row(figure: Any, axes: Any, index: int, group: Compared, rows: int, metric: Metric) -> None:
    colour = group.colour(metric)
    dot = INK if colour == MUTED else colour
    if group.difference:
        axes.plot(
            group.difference, (index, index), "|-", color=dot, linewidth=2.6, alpha=0.75, markersize=11, mew=2.2
        )
    axes.plot(group.change, index, "o", color=dot, markersize=8, clip_on=False)
    y = BOTTOM + ROW * (rows - index - 0.5)
    weight = "bold" if index == 0 else "normal"
    both = f"{metric.written(group.champion.value)} → {metric.written(group.candidate.value)}"
    style.write(figure, NAMES, y + 0.02, shorten(group.name, 23), fontsize=SMALL, weight=weight)
    said = f"{both}, {group.champion.labels:,} rows"
    style.write(figure, NAMES, y - 0.22, said, fontsize=SMALL - 1.5, color=MUTED)
    among = max(abs(bound) for bound in group.reach)
    up = 0.02 if group.difference else -0.07
    change = _signed(group.change, metric, among)
    style.write(figure, RIGHT, y + up, change, fontsize=SMALL, weight="bold", ha="right", color=colour)
    if group.difference:
        span = " to ".join(_signed(bound, metric, among) for bound in group.difference)
        style.write(figure, RIGHT, y - 0.22, span, fontsize=SMALL - 1.5, ha="right", color=MUTED)


def _signed(change: float, metric: Metric, among: float) -> str:
    return signed(change * 100, decimals=1) if metric.share else signed(change, among=among)
