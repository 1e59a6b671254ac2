"""Whether somebody is called about a window that cannot be estimated: the rule of `core.evaluation.lately`, live."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from core.config.pipeline import Pipeline
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.finding import Finding
from core.evaluation.goal import goal_of
from core.evaluation.lately import LastKnown, without_estimate
from core.evaluation.metric import Measured, deviation
from core.evaluation.slo.live import Known
from core.evaluation.verdict import day_name
from core.evaluation.windows import Window


def lately_json(
    pipeline: Pipeline, known: Known, answer: Estimate | Unknown, found: Sequence[Finding]
) -> dict[str, Any]:
    """What is stored of it: the newest window before this one that labels to come cannot change (`last`: its start, and
    whether it `kept` the objective), and what the call says (`call`); None where there is none.

    `answer` is what is estimated of the newest window that is `known`, `found` what its checks found.
    """
    past, goal = _labelled(pipeline, known), goal_of(pipeline)
    call = None
    if isinstance(answer, Unknown) and known.whole(len(known.windows) - 1).rows:
        call = without_estimate([last for _, last in past], goal, answer.reason, found)
    decided = ((window, each.decided(goal)) for window, each in past)
    last = next(((window, each.value) for window, each in decided if each is not None), None)
    return {
        "last": {"start": last[0].start.isoformat(), "kept": not goal.missed_by(last[1])} if last else None,
        "call": {"cause": call.cause.value, "name": call.name, "reason": call.reason} if call else None,
    }


def _labelled(pipeline: Pipeline, known: Known) -> list[tuple[Window, LastKnown]]:
    """The windows before the newest with enough labels to judge, the newest first."""
    zone, fewest = ZoneInfo(pipeline.evaluation.timezone), pipeline.slo.minimum_labels
    found = []
    for i in range(len(known.windows) - 2, -1, -1):
        each, window = known.figures.whole.get(i), known.windows[i]
        if each is not None and each.labels >= fewest:
            out = 0 if known.settled(i) else known.whole(i).rows - each.labels
            found.append((window, _last(window, each, zone, out)))
    return found


def _last(window: Window, each: Measured, zone: ZoneInfo, out: int) -> LastKnown:
    name = day_name(window.start.astimezone(zone), window.end.astimezone(zone))
    return LastKnown(name, each.value, each.labels, deviation(each), out)
