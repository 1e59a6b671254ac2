"""Pictures of evaluations: PNGs of the promised width, whatever is missing."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.metric import Metric
from core.evaluation.charts import style
from core.evaluation.charts.comparison import Compared, comparison_chart
from core.evaluation.charts.evaluation import drawn, evaluation_chart, figure_of
from core.evaluation.metric import Measured, accuracy

START = datetime(2013, 2, 8, 5, tzinfo=UTC)


def entry(day: int, value: float | None, version: str = "1", state: str = "met") -> dict[str, Any]:
    spread = 0.03 if value is not None else None
    return {
        "start": (START + timedelta(days=day)).isoformat(),
        "rows": 900,
        "labels": 850 if value is not None else 0,
        "value": value,
        "low": value - spread if value is not None and spread else None,
        "high": value + spread if value is not None and spread else None,
        "state": state if value is not None else "unknown",
        "version": version,
    }


def computed(trend: list[dict[str, Any]], slices: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "metric": "accuracy",
        "value": trend[-1]["value"] if trend else None,
        "objective": 0.7,
        "state": trend[-1]["state"] if trend else "unknown",
        "slices": slices or [],
        "summary": {"day": "Fri 8 Feb", "labels": {"coverage": 0.94}, "trend": trend},
    }


def a_slice(name: str, value: float | None, usual: float | None) -> dict[str, Any]:
    bounds = {"low": None, "high": None} if value is None else {"low": value - 0.1, "high": value + 0.1}
    return {"name": name, "value": value, "usual": usual, "worse": True, "tracked": False} | bounds


def size(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


MONTH = [entry(i, 0.8 - 0.01 * (i % 5), "1" if i < 12 else "2") for i in range(28)]


@pytest.mark.parametrize(
    "trend",
    [
        [*MONTH, entry(28, 0.52, "2", "breached")],
        [entry(0, 0.8)],
        [entry(0, None)],
        [entry(0, 0.8), entry(1, None), entry(2, 0.9)],
        [],
        [entry(0, 0.0, state="breached"), entry(1, 1.0)],
    ],
)
def test_every_trend_can_be_drawn(trend: list[dict[str, Any]], tmp_path: Path) -> None:
    path = evaluation_chart(computed(trend), "Flight delays", "America/New_York", tmp_path / "deep" / "a.png")
    assert size(path)[0] == 1080
    assert [file.name for file in path.parent.iterdir()] == ["a.png"]


def test_what_was_judged_by_an_estimate_is_drawn_as_estimated(tmp_path: Path) -> None:
    estimate = {"value": 0.61, "low": 0.55, "high": 0.66}
    trend = [*MONTH, entry(28, 0.79) | {"estimate": estimate, "state": "breached"}]
    found = computed(trend)
    early = evaluation_chart(found, "x", "UTC", tmp_path / "early.png")
    found["summary"] |= {"estimated": True, "estimate": estimate}
    assert figure_of(found) == 0.61, "and not .79, by the labels that are in"
    assert [drawn(trend[-1], key) for key in ("value", "low", "high")] == [0.61, 0.55, 0.66]
    told = evaluation_chart(found, "x", "UTC", tmp_path / "told.png")
    assert told.read_bytes() != early.read_bytes()
    assert figure_of(computed(MONTH)) == MONTH[-1]["value"]


def test_slices_make_the_picture_longer_and_those_without_labels_are_left_out(tmp_path: Path) -> None:
    slices = [a_slice("carrier EV, origin EWR and a very long name", 0.4, 0.7), a_slice("$new_one$", 0.5, None)]
    short = evaluation_chart(computed(MONTH), "x", "UTC", tmp_path / "short.png")
    long = evaluation_chart(computed(MONTH, slices), "x" * 200, "UTC", tmp_path / "long.png")
    same = evaluation_chart(computed(MONTH, [a_slice("no labels", None, 0.7)]), "x", "UTC", tmp_path / "same.png")
    assert size(long)[1] > size(short)[1] == size(same)[1]


def compared(name: str, champion: int, candidate: int, rows: int = 200) -> Compared:
    one, other = accuracy(champion, rows), accuracy(candidate, rows)
    assert one is not None
    assert other is not None
    return Compared(name, one, other)


def test_a_comparison_shows_at_most_six_groups(tmp_path: Path) -> None:
    groups = [compared("All rows", 150, 160)] + [compared(f"carrier {i}", 150, 140 + i) for i in range(9)]
    six = comparison_chart("Candidate v4", "Accuracy", ("v3", "v4"), groups, tmp_path / "a.png")
    one = comparison_chart("Candidate v4", "Accuracy", ("v3", "v4"), groups[:1], tmp_path / "b.png")
    assert size(six)[0] == size(one)[0] == 1080
    assert size(six) == size(
        comparison_chart("Candidate v4", "Accuracy", ("v3", "v4"), groups[:6], tmp_path / "c.png")
    )
    assert size(six)[1] > size(one)[1]


def test_a_comparison_tells_the_interval_of_the_difference_where_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = style.write
    monkeypatch.setattr(style, "write", lambda *a, **k: (written.append(str(a[3])), write(*a, **k))[1])
    known = replace(compared("All rows", 150, 160), difference=(-0.0123, 0.0871))
    comparison_chart("Candidate v4", "Accuracy", ("v3", "v4"), [known, compared("B", 3, 2)], tmp_path / "a.png")
    assert "+5.0" in written
    assert [each for each in written if " to " in each] == ["−1.2 to +8.7"]


def test_errors_are_compared_in_their_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, str]] = []
    write = style.write
    monkeypatch.setattr(
        style, "write", lambda *a, **k: (written.append((str(a[3]), k.get("color", ""))), write(*a, **k))[1]
    )
    better = Compared("All", Measured(6.2, 5.9, 6.5, 300), Measured(5.9, 5.6, 6.2, 300), (-0.412, -0.188))
    few = Compared("few", Measured(6.2, None, None, 12), Measured(9.1, None, None, 12))
    comparison_chart("Delivery times", "MAE", ("v3", "v4"), [better, few], tmp_path / "a.png", Metric.MAE)
    assert ("−0.300", style.BLUE) in written, "less is better"
    assert ("+2.90", style.MUTED) in written, "twelve rows show no difference"
    assert "−0.412 to −0.188" in [text for text, _ in written]


@pytest.mark.parametrize(
    ("span", "colour"),
    [((-0.07, -0.01), style.RED), ((0.01, 0.07), style.BLUE), ((-0.01, 0.07), style.MUTED), (None, style.MUTED)],
)
def test_only_a_difference_beyond_chance_is_coloured(span: tuple[float, float] | None, colour: str) -> None:
    better = span is None or sum(span) > 0
    group = replace(compared("All rows", 150, 160 if better else 140), difference=span)
    assert group.colour(Metric.ACCURACY) == colour


def test_the_sides_of_a_comparison_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, float] = {}
    write = style.write
    monkeypatch.setattr(style, "write", lambda *a, **k: (written.update({str(a[3]): a[1]}), write(*a, **k))[1])
    groups = [replace(compared("All rows", 150, 160), difference=(-0.0123, 0.0871))]
    comparison_chart("Candidate v4", "Accuracy", ("v3", "v4"), groups, tmp_path / "a.png")
    assert written["v3 better ◂"] < written["▸ v4 better"]
    comparison_chart("Candidate v4", "MAE", ("v3", "v4"), groups, tmp_path / "b.png", Metric.MAE)
    assert written["v4 better ◂"] < written["▸ v3 better"]


def test_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        comparison_chart("x", "y", ("v1", "v2"), [], tmp_path / "a.png")
