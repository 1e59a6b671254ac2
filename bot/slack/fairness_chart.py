"""A picture of how on-call was shared: a bar of hours for each person, and how much of it were nights and weekends."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from core.evaluation.charts.style import (
    AMBER,
    BLUE,
    GRID,
    INK,
    MUTED,
    QUIET,
    SMALL,
    WIDTH,
    card,
    panel,
    save,
    write,
)
from core.oncall.fairness import Share
from core.text import shorten

ROW, HEAD, FOOT = 0.74, 0.95, 0.5
"""Inches: a person's row, the title and key above, the hours below."""

SHOWN = 12
LEFT = 1.9


def draw(shares: Sequence[tuple[str, Share]], start: datetime, end: datetime, path: Path) -> Path:
    """Write the picture of `[start, end)` to `path`: people by their shown names, the first twelve of them."""
    shown = shares[:SHOWN]
    height = HEAD + ROW * max(1, len(shown)) + FOOT
    figure = card(height)
    write(figure, 0.3, height - 0.42, f"Hours on call, {start:%-d %b} to {end:%-d %b %Y}", fontsize=15)
    for x, color, text in (
        (0.3, BLUE, "all"),
        (1.25, INK, "nights"),
        (2.55, AMBER, "weekends"),
        (4.2, QUIET, "an equal share"),
    ):
        write(figure, x, height - 0.78, "■", fontsize=SMALL, color=color)
        write(figure, x + 0.22, height - 0.78, text, fontsize=SMALL, color=MUTED)
    axes = panel(figure, LEFT, FOOT, WIDTH - 0.75, height - HEAD)
    most = max((share.hours for _, share in shown), default=0.0) or 1.0
    axes.set_xlim(0.0, most)
    axes.set_ylim(max(1, len(shown)), 0.0)
    axes.grid(axis="x", color=GRID, linewidth=1)
    axes.set_yticks([row + 0.5 for row in range(len(shown))], [shorten(name, 14) for name, _ in shown])
    equal = sum(share.hours for _, share in shown) / max(1, len(shown))
    axes.axvline(equal, color=QUIET, linewidth=2.5, zorder=0)
    for row, (_, share) in enumerate(shown):
        for top, tall, hours, color in (
            (0.30, 0.30, share.hours, BLUE),
            (0.56, 0.16, share.night, INK),
            (0.74, 0.16, share.weekend, AMBER),
        ):
            axes.barh(row + top, hours, height=tall, color=color)
        axes.text(
            share.hours + most * 0.015, row + 0.34, f"{share.hours:.0f}", fontsize=SMALL, color=INK, va="center"
        )
    return save(figure, path)
