"""Which windows of a pipeline are summarised: those that nobody has yet, as many at once as fit into memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.config.pipeline import Pipeline
from core.evaluation.finding import Finding
from core.evaluation.live.late import LATE, marks
from core.evaluation.log.prediction_log import PredictionLogReader
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window, chunks, windows_until

BACKFILL = 60
"""Windows of the log's past that are summarised when a pipeline is watched for the first time."""
HELD_ROWS = 2_000_000
"""Rows of several windows that are summarised together: what a question has to hold grows with them."""


@dataclass(frozen=True)
class Seen:
    """A window that was summarised, with what was found in it; `findings` are empty for those of a backfill. `parts`
    are the marks of the log's parts that a fresh one was made from (see `late`)."""

    summary: WindowSummary
    findings: tuple[Finding, ...] = ()
    parts: bytes = b""


@dataclass(frozen=True)
class Watched:
    """What is stored of a pipeline: the plan of its summaries (None before the first), and its windows, oldest first,
    all of them before the one in question."""

    plan: Plan | None = None
    seen: tuple[Seen, ...] = ()


def summarise(
    reader: PredictionLogReader, pipeline: Pipeline, watched: Watched, window: Window
) -> tuple[Plan, tuple[Seen, ...]]:
    """The plan, and the windows that are not stored yet: only the newest, or with a new plan the whole past.

    A plan is made anew when the pipeline's features are no longer the ones it was made for.
    """
    features = list(pipeline.predictions.features)
    if watched.plan is not None and list(watched.plan.columns) == features:
        return watched.plan, _fresh(reader, watched.plan, _missing(pipeline, watched, window))
    past = windows_until(pipeline.evaluation, window, BACKFILL)
    plan = reader.plan(past)
    found = _fresh(reader, plan, past)
    first = next((i for i, each in enumerate(found) if each.summary.rows), len(found) - 1)
    return plan, found[first:]


def _fresh(reader: PredictionLogReader, plan: Plan, windows: Sequence[Window]) -> tuple[Seen, ...]:
    """Windows summarised from the parts that there are now; those that may get late rows with what that takes."""
    named = reader.parts(windows)
    sizes = reader.counts(windows, _each_once(named)) if len(windows) > 1 else [0]
    late = max(0, len(windows) - LATE - 1)
    found: list[WindowSummary] = []
    for start, sketch in ((0, False), (late, True)):
        end = len(windows) if sketch else late
        for chunk in chunks(sizes[start:end], HELD_ROWS):
            few = slice(start + chunk.start, start + chunk.stop)
            found += reader.watch(plan, windows[few], _each_once(named[few]), sketch=sketch)
    return tuple(Seen(each, (), marks(own)) for each, own in zip(found, named, strict=True))


def _each_once(named: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(part for each in named for part in each))


def _missing(pipeline: Pipeline, watched: Watched, window: Window) -> list[Window]:
    """The window, and those before it that were never evaluated since the last one that is stored."""
    last = watched.seen[-1].summary.start if watched.seen else window.start
    every = windows_until(pipeline.evaluation, window, BACKFILL)
    return [each for each in every if each.start > last or each.start == window.start]
