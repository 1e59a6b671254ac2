"""Data checks of slices: what happens to one airport's rows only, and hides in the whole.

Each slice has checks of its own, that share the asked rate; what the whole shows already is not told again, and what
several slices show is one finding. Kept in memory between evaluations, and made anew from what is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.config.pipeline import Pipeline
from core.evaluation.checks.data_checks import Asked, DataChecks
from core.evaluation.checks.family import pooled
from core.evaluation.checks.judged import Judged
from core.evaluation.finding import Finding
from core.evaluation.live.chosen import Slice, SliceSeen, backfilled, spoken
from core.evaluation.live.late import LATE
from core.evaluation.log.prediction_log import PredictionLogReader
from core.evaluation.summaries.plan import Plan
from core.evaluation.windows import Window, windows_until

REMEMBERED = 120
"""Windows of a slice that a process reads when it starts."""
LEARNING = 42
"""Windows in which a slice had ENOUGH rows, before its checks are told."""
ENOUGH = 30
"""Rows of a slice in a window; of fewer nothing is told."""


@dataclass(frozen=True)
class SliceLook:
    """What was seen of the slices of a window: `fresh` is to be stored, of each slice by its key; `findings` are to be
    told; `watched` slices were there, of which `judged` had a long enough past and enough rows."""

    fresh: Mapping[str, tuple[SliceSeen, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    watched: int = 0
    judged: int = 0


@dataclass
class _Memory:
    checks: DataChecks
    last: datetime | None
    enough: int
    gone: bool


@dataclass
class SliceChecks:
    """The memory of one process about the data of one pipeline's slices."""

    pipeline: Pipeline
    _held: dict[str, _Memory] = field(default_factory=dict)

    def knows(self, key: str, last: datetime | None) -> bool:
        """Whether the checks of this slice know the windows up to the one that starts at `last`, and none later."""
        held = self._held.get(key)
        return held is not None and held.last == last

    def look(
        self,
        reader: PredictionLogReader,
        plan: Plan,
        slices: Sequence[Slice],
        wholes: Mapping[datetime, int],
        window: Window,
        told: Sequence[Finding] = (),
    ) -> SliceLook:
        """Look at the slices of a window. `wholes` are the rows of the whole windows up to this one by their start,
        `told` what was found in the whole. Raises LogError when the log cannot be read."""
        fresh = self._summarised(reader, plan, slices, wholes, window)
        rate = Asked().rate / max(1, len(slices))
        found: list[tuple[Slice, Finding]] = []
        judged = 0
        held = {each.key: self._before(each, fresh[each.key], rate) for each in slices}
        limit_together([memory.checks for memory in held.values()])
        for each in slices:
            memory, made = held[each.key], fresh[each.key]
            now = made[-1].summary
            own = tuple(memory.checks.judge(now))
            memory.checks.remember(now, own)
            fresh[each.key] = (*made[:-1], replace(made[-1], findings=own))
            trusted = memory.enough >= LEARNING and (now.rows >= ENOUGH or not memory.gone)
            judged += trusted
            found += [(each, finding) for finding in own if trusted]
            memory.last, memory.enough = now.start, memory.enough + (now.rows >= ENOUGH)
            memory.gone = memory.gone or now.rows < ENOUGH
            self._held[each.key] = memory
        return SliceLook(fresh, spoken(found, told, len(slices)), len(slices), judged)

    def _summarised(
        self,
        reader: PredictionLogReader,
        plan: Plan,
        slices: Sequence[Slice],
        wholes: Mapping[datetime, int],
        window: Window,
    ) -> dict[str, tuple[SliceSeen, ...]]:
        """The windows that are not stored of each slice, or got rows since; those that lack the same windows in one
        pass."""
        every = windows_until(self.pipeline.evaluation, window, max(backfilled(wholes), LATE + 1))
        lacking: dict[tuple[datetime, ...], list[Slice]] = {}
        for each in slices:
            lacks = tuple(w.start for w in every if w.start in wholes and _lacks(each, w, wholes, window))
            lacking.setdefault(lacks, []).append(each)
        found: dict[str, tuple[SliceSeen, ...]] = {}
        for starts, alike in lacking.items():
            windows = [w for w in every if w.start in starts]
            made = reader.watch_slices(plan, windows, [each.where for each in alike])
            for each, summaries in zip(alike, made, strict=True):
                found[each.key] = tuple(SliceSeen(s, wholes[s.start]) for s in summaries)
        return found

    def _before(self, each: Slice, fresh: Sequence[SliceSeen], rate: float) -> _Memory:
        """The checks that know exactly the windows before the newest of `fresh`."""
        start = fresh[-1].summary.start
        held, last = self._held.get(each.key), max((s for s in each.rows if s < start), default=None)
        newer = [seen for seen in fresh[:-1] if last is None or seen.summary.start > last]
        if held is not None and held.last is not None and held.last == last and not newer:
            for seen in fresh[:-1]:
                held.checks.amend(seen.summary)
            held.checks.asked = Asked(rate)
            return held
        late = {seen.summary.start: seen for seen in fresh[:-1]}
        known = {seen.summary.start: seen for seen in each.seen if seen.summary.start < start}
        past = [seen for _, seen in sorted((known | late).items())]
        checks = DataChecks.learn([Judged(s.summary, s.findings) for s in past], Asked(rate))
        enough = [seen.summary.rows >= ENOUGH for seen in past]
        return _Memory(checks, last, sum(enough), not all(enough))


def limit_together(checks: Sequence[DataChecks], rate: float = Asked.rate) -> None:
    """Let checks that are told together ask for what all of them have shown, so that together they have the rate."""
    limits = pooled([each.largest for each in checks], rate)
    restless = frozenset(key for each in checks for key in each.moved())
    for each in checks:
        each.at_least, each.restless = limits, restless


def _lacks(each: Slice, window: Window, wholes: Mapping[datetime, int], newest: Window) -> bool:
    """Whether a slice's summary of this window has to be made: the newest always, others when the whole has more
    rows than when they were made, or were never made."""
    return window.start == newest.start or each.rows.get(window.start) != wholes[window.start]
