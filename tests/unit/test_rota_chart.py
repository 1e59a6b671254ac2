"""The picture of the coming weeks: what is written stays inside the card."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.slack.rota_chart import _days
from core.evaluation.charts.style import WIDTH, card, panel

DAY = timedelta(days=1)


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("hour", [0, 5, 12, 17, 23])
def test_the_names_of_days_are_inside_the_card(weekday: int, hour: int) -> None:
    start = datetime(2013, 2, 4 + weekday, hour, 30, tzinfo=UTC)
    figure = card(2.0)
    axes: Any = panel(figure, 0.3, 0.5, WIDTH - 0.3, 1.4)
    axes.set_xlim(0.0, 14.0)
    _days(axes, start, start + 14 * DAY, "UTC")
    figure.draw_without_rendering()
    whole = figure.bbox
    labels = axes.get_xticklabels()
    assert labels
    for label in labels:
        box = label.get_window_extent()
        assert whole.x0 + 4 < box.x0, label.get_text()
        assert box.x1 < whole.x1 - 4, label.get_text()


@pytest.mark.parametrize("days", [1, 7, 14, 20, 28, 35, 56, 84])
def test_the_names_of_days_have_room(days: int) -> None:
    start = datetime(2013, 2, 6, 12, 30, tzinfo=UTC)
    figure = card(2.0)
    axes: Any = panel(figure, 0.3, 0.5, WIDTH - 0.3, 1.4)
    axes.set_xlim(0.0, float(days))
    _days(axes, start, start + days * DAY, "UTC")
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(boxes) >= min(days // 14, 4)
    assert all(before.x1 + 4 < after.x0 for before, after in pairwise(boxes))
