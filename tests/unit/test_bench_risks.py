"""Stated chances held against what came, on chances made for each."""

from bench.estimate_risks import reliability


def test_chances_are_held_against_how_often_they_came_by_what_was_stated() -> None:
    stated = [0.01] * 100 + [0.55] * 20 + [1.0] * 4 + [float("nan")]
    missed = [False] * 100 + [True] * 5 + [False] * 15 + [True] * 4 + [True]
    lines = reliability(stated, missed)
    assert [line.split()[3] for line in lines[:-1]] == ["0.02", "0.60", "1.00"]
    assert "20 windows" in lines[1]
    assert "came true 0.250 ± 0.097" in lines[1]
    assert lines[-1] == f"Brier score {(100 * 0.01**2 + 5 * 0.45**2 + 15 * 0.55**2) / 124:.4f} over 124 windows"


def test_without_a_stated_chance_nothing_is_held_against_anything() -> None:
    assert reliability([float("nan")], [True]) == []
