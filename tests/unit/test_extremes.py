"""What the largest of a past are taken for."""

import numpy as np
import pytest

from core.evaluation.checks.extremes import OFTEN, Known, Past, known_of, nearest, top_of_others

LEAST = 0.1


def past(excesses: list[float], found: tuple[int, ...] = (), modest: tuple[int, ...] = ()) -> Past:
    """Forty calm windows, then these; `found` and `modest` count from the first of these."""
    values = np.array([0.0] * 40 + excesses)
    usual, small = np.ones(len(values), dtype=bool), np.zeros(len(values), dtype=bool)
    usual[[40 + i for i in found]] = False
    small[[40 + i for i in modest]] = True
    return Past(values, values, usual, small)


def known(made: Past) -> Known:
    return known_of(made, LEAST, calm_says=True)


def test_a_signal_that_went_far_once_is_rigid_and_twice_is_not() -> None:
    assert known(past([0.3])).rigid
    assert not known(past([0.3, 0.3])).rigid
    assert not known_of(past([]), LEAST, calm_says=False).rigid
    assert not known(Past(*(each[:15] for each in past([])))).rigid


def test_a_small_finding_counts_at_once_for_what_moves_and_from_the_second_on_for_what_is_rigid() -> None:
    assert known(past([0.3, 0.3, 0.4], found=(2,), modest=(2,))).top == pytest.approx(0.35)
    assert known(past([0.4], found=(0,), modest=(0,))).top == 0.0
    assert known(past([0.4, 0.3], found=(0, 1), modest=(0, 1))).top == 0.3


def test_what_was_found_again_and_again_is_no_incident_where_the_signal_moves_by_itself() -> None:
    moving, jumps = [0.2, 0.2, 0.0], [0.9, 0.0] * OFTEN
    found = tuple(range(3, 3 + len(jumps), 2))
    assert known(past(moving + jumps, found=found)).top == 0.9
    assert known(past(moving + jumps[2:], found=found[:-1])).top == pytest.approx(0.2)
    assert known(past(jumps, found=tuple(range(0, len(jumps), 2)))).top == 0.0, "a rigid one has incidents only"


def test_one_incident_that_lasts_counts_once() -> None:
    lasting = known(past([0.2, 0.2, 0.0, 0.9, 0.9, 0.9, 0.9], found=(3, 4, 5, 6)))
    assert lasting.top == pytest.approx(0.2)


def test_the_nearest_but_one_of_a_long_past() -> None:
    assert nearest(np.arange(1.0, 10.0)) == 1.0
    assert nearest(np.arange(1.0, 40.0)) == 2.0


def test_the_two_largest_beside_each() -> None:
    assert top_of_others([4.0, 1.0, 2.0, 6.0]) == [4.0, 5.0, 5.0, 3.0]
    assert top_of_others([1.0, 2.0]) == [0.0, 0.0]
