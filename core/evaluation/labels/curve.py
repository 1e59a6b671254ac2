"""How long labels take, from labels that came and labels that are still missing (Kaplan and Meier, 1958)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.rows import Rows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Curve:
    """The share of labels that came within `hours` (ascending) of their prediction: `share`, ascending in [0, 1].

    Both are empty when no label ever came. `ever` is the last share: what is missing then never came so far.
    """

    hours: Floats
    share: Floats

    @property
    def ever(self) -> float:
        """The share of predictions that got a label at all, as far as the past can tell; 0 without any."""
        return float(self.share[-1]) if len(self.share) else 0.0

    def within(self, hours: Floats) -> Floats:
        """The share of labels that come within these hours; 0 before the prediction."""
        place = np.searchsorted(self.hours, hours, side="right")
        return np.concatenate([[0.0], self.share])[place]

    def hours_until(self, level: float) -> float | None:
        """After how many hours `level` (in (0, 1]) of the labels that ever come have come; None without any."""
        if not len(self.share):
            return None
        place = int(np.searchsorted(self.share, level * self.ever - 1e-12))
        return float(self.hours[min(place, len(self.hours) - 1)])


def delays(rows: Rows, now: object) -> tuple[Floats, Flags]:
    """Per prediction hours to its label, or to `now` where it has none yet; and whether it has one.

    A label that is dated before its prediction counts as immediate, as does a prediction after `now`.
    """
    known = rows.labelled.to_numpy(bool)
    until = rows.label_at.where(rows.labelled, now)
    return np.maximum((until - rows.at).dt.total_seconds().to_numpy(float) / 3600, 0.0), known


def curve(hours: Floats, known: Flags) -> Curve:
    """The curve of delays: where `known` is false, the label had not come after that many hours."""
    return counted_curve(hours, known, np.ones(len(hours)))


def counted_curve(hours: Floats, known: Flags, rows: Floats) -> Curve:
    """The same from counts: each pair of hours and `known` stands for so many `rows` (above 0)."""
    order = np.lexsort((~known, hours))  # at a tie the label came before the watching ended
    hours, known, rows = hours[order], known[order], rows[order]
    risk = np.cumsum(rows[::-1])[::-1]
    missing = np.cumprod(np.where(known, 1 - rows / np.maximum(risk, rows), 1.0), dtype=np.float64)
    # Of a tie the last label carries the share.
    places = np.flatnonzero(known)
    last = places[np.append(np.diff(hours[places]) > 0, True)] if len(places) else places
    return Curve(hours[last], 1 - missing[last])
