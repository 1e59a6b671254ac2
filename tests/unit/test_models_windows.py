from datetime import UTC, datetime, timedelta

import pytest

from core.models.windows import training_windows

AT = datetime(2013, 2, 5, 15, tzinfo=UTC)
HISTORY, HOLDOUT = timedelta(days=60), timedelta(days=7)


@pytest.mark.parametrize(
    ("champion_trained_until", "start"),
    [
        (None, AT - HOLDOUT),
        (AT - timedelta(days=30), AT - HOLDOUT),
        (AT - timedelta(days=4), AT - timedelta(days=4)),
    ],
)
def test_rows_the_champion_learned_from_are_not_held_out(
    champion_trained_until: datetime | None, start: datetime
) -> None:
    windows = training_windows(AT, HISTORY, HOLDOUT, champion_trained_until)

    assert windows.holdout == (start, AT)
    assert windows.train == (start - HISTORY, start)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=1)])
def test_a_champion_trained_up_to_now_leaves_nothing_to_compare_on(ahead: timedelta) -> None:
    windows = training_windows(AT, HISTORY, HOLDOUT, AT + ahead)

    assert windows.holdout is None
    assert windows.train == (AT - HISTORY, AT)
