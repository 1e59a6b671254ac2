"""Whether a log ends within its last window is told by how windows usually end."""

from datetime import UTC, datetime, timedelta

import pytest

from core.evaluation.backtest.cut_short import CLEARLY, FEWEST, ends_early
from core.evaluation.summaries.summary import PROFILE_PARTS, WindowSummary

START, DAY = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)


def days(*silent: int | None) -> list[WindowSummary]:
    """Days that fall silent so many parts before their end; None holds no rows at all."""
    return [
        WindowSummary(
            START + day * DAY,
            START + (day + 1) * DAY,
            rows := 0 if parts is None else 960,
            rows,
            profile=(0,) * PROFILE_PARTS if parts is None else (10,) * (PROFILE_PARTS - parts) + (0,) * parts,
        )
        for day, parts in enumerate(silent)
    ]


@pytest.mark.parametrize(
    ("usually", "last", "cut"),
    [
        ([0] * FEWEST, CLEARLY + 1, True),
        ([0] * FEWEST, CLEARLY, False),
        ([0] * (FEWEST - 1), 90, False),
        ([*[0] * (FEWEST - 1), None], 90, False),
        ([*[0] * FEWEST, None], 90, True),
        ([*[0] * FEWEST, 30], 30 + CLEARLY, False),
        ([*[0] * FEWEST, 30], 30 + CLEARLY + 1, True),
        ([0] * FEWEST, None, False),
    ],
    ids=[
        "clearly earlier",
        "an hour is within what happens",
        "too few to tell",
        "empty days tell nothing",
        "nor are they the longest silence",
        "one day was nearly as quiet",
        "quieter than the quietest",
        "nothing came at all",
    ],
)
def test_a_log_ends_early_when_its_last_window_falls_silent_as_none_did(
    usually: list[int | None], last: int | None, cut: bool
) -> None:
    assert ends_early(days(*usually, last)) is cut


def test_a_log_without_windows_ends_nowhere() -> None:
    assert not ends_early([])


def test_the_silence_is_that_at_the_end_not_one_in_between() -> None:
    quiet_nights = [WindowSummary(d.start, d.end, 9, 9, profile=(0,) * 40 + (1,) * 56) for d in days(*[0] * 6)]
    assert not ends_early(quiet_nights)
