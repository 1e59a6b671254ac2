"""From columns that are off to findings that say what happened."""

from collections.abc import Mapping
from datetime import datetime

from core.evaluation.checks.attribute import WINDOW
from core.evaluation.checks.causes import lookalike, repair
from core.evaluation.checks.signals import Key, Signal
from core.evaluation.checks.told import Seen, Told
from core.evaluation.checks.track import Track
from core.evaluation.checks.wording import TELLERS, apart
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import WindowSummary

Blamed = Mapping[str, Mapping[str, float]]
LARGEST_SCORE = 99.0


class Explainer:
    """Explains one window, given its signals and what is usual for each."""

    def __init__(
        self, window: WindowSummary, now: Mapping[Key, Signal], tracks: Mapping[Key, Track], limit: float
    ) -> None:
        self._window, self._now, self._tracks, self._limit = window, now, tracks, limit

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
            score = max(max(blamed[each].values()) for each in {name, other or name})
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
        """Another column that is off too, when each has the values that the other usually has."""
        if not any(
            check in blamed[name] for check in ("level", "spread", "shape", "bins", "categories", "unseen")
        ):
            return None
        among = [other for other in sorted(blamed) if other not in (name, WINDOW)]
        other = lookalike(name, self._now, self._tracks, among)
        if other is None or lookalike(other, self._now, self._tracks, [name]) is None:
            return None
        return other

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


def _swap(first: str, second: str) -> Told:
    text = f"{first} and {second} look swapped: each has the values that the other usually has."
    return Told(Kind.HARD, text, "swapped", 1.0, "columns in another order")
