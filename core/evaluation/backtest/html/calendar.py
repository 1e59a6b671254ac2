"""The calendar of verdicts: one cell a window, days in weeks and hours in days."""

from collections.abc import Sequence
from datetime import timedelta

from core.evaluation.backtest.html.markup import number, tag, text, void
from core.evaluation.backtest.html.sight import WORDS, Sight, State, became
from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.telling import window_name

CELL, GAP, LEFT, TOP = 16, 3, 34, 20
"""Pixels; the names of days stand left of the cells, those of months above them."""
MONTH = 64
"""Pixels that the name of a month and its year take."""
MOST_CELLS = 3_000
_DAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")


def calendar(sights: Sequence[Sight], length: timedelta, objective: Objective | None) -> str:
    """A grid that is scrolled sideways when it is wider than the screen; long walks show their last windows."""
    shown = sights[-MOST_CELLS:]
    rows, offset = _rows(length), 0
    if rows == 7 and length == timedelta(days=1) and shown:
        offset = shown[0].window.start.weekday()
    cells = [_cell(each, place + offset, rows, length, objective) for place, each in enumerate(shown)]
    columns = -(-(len(shown) + offset) // rows)
    width, height = LEFT + max(columns * (CELL + GAP), MONTH), TOP + rows * (CELL + GAP)
    names = _row_names(rows, length) + _column_names(shown, offset, rows)
    drawing = tag(
        "svg",
        *names,
        *cells,
        width=width,
        height=height,
        viewbox=f"0 0 {width} {height}",
        role="img",
        aria_label=_said(shown),
    )
    whole = tag("div", drawing, class_="scroll", tabindex="0", role="region", aria_label="Calendar") + legend(
        sights
    )
    if len(shown) == len(sights):
        return whole
    said = f"Drawn are the last {len(shown):,} of {len(sights):,} windows; the figures below count all of them."
    return tag("p", text(said), class_="quiet-note") + whole


def _rows(length: timedelta) -> int:
    """Cells in a column: days of a week, hours of a day, else seven."""
    if timedelta(hours=1) <= length < timedelta(days=1) and timedelta(days=1) % length == timedelta():
        return timedelta(days=1) // length
    return 7


def _cell(each: Sight, place: int, rows: int, length: timedelta, objective: Objective | None) -> str:
    x, y = LEFT + place // rows * (CELL + GAP), TOP + place % rows * (CELL + GAP)
    shape = void("rect", x=x, y=y, width=CELL, height=CELL, rx=4, class_=f"cell {each.state}")
    said = f"{window_name(each.window, length)}: {WORDS[each.state]}. {became(each.window, objective)}"
    return tag("g", tag("title", text(said)), shape, _glyph(each.state, x, y))


def _glyph(state: State, x: float, y: float) -> str:
    """A mark inside the cell, so that colour is not all that tells."""
    middle = CELL / 2
    drawn = {
        State.RIGHT: f"M{number(x + 4)} {number(y + middle)}l3 3.2l5 -6",
        State.WRONG: f"M{number(x + 5)} {number(y + 5)}l6 6m0 -6l-6 6",
        State.UNJUDGED: f"M{number(x + middle)} {number(y + 4.5)}v4m0 3v.1",
        State.SILENT: f"M{number(x + 5)} {number(y + middle)}h6",
        State.ONGOING: f"M{number(x + middle)} {number(y + middle)}h.1",
    }.get(state)
    return void("path", d=drawn, class_=f"glyph {state}") if drawn else ""


def _row_names(rows: int, length: timedelta) -> list[str]:
    if rows == 7 and length == timedelta(days=1):
        names = list(enumerate(_DAYS))
    elif rows > 7:
        names = [(i, f"{i * 24 // rows:02d}h") for i in range(0, rows, max(1, rows // 4))]
    else:
        names = []
    return [_label(0, TOP + i * (CELL + GAP) + CELL - 4, name) for i, name in names if name]


def _column_names(shown: Sequence[Sight], offset: int, rows: int) -> list[str]:
    """The month above the first column in which it begins, with the year where that is another than the one before."""
    names: list[str] = []
    last: tuple[int, int] | None = None
    year, free = 0, -1.0
    for place, each in enumerate(shown):
        at = each.window.start
        x = LEFT + (place + offset) // rows * (CELL + GAP)
        if (at.year, at.month) != last and x >= free:
            names.append(_label(x, TOP - 7, f"{at:%b}" if at.year == year else f"{at:%b %Y}"))
            free = x + (46 if at.year == year else 62)
            year = at.year
        last = at.year, at.month
    return names


def _label(x: float, y: float, name: str) -> str:
    return tag("text", text(name), x=x, y=y, class_="tick")


def legend(sights: Sequence[Sight]) -> str:
    """The states that occur, with how often."""
    items = []
    for state, words in WORDS.items():
        count = sum(each.state is state for each in sights)
        if count:
            swatch = tag(
                "svg",
                void("rect", x=0, y=0, width=CELL, height=CELL, rx=4, class_=f"cell {state}"),
                _glyph(state, 0, 0),
                width=CELL,
                height=CELL,
                aria_hidden="true",
            )
            items.append(tag("li", swatch, text(f" {words} "), tag("b", f"{count:,}")))
    return tag("ul", *items, class_="legend")


def _said(shown: Sequence[Sight]) -> str:
    counts = [(words, sum(each.state is state for each in shown)) for state, words in WORDS.items()]
    return "Windows by verdict: " + ", ".join(f"{words} {count}" for words, count in counts if count)
