"""The look of all charts: a slate card of its own that is calm in light and in dark windows, at 360 pixels wide.

Slack cannot show another picture in the dark theme. A light card glares there, and ink on no ground at all
can have a contrast of 4 on both and no more; light ink on slate has 5 and more, whatever is around it.

At 1,080 pixels a picture shows at a third of its size in a thread, so the smallest text is 30 pixels high.
"""

from pathlib import Path
from typing import Any

WIDTH = 6.75
DPI = 160

CARD = "#323840"
EDGE = "#3F464F"
INK = "#F1EFEA"
MUTED = "#B4B8BF"
GRID = "#434A54"
QUIET = "#5F6772"
BLUE = "#86B4FF"
RED = "#FF8F7C"
GREEN = "#7FD0A4"
AMBER = "#F0B354"

PEOPLE = (BLUE, GREEN, AMBER, "#C3A5EE", "#E3D37A", "#F2A0BC", "#7CCEDA", "#BAC2CC")
"""People beside each other; what is written on these is `ON_PEOPLE`."""

ON_PEOPLE = "#1F242A"

SMALL, TEXT, TITLE, FIGURE = 13.0, 14.0, 16.5, 26.0


def card(height: float) -> Any:
    """A figure with a rounded card and nothing around it; sizes are in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="none")
    FigureCanvasAgg(figure)
    inset, radius = 0.03, 0.16
    shape = FancyBboxPatch(
        (inset, inset),
        WIDTH - 2 * inset,
        height - 2 * inset,
        boxstyle=f"round,pad=0,rounding_size={radius}",
        transform=figure.dpi_scale_trans,
        facecolor=CARD,
        edgecolor=EDGE,
        linewidth=1,
        zorder=-1,
    )
    figure.add_artist(shape)
    return figure


def panel(figure: Any, left: float, bottom: float, right: float, top: float) -> Any:
    """Axes without a frame, at these inches from the lower left corner."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, bottom / height, (right - left) / width, (top - bottom) / height))
    axes.set_facecolor("none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=MUTED, pad=6)
    axes.set_axisbelow(True)
    return axes


def write(figure: Any, x: float, y: float, text: str, **style: Any) -> Any:
    """Text at inches from the lower left corner; dollar signs and underscores are what they are."""
    width, height = figure.get_size_inches()
    looks = {"fontsize": TEXT, "color": INK, "va": "baseline", "parse_math": False} | style
    return figure.text(x / width, y / height, text, **looks)


def save(figure: Any, path: Path) -> Path:
    """Write the PNG beside `path` and rename it, so that nobody sees half a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    figure.savefig(draft, format="png", dpi=DPI, facecolor="none")
    draft.replace(path)
    return path
