"""The look of all charts: a light card of its own that reads in light and dark windows, at 360 pixels wide.

At 1,080 pixels a picture shows at a third of its size in a thread, so the smallest text is 30 pixels high.
"""

from pathlib import Path
from typing import Any

WIDTH = 6.75
DPI = 160

CARD = "#FCFBF8"
EDGE = "#E4E1DA"
INK = "#2A2933"
MUTED = "#7D7A86"
GRID = "#ECE9E2"
QUIET = "#D8D4CB"
BLUE = "#2F62C4"
RED = "#C4402F"
GREEN = "#2C7A57"

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
