"""From columns that are off to findings that say what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.evaluation.checks.attribute import PAIR, WINDOW, Ratios
from core.evaluation.checks.causes import lookalike, repair
from core.evaluation.checks.distance import MOSTLY
from core.evaluation.checks.heard import Heard
from core.evaluation.checks.signals import Key, Signal
from core.evaluation.checks.told import Seen, Told
from core.evaluation.checks.track import Track
from core.evaluation.checks.wording import TELLERS, apart
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import WindowSummary

Blamed = Mapping[str, Mapping[str, float]]
LARGEST_SCORE = 99.0
SWAPPED = ("level", "spread", "shape", "bins", "between", "categories", "unseen")
"""What a column is off by, alone or beside others, when it holds another's values."""
NEARLY = 1 / 3
"""Where one column holds another's values, that one needs only so much of the limit to be told beside it, if it holds
the first one's: that both fit crosswise is no chance."""
MOST_PARTNERS = 40
"""Of more columns that are off, so many, the nearest in the log's order, are tried as the other of a swap: columns that
come in another order are moved by a few places, and to try all with all takes the square of their number."""


class Explainer:
    """Explains one window, given its signals and what is usual for each."""

    def __init__(
        self,
        window: WindowSummary,
        now: Mapping[Key, Signal],
        tracks: Mapping[Key, Track],
        heard: Heard,
        ratios: Ratios,
        limit: float,
    ) -> None:
        self._window, self._now, self._tracks, self._heard, self._limit = window, now, tracks, heard, limit
        self._ratios, self._off = ratios, _own(ratios)
        self._places = {name: place for place, name in enumerate(window.columns)}
        self._nearly = sorted(name for name, off in self._off.items() if off >= NEARLY * limit)
        self._ordered = _ordered(now)

    def findings(self, blamed: Blamed, since: Mapping[str, datetime]) -> list[Finding]:
        """One finding for each column that is off (two for one when they are swapped)."""
        found, done = [], set()
        for name in sorted(blamed):
            if name in done:
                continue
            other = self._swapped(name, blamed)
            columns = tuple(sorted({name, other} if other else {name} - {WINDOW}))
            told = self._told(name, blamed[name]) if other is None else _swap(*columns)
            done |= set(columns)
            score = max(max(blamed[each].values()) for each in {name, other or name} & set(blamed))
            found.append(
                Finding(
                    check="swap" if other else self._first(blamed[name]),
                    columns=columns,
                    kind=told.kind,
                    score=round(min(LARGEST_SCORE, score / self._limit), 2),
                    reason=told.text,
                    direction=told.direction,
                    magnitude=round(told.magnitude, 6),
                    since=since.get(name, self._window.start),
                    usually=told.usually,
                )
            )
        return found

    def _first(self, off: Mapping[str, float]) -> str:
        """The signal that explains best, a pair's when no other is off."""
        return next((check for check in TELLERS if check in off), "apart")

    def _swapped(self, name: str, blamed: Blamed) -> str | None:
        """Another column that is off too, or nearly, or has become the smaller of the two that always was the larger,
        when each has the values that the other usually has."""
        turned = [column for column in self._ordered.get(name, ()) if self._turned(name, column)]
        if not any(check in blamed[name] for check in SWAPPED):
            return self._exchanged(name, turned)
        off, nearly = (self._near(name, among) for among in (sorted(blamed), self._nearly))
        return self._exchanged(name, off) or self._exchanged(name, [*nearly, *turned])

    def _near(self, name: str, among: Sequence[str]) -> list[str]:
        """Those of these columns that are worth a try, in their order; see MOST_PARTNERS."""
        others = [each for each in among if each != name and each in self._places]
        if len(others) > MOST_PARTNERS and name in self._places:
            here = self._places[name]
            others = sorted(sorted(others, key=lambda each: abs(self._places[each] - here))[:MOST_PARTNERS])
        return others

    def _turned(self, name: str, other: str) -> bool:
        """Whether the smaller of the two is the larger one now, nearly always."""
        key = next((key for key in (("order", (name, other)), ("order", (other, name))) if key in self._now), None)
        if key is None or self._ratios.get(key, 0.0) <= PAIR * self._limit:
            return False
        (less, equal), (less_before, equal_before) = self._now[key].values, self._tracks[key].past.usual()
        more, more_before = 1 - less - equal, 1 - less_before - equal_before
        return bool(min(less, more_before) >= MOSTLY or min(more, less_before) >= MOSTLY)

    def _exchanged(self, name: str, among: list[str]) -> str | None:
        other = lookalike(name, self._now, self._tracks, [each for each in among if self._may_hold(name, each)])
        if other is None or lookalike(other, self._now, self._tracks, [name]) is None:
            return None
        return other

    def _may_hold(self, name: str, other: str) -> bool:
        """Of texts of one length, whether each column holds those of the other."""
        columns = self._window.columns
        mine, theirs = columns.get(name), columns.get(other)
        if mine is None or theirs is None or not mine.top:
            return True
        return self._heard.has(other, mine) and self._heard.has(name, theirs)

    def _told(self, name: str, off: Mapping[str, float]) -> Told:
        check = self._first(off)
        if check == "apart":
            return apart(name, sorted({word.rsplit(" ", 1)[-1] for word in off if "/clock" not in word}))
        columns = () if name == WINDOW else (name,)
        signal, track = self._now[check, columns], self._tracks[check, columns]
        unit = self._unit(name) if "level" in off else None
        if unit:
            return unit
        return TELLERS[check](Seen(name, self._window.columns.get(name), signal.values, track.past.usual()))

    def _unit(self, name: str) -> Told | None:
        key = ("level", (name,))
        change = repair(self._now[key], self._tracks[key])
        if change is None:
            return None
        text = f"The values of {name} look like {change.name}."
        return Told(Kind.HARD, text, "unit", 1.0, "a changed unit or conversion")


def _ordered(now: Mapping[Key, Signal]) -> dict[str, list[str]]:
    """By column, those of which it is watched which of the two is the smaller."""
    found: dict[str, list[str]] = {}
    for check, columns in now:
        if check == "order":
            for name, other in (columns, columns[::-1]):
                found.setdefault(name, []).append(other)
    return {name: sorted(others) for name, others in found.items()}


def _own(ratios: Ratios) -> dict[str, float]:
    """How far each column's own values are off."""
    off: dict[str, float] = {}
    for (check, columns), ratio in ratios.items():
        if len(columns) == 1 and check in SWAPPED:
            off[columns[0]] = max(ratio, off.get(columns[0], 0.0))
    return off


def _swap(first: str, second: str) -> Told:
    text = f"{first} and {second} look swapped: each has the values that the other usually has."
    return Told(Kind.HARD, text, "swapped", 1.0, "columns in another order")
