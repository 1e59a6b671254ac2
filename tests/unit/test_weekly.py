"""What a week's report says, by rules alone; and its picture."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.slack.views import weekly as weekly_views
from core.config.metric import Metric
from core.evaluation.charts.weekly import weekly_chart
from core.evaluation.goal import Goal
from core.evaluation.labels.curve import Curve
from core.evaluation.weekly import MINIMUM_DELAYS, SHOWN, Judged, Paged, compose
from tests.weekly_support import DAY, MONDAY, WEEK, curve_of, day, slice_of


def composed(*judged: Judged, pages: tuple[Paged, ...] = (), delays: Curve | None = None) -> dict[str, Any]:
    return compose(judged, pages, WEEK, Goal(Metric.ACCURACY, 0.7), "day", delays)


def test_one_sentence_says_how_the_week_went() -> None:
    finding = {"reason": "price is missing in 41% of rows."}
    found = composed(
        day(0),
        day(1, "breached", slices=[slice_of(0.5)]),
        day(2, "breached", slices=[slice_of(0.4)], findings=[finding]),
        day(3, "unknown"),
        pages=(Paged(MONDAY + DAY, False), Paged(MONDAY, False), Paged(None, False)),
    )
    assert found["sentence"] == (
        "The objective was met on 1 day and missed on 2, with 1 not judged; 3 pages sent (1 right, 1 wrong, 1 not "
        "known yet); 1 data finding; the worst slice was carrier EV with accuracy 40.0% on Wed 6 Feb, usually 70.0%."
    )
    assert [(each["name"], each["value"]) for each in found["slices"]] == [("carrier EV", 0.4)]


def test_an_alert_that_goes_on_from_the_week_before_is_told() -> None:
    before = Paged(MONDAY - DAY, False, before=True)
    assert "no new page was sent while 1 earlier alert went on;" in composed(day(0), pages=(before,))["sentence"]
    both = composed(day(0), pages=(before, Paged(MONDAY, False)))
    assert "1 page sent (1 wrong), and 1 earlier alert went on;" in both["sentence"]
    assert both["pages"] == {"sent": 1, "right": 0, "wrong": 1, "open": 0, "went_on": 1}


def test_an_empty_week_and_one_without_labels_say_so() -> None:
    assert composed()["sentence"] == "Nothing was evaluated this week."
    assert composed(day(-1))["sentence"] == "Nothing was evaluated this week."
    text = composed(day(0, "unknown"), day(1, "unknown"))["sentence"]
    assert text == (
        "No day could be judged: too few labels are in for 2 days; no page was sent; nothing unusual in the data."
    )


def test_what_a_later_evaluation_knows_of_a_window_counts() -> None:
    later = {"start": MONDAY.isoformat(), "rows": 800, "labels": 799, "value": 0.6, "state": "breached"}
    found = composed(day(0, "unknown"), day(1, trend=[later]), pages=(Paged(MONDAY, True),))
    assert found["counts"] == {"met": 1, "breached": 1, "unknown": 0}
    assert found["pages"] == {"sent": 1, "right": 1, "wrong": 0, "open": 0, "went_on": 0}
    assert [(each["value"], each["within"]) for each in found["days"]] == [(0.6, False), (0.8, True)]


@pytest.mark.parametrize(("noise", "wrong"), [(True, 1), (False, 0)])
def test_without_a_metric_people_say_whether_a_page_was_right(noise: bool, wrong: int) -> None:
    found = composed(day(0, "unknown"), pages=(Paged(MONDAY, noise), Paged(None, noise)))
    assert (found["pages"]["wrong"], found["pages"]["open"]) == (2 * wrong, 2 - 2 * wrong)


def test_only_the_weeks_own_windows_are_counted_and_only_the_last_are_drawn() -> None:
    found = composed(*(day(number) for number in range(-40, 7)))
    assert (found["counts"]["met"], len(found["days"]), len(found["shown"])) == (7, 7, SHOWN)


def test_a_slice_that_only_is_tracked_is_listed_and_not_called_the_worst() -> None:
    found = composed(day(0, slices=[slice_of(0.72, worse=False, tracked=True), slice_of(0.1, worse=False)]))
    assert len(found["slices"]) == 1
    assert "slice" not in found["sentence"]


def test_a_slice_is_told_by_what_it_was_found_by_and_few_labels_say_little() -> None:
    rare = slice_of(0.97, name="region north", usual=0.99, found="finds 0 of 24 positives, usually 12 to 20")
    found = composed(day(0, slices=[slice_of(0.6, labels=4), rare]), day(1, slices=[slice_of(0.65, labels=400)]))
    assert [each["name"] for each in found["slices"]] == ["carrier EV", "region north"]
    assert found["slices"][0]["labels"] == 400, "0.05 on 400 labels is more than 0.1 on 4"
    alone = composed(day(0, slices=[rare]))
    assert "region north on Mon 4 Feb: it finds 0 of 24 positives, usually 12 to 20." in alone["sentence"]


def test_few_labels_make_no_curve() -> None:
    assert composed(day(0), delays=curve_of(MINIMUM_DELAYS - 1))["delays"] is None
    found = composed(day(0), delays=curve_of(200))["delays"]
    assert (found["hours"][-1], found["share"][0]) == (40.0, 0.0)
    assert found["share"] == sorted(found["share"])
    assert found["ever"] == pytest.approx(0.97)


@pytest.mark.parametrize("days", [1, 9, 40])
def test_the_picture_is_1080_pixels_wide_with_much_and_with_little(tmp_path: Path, days: int) -> None:
    judged = [day(6 - number, ("met", "breached", "unknown")[number % 3]) for number in range(days)][::-1]
    found = composed(*judged, delays=curve_of(100) if days > 1 else None)
    path = weekly_chart(found, "The week of Flight delays", "4 Feb to 10 Feb 2013", "UTC", tmp_path / "week.png")
    with Image.open(path) as picture:
        assert picture.width == 1080


def test_windows_without_any_figure_are_drawn(tmp_path: Path) -> None:
    found = composed(day(0, "unknown", estimate=None, rows=0, labels=0))
    assert weekly_chart(found, "The week of $x_1$", "4 Feb", "UTC", tmp_path / "week.png").stat().st_size


def test_a_figure_is_never_outside_of_what_reads_like_it() -> None:
    """With nearly all labels in, an estimate's range is narrower than its figures."""
    content = composed(day(0))
    near = {"value": 0.80641, "low": 0.80642, "high": 0.80645, "expected": 0.80643, "within": False}
    far = near | {"low": 0.82, "high": 0.84}
    lines = [str(weekly_views.lists(content | {"days": [content["days"][0] | each]})) for each in (near, far)]
    assert "80.6% (expected 80.6%)" in lines[0]
    assert "80.6% (outside the expected 82.0% to 84.0%)" in lines[1]


def test_a_day_that_had_no_estimate_says_nothing_of_one() -> None:
    content = composed(day(0))
    line = str(weekly_views.lists(content | {"days": [content["days"][0] | {"expected": None}]}))
    assert "% on " in line, "neither brackets nor a word"
    assert "no estimate" not in line
