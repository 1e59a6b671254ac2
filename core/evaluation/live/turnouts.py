"""What becomes of windows: which have their labels in, and what those will come to that have not.

Labels that are in early are not like those that come late (wrong predictions are often found out first, or last), so
a metric over a part of them is no fact, and no objective is judged by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.labels.outlook import Outlook, outlook
from core.evaluation.labels.settled import NEARLY_ALL, Wait, labels_are_in, usual_curve
from core.evaluation.windows import Window

EXPERIENCE, MOSTLY = 3, 0.8
"""From so many windows with labels on the past says how long labels take, if most of them have this share of theirs:
then nearly all labels come, and within what has been seen."""
SEASONED = 15
"""From so many on it does in any case. Before, half of the labels may simply take longer than anybody has watched."""
PROMISED = 0.98
"""The share of labels by whose usual wait a window is said to be known. At NEARLY_ALL itself many a window of few rows
or of clustered delays would still fall short of it by chance."""
LEAST = 1 / 3
"""With less than this part of the labels that are usual nothing is taken for complete."""


@dataclass(frozen=True)
class Turnouts:
    """By the starts of windows: `settled` are those whose labels are in, `pending` says of others what their metric
    will be, or why nobody knows. After `usual_hours` PROMISED of the labels that come have come; None while none
    has. `outlook` says what is to come of the newest. They are of so many `windows` before it."""

    settled: frozenset[datetime] = frozenset()
    pending: Mapping[datetime, Estimate | Unknown] = field(default_factory=dict)
    usual_hours: float | None = None
    outlook: Outlook | None = None
    windows: int = 28

    def of(self, window: Window) -> Estimate | Unknown | None:
        """None for a window whose labels are in."""
        if window.start in self.settled:
            return None
        return self.pending.get(window.start, Unknown("not-estimated", "Its labels are not in.", 0.0))


def turnouts(windows: Sequence[Window], waits: Sequence[Sequence[Wait]], now: datetime) -> Turnouts:
    """Of these windows, oldest first; `waits` says of each how long its labels took or have been missing at `now`.
    While they cannot say how long labels take there is no outlook."""
    usual, a_window = usual_curve(waits), windows[-1].end - windows[-1].start
    ahead = outlook(waits[-1], usual, now, [now + a_window]) if _trusted(waits) else None
    return Turnouts(
        settled(windows, waits),
        usual_hours=usual.hours_until(PROMISED),
        outlook=ahead,
        windows=len(windows) - 1,
    )


def settled(windows: Sequence[Window], waits: Sequence[Sequence[Wait]]) -> frozenset[datetime]:
    """The starts of the windows whose labels are in; `waits` says of each how long its labels took or have been
    missing. How long is usual comes from these very windows; while they cannot say, only windows with NEARLY_ALL of
    their labels count."""
    trusted, usual = _trusted(waits), usual_curve(waits)
    return frozenset(
        window.start
        for window, each in zip(windows, waits, strict=True)
        if _share(each) >= NEARLY_ALL or (trusted and labels_are_in(each, usual, LEAST))
    )


def _trusted(waits: Sequence[Sequence[Wait]]) -> bool:
    """Whether these windows show how long labels take."""
    shares = [share for share in map(_share, waits) if share > 0]
    return len(shares) >= SEASONED or (len(shares) >= EXPERIENCE and median(shares) >= MOSTLY)


def _share(waits: Sequence[Wait]) -> float:
    rows = sum(wait.rows for wait in waits)
    return sum(wait.rows for wait in waits if wait.known) / rows if rows else 0.0
