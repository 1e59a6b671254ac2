"""When the engine must say that it cannot know, and how it says what it does know."""

import numpy as np

from core.evaluation.estimate.answer import Measure, Unknown
from core.evaluation.estimate.correct import Corrected
from core.evaluation.estimate.drift import FEW_IN
from core.evaluation.estimate.knowledge import Knowledge
from core.evaluation.estimate.memory import HOUR, Memory
from core.evaluation.estimate.snapshot import Frame, Snapshot
from core.evaluation.estimate.untold import ENOUGH, deciding, reach

SILENT_WINDOWS = 3.0
"""So many windows beyond the usual delay without any label, and the past no longer speaks for today."""
SURELY = 2.0
"""Deviations by which a metric must lie beyond what is possible."""
BEYOND_BOUNDS = 0.05
"""And how far at least, of a measure whose bounds are one apart."""


def doubt(
    memory: Memory,
    knowledge: Knowledge,
    frame: Frame,
    seen: Snapshot,
    past: Corrected,
    measure: Measure,
    *,
    changed: bool = False,
) -> Unknown | None:
    """The first reason not to estimate; None when there is none. `changed` says that the labels that came of late, of
    windows that are not over, are unlike what was expected of them."""
    silence = (frame.now - seen.clock) / frame.length
    usual = knowledge.arrival.horizon * HOUR / frame.length
    if silence > SILENT_WINDOWS + usual:
        reason = f"No label has come for {silence:.0f} windows; before, nearly all came within {usual:.1f}."
        return Unknown("labels-stopped", reason, seen.coverage)
    if seen.coverage >= FEW_IN:
        return None
    if drift := _drift(past, measure, changed=changed):
        return Unknown("concept-drift", drift, seen.coverage)
    if novelty := _novelty(memory, knowledge, frame, seen, measure, past.size):
        return Unknown("novel-features", novelty, seen.coverage)
    return None


def _drift(past: Corrected, measure: Measure, *, changed: bool) -> str:
    """What says that features no longer mean what they did; empty when nothing does."""
    if impossible(past.value, past.scale, measure):
        return (
            f"The last windows with labels missed by so much that this one's {measure} would come to what no {measure} "
            "can be: what the features mean has changed, and not by the same from day to day."
        )
    if past.drifted:
        return (
            "The newest labels fell outside what was estimated, all to the same side: what the features "
            "mean seems to have changed, which cannot be seen without labels."
        )
    if changed:
        return (
            "The labels that came of late, of windows that are not over yet, fell outside what was expected of them, "
            "all to the same side: what the features mean seems to have changed."
        )
    return ""


def _novelty(
    memory: Memory, knowledge: Knowledge, frame: Frame, seen: Snapshot, measure: Measure, size: float
) -> str:
    """What says that the rows are of a kind that no label has told of; empty when nothing does. `size` is that of usual
    errors, in deviations of a snapshot."""
    if _unheard(memory, knowledge, frame, seen, measure, size):
        return (
            "So many predictions are of a kind that no label has told of yet that they decide what the "
            f"{measure} will be."
        )
    share = _novel(memory, frame.start, frame.end)
    before = _novel(memory, frame.start - 28 * frame.length, frame.start)
    if share > max(0.5, 3 * before):
        return (
            f"{share:.0%} of the predictions have a feature unlike anything seen before "
            f"({before:.0%} had until now)."
        )
    return ""


def _unheard(
    memory: Memory, knowledge: Knowledge, frame: Frame, seen: Snapshot, measure: Measure, size: float
) -> bool:
    """Whether kinds of rows decide this metric of which labels have hardly told."""
    deciding_ones = deciding(seen.fresh, reach(measure, seen.value), seen.sd * size)
    if not deciding_ones.any():
        return False
    told = memory.table.take(memory.table.arrived(frame.now))
    window = memory.table.span(frame.start, frame.end)
    heard = knowledge.fresh(told) * len(told) / max(window.stop - window.start, 1)
    return bool((deciding_ones & (heard < ENOUGH)).any())


def impossible(value: float, scale: float, measure: Measure) -> bool:
    """Whether a corrected metric lies beyond all that the measure can be, by more than its own deviation and than what
    a metric near its bound is corrected by. False for measures without an upper bound, which are in nobody's unit."""
    beyond = max(measure.floor - value, value - measure.ceiling)
    return measure.ceiling < np.inf and beyond > max(SURELY * scale, BEYOND_BOUNDS)


def described(seen: Snapshot, windows: int, *, unlike: bool = False) -> tuple[str, str]:
    """The method's name, and a sentence on what the estimate rests on; another one where it is `unlike` the past."""
    method, reason = _described(seen, windows)
    if unlike:
        reason += " Its features lie where no label has told of anything yet, so the interval is wider."
    return method, reason


def _described(seen: Snapshot, windows: int) -> tuple[str, str]:
    past = f"checked against {windows} past windows at the same hour"
    if seen.coverage == 0:
        return (
            "features and recent windows",
            f"No label is in yet: from the features and the recent windows, {past}.",
        )
    if seen.coverage > 0.98:
        return "labels", f"Nearly all labels are in ({seen.coverage:.0%}), {past}."
    rests = (
        f"From the {seen.coverage:.0%} of labels that are in, those that are overdue, and the features of the rest"
    )
    return "labels, overdue labels, features", f"{rests}, {past}."


def _novel(memory: Memory, start: float, end: float) -> float:
    rows = memory.table.matrix[memory.table.span(start, end)]
    return float(memory.encoder.novel(rows).mean()) if len(rows) else 0.0
