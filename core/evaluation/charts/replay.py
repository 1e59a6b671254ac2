"""The picture of a changed alerting policy: what was sent, what would have been, and when the metric really dropped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from core.evaluation.charts import style
from core.evaluation.charts.style import BLUE, INK, MUTED, QUIET, RED, SMALL, TITLE, WIDTH
from core.text import shorten

HEIGHT = 4.0
LEFT, RIGHT = 0.36, WIDTH - 0.36
LANES = (("before", "Before", 1.95), ("after", "New", 0.85))
LANE = 0.62


def replay_chart(
    title: str,
    timeline: Sequence[Mapping[str, Any]],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    path: Path,
) -> Path:
    """Draw a replay as a PNG of 1,080 pixels width.

    A point of the `timeline` is one window, oldest first: `start` (ISO 8601), `dropped`, and under `before` and
    `after` what the two policies say of it ("page", "notice", "going on" or None). `before` and `after` are the counts
    of the two replays (`sent`, `missed`). ValueError without points.
    """
    if not timeline:
        raise ValueError("there is nothing to replay; pass at least one window")
    figure = style.card(HEIGHT)
    style.write(figure, LEFT, HEIGHT - 0.5, shorten(f"{title}: what alerts", 42), fontsize=TITLE, weight="bold")
    _legend(figure, HEIGHT - 0.86)
    for (key, name, bottom), counts in zip(LANES, (before, after), strict=True):
        colour = BLUE if key == "after" else INK
        _lane(figure, timeline, key, bottom, colour)
        _name(figure, name, counts, bottom + LANE + 0.1, colour)
    _days(figure, timeline)
    return style.save(figure, path)


def _legend(figure: Any, y: float) -> None:
    x = LEFT
    for mark, text, colour in (("▮", "page", INK), ("▮", "notice", MUTED), ("▲", "real drop", RED)):
        drawn = style.write(figure, x, y, f"{mark} {text}", fontsize=SMALL, color=colour)
        x += drawn.get_window_extent().width / style.DPI + 0.3


def _name(figure: Any, name: str, counts: Mapping[str, Any], y: float, colour: str) -> None:
    style.write(figure, LEFT, y, name, fontsize=SMALL, weight="bold", color=colour)
    missed = f", {counts['missed']} missed" if counts["missed"] else ""
    messages = "message" if counts["sent"] == 1 else "messages"
    text = f"{counts['sent']:,} {messages}{missed}"
    style.write(figure, RIGHT, y, text, fontsize=SMALL, weight="bold", ha="right", color=colour)


def _lane(figure: Any, timeline: Sequence[Mapping[str, Any]], key: str, bottom: float, colour: str) -> None:
    axes = style.panel(figure, LEFT, bottom, RIGHT, bottom + LANE)
    axes.set_xlim(-0.5, len(timeline) - 0.5)
    axes.set_ylim(0, 1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.axhline(0.22, color=QUIET, linewidth=1.2)
    width = max(0.7, len(timeline) / 300)
    for said, height, shade in (("going on", 0.16, QUIET), ("notice", 0.4, MUTED), ("page", 0.74, colour)):
        places = [i for i, point in enumerate(timeline) if point[key] == said]
        axes.bar(places, [height] * len(places), width, bottom=0.24, color=shade)
    drops = [i for i, point in enumerate(timeline) if point["dropped"]]
    axes.plot(drops, [0.06] * len(drops), "^", color=RED, markersize=6.5, clip_on=False)


def _days(figure: Any, timeline: Sequence[Mapping[str, Any]]) -> None:
    first, last = (datetime.fromisoformat(timeline[i]["start"]) for i in (0, -1))
    for at, x, align in ((first, LEFT, "left"), (last, RIGHT, "right")):
        style.write(figure, x, 0.4, f"{at.day} {at:%b %Y}", fontsize=SMALL, color=MUTED, ha=align)
