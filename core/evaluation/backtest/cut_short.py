"""Whether a log ends within its last window: what is missing there may still come. Pure."""

from collections.abc import Sequence

from core.evaluation.summaries.summary import WindowSummary

FEWEST = 5
"""With fewer windows that hold rows nobody knows how windows usually end."""
CLEARLY = 4
"""Parts of a window (an hour of a day) beyond the longest silence of the others: some window is always the longest."""


def ends_early(windows: Sequence[WindowSummary]) -> bool:
    """Whether the last window falls silent clearly earlier than any other one; windows in the order of time.

    It tells an export that was made in the middle of a day from a pipeline that is quiet at night. An outage that
    lasts to the end of the log looks the same. False with fewer than five other windows that hold rows.
    """
    if not windows or not windows[-1].rows:
        return False
    others = [_silent_at_the_end(each) for each in windows[:-1] if each.rows]
    return len(others) >= FEWEST and _silent_at_the_end(windows[-1]) > max(others) + CLEARLY


def _silent_at_the_end(window: WindowSummary) -> int:
    """The parts of the window after its last row."""
    parts = window.profile
    return next((i for i, rows in enumerate(reversed(parts)) if rows), len(parts))
