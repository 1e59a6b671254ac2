"""What a retraining learns from, and what it holds out to compare on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]
"""Half open, [from, until), over prediction time."""


@dataclass(frozen=True)
class TrainingWindows:
    """`holdout` is None when there are no rows that neither model has learned from."""

    train: Span
    holdout: Span | None


def training_windows(
    at: datetime, history: timedelta, holdout: timedelta, champion_trained_until: datetime | None
) -> TrainingWindows:
    """The held-out rows are the last before `at`, the training rows the `history` before those.

    Rows that the champion has learned from are not held out: it knows them by heart, and would beat any
    candidate on them. So the holdout is shorter while the champion is young, and missing when the champion was
    trained up to `at`; then the candidate learns from everything.
    """
    start = at - holdout
    if champion_trained_until is not None:
        start = min(at, max(start, champion_trained_until))
    return TrainingWindows((start - history, start), (start, at) if start < at else None)
