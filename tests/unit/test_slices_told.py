"""What is said of one slice: its figures, what is usual, and how rare that is by chance."""

import numpy as np
import pytest

from core.evaluation.slicing.cuts import OTHER
from core.evaluation.slicing.found import NINE_OF_TEN, SliceFound, found_of
from core.evaluation.slicing.memory import Compared
from core.evaluation.slicing.tally import Tally

EV = (("carrier", "EV"),)


def slice_of(**changes: object) -> SliceFound:
    values: dict[str, object] = {
        "where": EV,
        "predictions": 120,
        "labels": 100,
        "value": 0.61,
        "low": 0.5,
        "high": 0.7,
        "usual": 0.8,
        "score": 3.0,
        "chance": 0.01,
        "blocks": 6,
    }
    return SliceFound(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.6, "which chance alone brings often"),
        (0.5, "by chance about once in 2 windows"),
        (0.001, "by chance about once in 1,000 windows"),
        (1 / 10_000, "by chance about once in 10,000 windows"),
        (1 / 20_000, "which chance alone does not bring"),
    ],
)
def test_how_rare_a_slice_is_by_chance(chance: float, said: str) -> None:
    assert slice_of(chance=chance).reason == (
        f"carrier EV: 61% right on 100 labels, usually 80%; worse in 6 of 7 parts of the window, {said}."
    )


def test_what_is_usual_is_a_range_once_the_past_tells_one() -> None:
    assert "usually 75 to 84%;" in slice_of(usual_low=0.75, usual_high=0.84).reason
    assert "usually 80%;" in slice_of(usual_low=0.75).reason
    assert slice_of(chance=None).reason.endswith("; too little past to say how unusual that is.")


def test_rows_can_be_asked_for_where_each_attribute_has_one_value() -> None:
    rest = (*EV, ("origin", OTHER))
    assert [slice_of().named_by_values, slice_of(where=rest).named_by_values] == [True, False]
    assert not slice_of(bands=True).named_by_values
    assert slice_of(where=(("origin", None), *EV)).name == "origin missing, carrier EV"


def test_the_figures_of_a_slice_come_from_its_tally() -> None:
    """Seven parts of 20 labels with 2 misses to be expected of each, of which two have many more; the window as a whole
    was a little worse, so that 3 were due in each."""
    misses = np.array([[10], [6], [3], [3], [3], [3], [2]])
    tally = Tally(
        keys=(EV,),
        rows=np.full((7, 1), 20),
        misses=misses,
        expected=np.full((7, 1), 2.0),
        predictions=np.array([150]),
        labels=np.array([140]),
        called=np.array([140]),
        members=None,
        cells=None,  # type: ignore[arg-type]
        skew=np.zeros(1),
        whole=np.array([1000.0, 100.0]),
    )

    def compared(due: float, spread: float, chance: float) -> Compared:
        return Compared(*(np.array([each]) for each in (due, spread, 0.2, 2.0, chance)))

    found = found_of(tally, 0, compared(21.0, 3.5, 0.01))
    assert (found.predictions, found.labels, found.blocks) == (150, 140, 2)
    assert (found.value, found.usual) == (pytest.approx(1 - 30 / 140), pytest.approx(0.85))
    assert found.low < found.value < found.high
    assert found.usual_low == pytest.approx(0.85 - NINE_OF_TEN * 0.025)
    assert found.usual_high == pytest.approx(0.85 + NINE_OF_TEN * 0.025)
    unknown = found_of(tally, 0, compared(21.0, 3.5, float("inf")))
    assert (unknown.chance, unknown.usual_low, unknown.usual_high) == (None, None, None)
    sure = found_of(tally, 0, compared(1.0, 35.0, 0.01))
    assert (sure.usual_high, sure.usual) == (1.0, pytest.approx(1 - 1 / 140))
