"""Signals of a window that are compared with the past many at once."""

import numpy as np
import pytest

from core.evaluation.checks import at_once
from core.evaluation.checks.distance import measure_of
from core.evaluation.checks.lasting import STRETCH
from core.evaluation.checks.nearest import nearest_of
from core.evaluation.checks.signals import LATELY, Key, Signal
from core.evaluation.checks.track import Track

WIDTHS = {
    "missing": 1,
    "missing lately": 1,
    "mode": 1,
    "shape": 6,
    "categories": 6,
    "constant": 3,
    "correlation": 1,
}
COLUMNS = 12
ENDED = 0.9
"""The values of a state that was there in the first windows only."""


def pasts(windows: int) -> dict[Key, Track]:
    """Tracks of COLUMNS columns each: calm ones, one that moves, one with an incident, one with a state that ended."""
    rng = np.random.default_rng(windows)
    tracks = {}
    for check, width in WIDTHS.items():
        for column in range(COLUMNS):
            apart = STRETCH if check.endswith(LATELY) else 1
            track = Track(measure_of(check), width, apart=apart)
            level = rng.random(width)
            for window in range(windows):
                moved = 0.3 * rng.random(width) if column == 1 else 0.002 * rng.random(width)
                values = level * 0 + ENDED if column == 2 and window < 3 else level / 2 + moved
                if column == 5 and window >= windows - STRETCH:
                    values = values + 0.004
                track.add(window, Signal(values, 40 if column == 3 and window % 2 else 500), None)
            if column == 4 and windows > 10:
                track.mark(5, 7, usual=False)
            if column == 5 and windows > 20:
                track.mark(windows - STRETCH, windows - 4, usual=True)
            tracks[check, (f"c{column}",)] = track
    return tracks


def arriving(tracks: dict[Key, Track], rng: np.random.Generator) -> dict[Key, Signal]:
    """The next window: mostly as ever, some far off, some without a value, some never followed."""
    now = {}
    for place, (key, track) in enumerate(tracks.items()):
        values = track.past.latest(1)[0] + 0.001 * rng.random(WIDTHS[key[0]])
        if place % 5 == 0:
            values = values + rng.random()
        if place % 19 == 0:
            values = values * np.nan
        if key[1] == ("c2",):
            values = values * 0 + ENDED
        now[key] = Signal(values, 500)
    return now | {("missing", ("new",)): Signal(np.zeros(1), 500)}


@pytest.mark.parametrize("windows", [3, 8, 15, 30, 70])
def test_many_at_once_are_told_what_each_is_told_by_itself(windows: int) -> None:
    tracks = pasts(windows)
    now = arriving(tracks, np.random.default_rng(1))
    one_by_one = {key: track.novelty(now[key], windows) for key, track in tracks.items()}
    found = at_once.novelties(now, tracks, windows)
    assert repr(found) == repr({key: novelty for key, novelty in one_by_one.items() if novelty is not None})


def test_most_of_an_ordinary_window_is_not_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tracks, asked = pasts(30), []
    by_itself = Track.novelty
    monkeypatch.setattr(Track, "novelty", lambda self, *given: asked.append(self) or by_itself(self, *given))
    calm = {key: Signal(track.past.latest(1)[0], 500) for key, track in tracks.items() if key[0] != "constant"}
    assert len(at_once.novelties(calm, tracks, 30)) == len(calm)
    assert len(asked) < len(calm) / 3


def test_the_nearest_of_all_others_are_those_before_and_after() -> None:
    values = np.random.default_rng(4).random((130, 1))
    found = nearest_of(values, lambda each: np.abs(each).max(-1), 7, 20, later=True)
    for at in range(130):
        others = np.sort(np.abs(np.delete(values[:, 0], at) - values[at, 0]))
        assert found[at] == others[1]
