"""What a walk teaches: how right its pages and checks were, and what tuned thresholds would have sent instead."""

from collections.abc import Sequence

from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import PERFORMANCE, SLICE, Severity, WalkedWindow
from core.evaluation.backtest.score import misses
from core.evaluation.finding import Kind
from core.evaluation.tuning.past import PastWindow, Said, judge
from core.evaluation.tuning.policy import DEFAULT
from core.evaluation.tuning.proposal import Nothing, propose
from core.evaluation.tuning.record import PAGES, Record, Share, records

RECALL = 0.9
"""The recall that a pipeline's YAML asks for when it asks for nothing else."""


def lessons(windows: Sequence[WalkedWindow], objective: Objective | None) -> list[str]:
    """Sentences, the record of pages first, then of each check, then the replay of tuned thresholds.

    Only windows whose labels are in teach anything; without any there are no sentences. The thresholds
    are fitted to the same windows that they are replayed on.
    """
    judged = judge(_past(windows, objective))
    if not judged:
        return []
    found = propose(judged, RECALL, DEFAULT)
    told = found.detail if isinstance(found, Nothing) else f"Tuned on these windows: {_lower(found.sentence)}"
    return [*(_record(each) for each in records(judged, DEFAULT) if each.messages), told]


def _past(windows: Sequence[WalkedWindow], objective: Objective | None) -> list[PastWindow]:
    missed = misses(windows, objective)
    return [
        PastWindow(each.start, each.end, _risk(each), _said(each), miss if _labelled(each) else None)
        for each, miss in zip(windows, missed, strict=True)
    ]


def _risk(window: WalkedWindow) -> float | None:
    """None for one that calls nobody whatever the thresholds are."""
    return None if window.by_chance and window.severity is not Severity.PAGE else window.risk


def _labelled(window: WalkedWindow) -> bool:
    return window.realized is not None and window.labels_in


def _said(window: WalkedWindow) -> tuple[Said, ...]:
    """What was found in the data; a slice or the metric itself is no check."""
    of_data = (each for each in window.findings if each.kind not in (PERFORMANCE, SLICE))
    return tuple(Said(each.check, Kind(each.kind).value, each.score) for each in of_data)


def _record(found: Record) -> str:
    if found.name == PAGES:
        alone = f". Of the windows that missed, {_share(found.recall)} would have called by themselves"
        drops = alone if found.recall.whole else ""
        worth = "were worth it: their window or the next one missed"
        return f"Pages, those that went on counted each time: {_share(found.precision)} {worth}{drops}."
    name = found.name.replace("_", " ")
    return f"Check “{name}”: {_share(found.precision)} windows in which it spoke came with a miss, or the next one did."


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{share.part} of {share.whole} ({low:.0%} to {high:.0%})"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
