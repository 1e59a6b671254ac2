"""The data checks of one pipeline: learned from its past windows, asked about each new one."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.evaluation.checks import at_once
from core.evaluation.checks.attribute import PAIR, by_column
from core.evaluation.checks.distance import measure_of
from core.evaluation.checks.echo import LATEST, Traces, repetitions
from core.evaluation.checks.emptiness import is_usual
from core.evaluation.checks.explain import Explainer
from core.evaluation.checks.family import (
    FEW,
    Largest,
    Nature,
    Threshold,
    calm_limit,
    nature_of,
    threshold,
    thresholds,
)
from core.evaluation.checks.group import one_cause
from core.evaluation.checks.heard import Heard
from core.evaluation.checks.judged import Judged
from core.evaluation.checks.lasting import STRETCH, lasting
from core.evaluation.checks.odd_one import odd_ones
from core.evaluation.checks.past_windows import Novelty
from core.evaluation.checks.readings import empty_of, is_about, largest_of, named_by, worst_of
from core.evaluation.checks.season import SEASON, Recurrence, lags, seasonal, seasons
from core.evaluation.checks.settled import settled
from core.evaluation.checks.signals import LATELY, Key, Signal, signals
from core.evaluation.checks.track import Track
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import WindowSummary

BURN_IN = 14
"""First windows whose novelty says nothing yet: everything is new."""
COOL_DOWN = 5
"""A change that lasted so many windows is the new usual."""
MODEST = 2.0
"""What was found with no more than so many times the threshold still says how far a column goes by itself: a column
that does so again and again is not told again and again."""
REMEMBERED = 400
"""Past windows whose largest ratio the threshold is taken from."""


@dataclass(frozen=True)
class Asked:
    """`rate` is the share of windows that may have any false finding, 0 to 1."""

    rate: float = 0.01


class DataChecks:
    """Judges windows in the order of time: `judge` one, then `remember` it with its findings.

    Judging changes nothing, so that the same window may be judged again. Every finding of a window is returned,
    whether it is new or goes on; the walk decides what is told. Needs MINIMUM past windows (see track) to say
    anything but that a window is empty. `at_least` are limits that others ask for, which are told beside these,
    and `restless` signals that moved in the past of one of them: this one's calm proves little.
    """

    def __init__(self, asked: Asked | None = None) -> None:
        self.asked = asked or Asked()
        self.at_least: Mapping[Nature, float] = {}
        self.restless: frozenset[Key] = frozenset()
        self._tracks: dict[Key, Track] = {}
        self._tracks_of: dict[str, list[Track]] = {}
        self._largest: list[Largest] = []
        self._runs: dict[str, list[WindowSummary]] = {}
        self._count = 0
        self._places: dict[datetime, int] = {}
        self._empty: deque[bool] = deque(maxlen=REMEMBERED)
        self._traces: deque[Traces] = deque(maxlen=LATEST)
        self._heard = Heard()
        self._recurrence = Recurrence()
        self._last: tuple[WindowSummary, dict[Key, Signal], dict[Key, Novelty]] | None = None

    @classmethod
    def learn(cls, history: Iterable[Judged | WindowSummary], asked: Asked | None = None) -> "DataChecks":
        """Checks that know these windows, oldest first.

        Incidents among windows that nobody has judged are found by leaving each out in turn, and left out of what
        is usual.
        """
        checks = cls(asked)
        windows = [each if isinstance(each, Judged) else Judged(each) for each in history]
        found = {name for each in windows for name in worst_of(each.findings)}
        for each in windows:
            now = checks._signals(each.summary)
            followed = {key: signal for key, signal in now.items() if is_about(key, found)}
            checks._add(each.summary, now, checks._novelties(followed), worst_of(each.findings))
        for key, track in checks._tracks.items():
            if not is_about(key, found):  # what was usual then is usual now, so that all can be looked at together
                track.look_back(BURN_IN)
        checks._leave_out_incidents()
        return checks

    @property
    def threshold(self) -> Threshold:
        """Where a ratio becomes a finding, and what rate of false ones the past supports."""
        return threshold(
            [max(each.values(), default=0.0) for each in self._largest[-REMEMBERED:]], self.asked.rate
        )

    def judge(self, summary: WindowSummary) -> list[Finding]:
        """What is wrong with this window, the gravest first."""
        if summary.rows == 0:
            usual = is_usual(self._empty, seasons(summary.end - summary.start))
            return [] if usual else [empty_of(summary)]
        now, novelties = self._seen(summary)
        limit, ratios = self._weighed(self._ratios(novelties))
        blamed = by_column(ratios, limit, odd_ones(summary.formulas))
        explainer = Explainer(summary, now, self._tracks, self._heard, ratios, limit)
        found = explainer.findings(blamed, {name: run[0].start for name, run in self._runs.items()})
        order = list(Kind)
        grouped = one_cause(found, len(summary.columns))
        return sorted(grouped, key=lambda f: (order.index(f.kind), -f.score, f.columns))

    def remember(self, summary: WindowSummary, findings: Iterable[Finding] = ()) -> None:
        """Add a window to the past; what was found in it is left out of what is usual until it has lasted."""
        now, novelties = self._seen(summary)
        worst = worst_of(findings)
        if novelties and self._count >= BURN_IN:
            ratios = self._ratios(novelties).items()
            others = {key: r for key, r in ratios if r and not is_about(key, worst)}
            self._largest.append(largest_of(others, self._rigid(others)))
        self._add(summary, now, novelties, worst)

    def _add(
        self,
        summary: WindowSummary,
        now: Mapping[Key, Signal],
        novelties: Mapping[Key, Novelty],
        worst: Mapping[str, float],
    ) -> None:
        if self._count < BURN_IN:
            novelties = {}
        for key, signal in now.items():
            if key not in self._tracks:
                self._follow(key, len(signal.values), summary.end - summary.start)
            self._tracks[key].add(self._count, signal, novelties.get(key))
        self._follow_runs(summary, worst)
        for name, ago in self._recurrence.add(worst, summary.end - summary.start):
            self._mark(name, self._count - ago, self._count - ago, usual=True, modest=False)
        self._heard.add(summary, but=[name for name, run in self._runs.items() if len(run) < COOL_DOWN])
        self._places[summary.start] = self._count
        self._count += 1
        self._traces.append(summary.traces)
        self._empty.append(summary.rows == 0)
        self._last = None

    def _follow(self, key: Key, width: int, length: timedelta) -> None:
        """Begin a track of a signal that was never seen before."""
        back = lags(length) if key[0].endswith(SEASON) else ()
        track = Track(measure_of(key[0]), width, back, STRETCH if key[0].endswith(LATELY) else 1)
        self._tracks[key] = track
        for name in named_by(key):
            self._tracks_of.setdefault(name, []).append(track)

    def amend(self, summary: WindowSummary) -> None:
        """Take the summary of a window that is remembered for what it is now that rows were added to it.

        Later windows are held against it. What was found in it stands.
        """
        place = self._places.get(summary.start)
        if place is None:
            return
        now = signals(summary, settled(summary, self._tracks))
        if lags(summary.end - summary.start):
            now |= seasonal(now)
        for key, signal in now.items():
            if key in self._tracks:
                self._tracks[key].amend(place, signal)
        self._last = None

    def _seen(self, summary: WindowSummary) -> tuple[dict[Key, Signal], dict[Key, Novelty]]:
        """The signals of a window and their novelty; kept, since what was judged is remembered next."""
        if self._last is None or self._last[0] is not summary:
            now = self._signals(summary)
            self._last = summary, now, self._novelties(now)
        return self._last[1], self._last[2]

    def _signals(self, summary: WindowSummary) -> dict[Key, Signal]:
        now = signals(summary, settled(summary, self._tracks))
        now |= repetitions(summary, self._traces) | self._heard.strangers(summary) | lasting(now, self._tracks)
        return now | seasonal(now) if lags(summary.end - summary.start) else now

    def _novelties(self, now: Mapping[Key, Signal]) -> dict[Key, Novelty]:
        return at_once.novelties(now, self._tracks, self._count)

    def _ratios(self, novelties: Mapping[Key, Novelty]) -> dict[Key, float]:
        return {
            key: novelty.excess / self._tracks[key].scale() if novelty.excess else 0.0
            for key, novelty in novelties.items()
        }

    def _weighed(
        self, ratios: Mapping[Key, float], limits: Mapping[Nature, float] | None = None
    ) -> tuple[float, dict[Key, float]]:
        """One limit, and ratios that may all be held against it: those of a calmer nature count for more, and what
        never moved by itself needs little, whatever the wild ones beside it ask for."""
        limits = limits or self._limits()
        highest = max(limits.values())
        return highest, {
            key: ratio * highest / self._limit(key, limits) if ratio else 0.0 for key, ratio in ratios.items()
        }

    def _rigid(self, keys: Iterable[Key]) -> set[Key]:
        return {key for key in keys if key not in self.restless and self._tracks[key].rigid()}

    def moved(self) -> set[Key]:
        """Signals that changed in the past by more than starts to matter."""
        return {key for key, track in self._tracks.items() if not track.calm()}

    @property
    def largest(self) -> list[Largest]:
        """The largest ratio of each nature in each past window that was judged, oldest first."""
        return self._largest[-REMEMBERED:]

    def _limits(self) -> dict[Nature, float]:
        found = thresholds(self._largest[-REMEMBERED:], self.asked.rate)
        return {nature: max(each.value, self.at_least.get(nature, 0.0)) for nature, each in found.items()}

    def _limit(self, key: Key, limits: Mapping[Nature, float]) -> float:
        own, pair = limits[nature_of(*key)], len(key[1]) > 1
        if key in self._rigid([key]):
            least = min(limits[Nature.RIGID], calm_limit(len(self._largest)))
            return least / PAIR if pair else min(own, least)
        calm = not pair and key not in self.restless and self._tracks[key].calm()
        return min(own, calm_limit(len(self._largest))) if calm else own

    def _follow_runs(self, summary: WindowSummary, worst: Mapping[str, float]) -> None:
        for name in [name for name in self._runs if name not in worst]:
            del self._runs[name]
        for name, score in worst.items():
            self._runs.setdefault(name, []).append(summary)
            lasting = len(self._runs[name]) >= COOL_DOWN
            first = self._count - len(self._runs[name]) + 1 if lasting else self._count
            self._mark(name, first, self._count, usual=lasting, modest=score <= MODEST)

    def _mark(self, name: str, first: int, last: int, *, usual: bool, modest: bool) -> None:
        for track in self._tracks_of.get(name, ()):
            track.mark(first, last, usual=usual, modest=modest)

    def _leave_out_incidents(self) -> None:
        """Judge each past window beside all the others; what stands out far is no part of the usual."""
        ratios: dict[int, dict[Key, float]] = {}
        rigid: dict[int, set[Key]] = {}
        for key, track in self._tracks.items():
            for window, ratio, is_rigid in track.left_out():
                ratios.setdefault(window, {})[key] = ratio
                if is_rigid:
                    rigid.setdefault(window, set()).add(key)
        self._largest = [largest_of(each, rigid.get(window, ())) for window, each in sorted(ratios.items())]
        limits = self._limits()
        for window, each in ratios.items():
            limit, weighed = self._weighed(each, limits)
            for name, off in by_column(weighed, limit).items():
                modest = self._count < FEW or max(off.values()) <= MODEST * limit
                self._mark(name, window, window, usual=False, modest=modest)
