"""What the means of a window's features say about how far its estimate will be off."""

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.context import MOST_DIRECTIONS, expected_misses, unfamiliar

COUNT, DELAY = 120, 3
PLACE = np.arange(COUNT).astype(float)
KNOWN: Ints = np.maximum(np.arange(COUNT) - DELAY, 0).astype(np.int64)
SCALE = np.full(COUNT, 0.02)


def told(context: Floats, miss: Floats, own: Floats) -> tuple[Floats, float]:
    return expected_misses(context, miss, SCALE, PLACE, KNOWN, own, float(COUNT))


def drawn(columns: int = 6) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(3)
    return rng.normal(size=(COUNT, columns)), rng.normal(0, 0.02, COUNT)


def test_a_context_that_moves_the_misses_is_learned() -> None:
    context, noise = drawn()
    miss = 0.02 * context[:, 2] + noise
    found, here = told(context, miss, np.array([0, 0, 2.0, 0, 0, 0]))
    assert np.abs(miss - found)[40:].mean() < 0.85 * np.abs(miss)[40:].mean()
    assert 0.02 < here < 0.06


def test_a_context_that_says_nothing_costs_next_to_nothing() -> None:
    context, miss = drawn(40)
    found, here = told(context, miss, context[7])
    assert np.abs(miss - found)[20:].mean() < 1.03 * np.abs(miss)[20:].mean()
    assert abs(here) < 0.005
    assert context.shape[1] > MOST_DIRECTIONS


def test_a_past_window_knows_nothing_that_came_to_light_after_it() -> None:
    context, miss = drawn()
    later = miss.copy()
    later[80:] += 1.0
    first, _ = told(context, miss, context[0])
    second, _ = told(context, later, context[0])
    assert np.array_equal(first[: 80 + DELAY], second[: 80 + DELAY])
    assert not np.allclose(first[100:], second[100:])


def test_columns_without_values_or_movement_and_an_empty_past_say_nothing() -> None:
    context, miss = drawn(3)
    context[:, 0], context[:, 1] = np.nan, 4.0
    context[5, 2] = np.nan
    found, here = told(context, miss, np.array([1.0, 9.0, np.nan]))
    assert np.isfinite(found).all()
    assert np.isfinite(here)
    nothing, none = expected_misses(
        context[:0], miss[:0], SCALE[:0], PLACE[:0], KNOWN[:0], np.array([1.0, 2.0, 3.0]), 0.0
    )
    assert len(nothing) == 0
    assert none == 0.0


def test_what_lies_outside_of_all_labels_is_vague_until_the_first_of_them_are_in() -> None:
    context, _ = drawn()
    shifted = context[5] + 12.0 * (np.arange(6) == 3)

    def vague(own: Floats) -> float:
        return unfamiliar(context, SCALE, PLACE, KNOWN, own, float(COUNT))[1] / SCALE[0] ** 2

    assert vague(context[5]) < 0.1
    assert vague(shifted) > 1.0
    context[-4:, 3] += 12.0
    assert vague(shifted) < 0.25
