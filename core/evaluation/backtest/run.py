"""`backtest_alerts`: what Goldilocks would have sent about a log, when, and whether it was right."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.evaluation.backtest.chance import learn_chance
from core.evaluation.backtest.cut_short import ends_early
from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.given_bounds import read_bounds
from core.evaluation.backtest.history import History
from core.evaluation.backtest.log import AT, BacktestLog, open_log
from core.evaluation.backtest.objective import why_none
from core.evaluation.backtest.options import LONGEST_WALK, read_options
from core.evaluation.backtest.ports import Progress, Span
from core.evaluation.backtest.reader import MOST_ROWS, WindowReader
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.score import summarise
from core.evaluation.backtest.senses import make_senses
from core.evaluation.backtest.walk import Plan, Senses, Walk, plan_metric, plan_objective, plan_windows
from core.evaluation.checks.track import MINIMUM
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise as summarise_windows
from core.evaluation.summaries.plan import Plan as SummaryPlan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window
from core.text import plural

BATCH = 1_000_000
"""Rows that are summarised at once, about; more take more memory, not less time."""


def backtest_alerts(
    log: str | Path,
    *,
    timestamp: str,
    prediction: str,
    reference_until: str | datetime,
    score: str | None = None,
    label: str | None = None,
    label_at: str | None = None,
    label_delay: str | timedelta | None = None,
    id: str | None = None,
    features: str | Sequence[str] | None = None,
    slice_by: str | Sequence[str] | None = None,
    slice_depth: int = 2,
    task: str | None = None,
    metric: str | None = None,
    slo: str | None = None,
    window: str | timedelta = "1d",
    evaluate_after: str | timedelta = "0h",
    only_made: bool = False,
    checks: str | Path | Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> BacktestReport:
    """Walk over a log as if it were live, and hold what would have been sent against the labels.

    `log` is a Parquet or CSV file (or a folder or pattern of Parquet files, or the URL of a table), and the names
    are its columns. Rows before `reference_until` are history; instants without an offset are in UTC. Durations are
    texts such as "14d" or timedeltas. `checks` are bounds of columns (`{"age": {"min": 18}}`), or the file of them.
    `progress` hears (what is done, windows done, windows in all). Raises BacktestError, which says what to mend, when
    the log or an option cannot be used.

    >>> report = backtest_alerts(
    ...     "predictions.parquet", timestamp="at", prediction="predicted", label="label", label_delay="2d",
    ...     id="id", reference_until="2024-03-01",
    ... )
    >>> report.summary.windows, report.windows[9].severity.value, report.windows[9].findings[0].columns
    (14, 'notify', ('income',))
    """
    columns = {"timestamp": timestamp, "prediction": prediction, "score": score, "label": label, "id": id}
    lists = {"features": features, "slice_by": slice_by, "slice_depth": slice_depth}
    late = {"label_at": label_at, "label_delay": label_delay}
    judged = {"task": task, "metric": metric, "slo": slo}
    walked = {"reference_until": reference_until, "window": window, "evaluate_after": evaluate_after}
    asked = read_options(
        {**columns, **lists, **late, **judged, **walked, "only_made": only_made, "checks": read_bounds(checks)}
    )
    with _calmly(), open_log(str(log), asked) as opened:
        return _backtest(opened, progress or _silence)


def _backtest(log: BacktestLog, progress: Progress) -> BacktestReport:
    options = log.options
    history, windows = plan_windows(log)
    _insist_on_windows(log, windows, len(history))
    reader = WindowReader(log, [*history, *windows])
    metric = plan_metric(log)
    past = History(metric, options.reference_until, len(history))
    for index, span in enumerate(history if options.label else ()):
        progress("reading history", index, len(history))
        past.take(span[1], reader.rows(span))
    objective = plan_objective(log, metric, past.values())
    chance = None if options.slo else learn_chance(metric, past.values(), past.apart)
    summaries = _summarise(log, history, windows, progress)
    plan = Plan(history, windows, metric, objective, chance, cut_short=ends_early(summaries))
    before, after = summaries[: len(history)], summaries[len(history) :]
    senses, notes = make_senses(log, plan, before)
    walk = Walk(log, reader, plan, senses)
    walk.learn_history(past.kept)
    walked = walk.settled(list(walk.windows(after, progress)))
    return BacktestReport(
        log=log.name,
        task=log.outcomes.task,
        metric=metric.value,
        objective=objective,
        reference_until=options.reference_until,
        window=options.window,
        evaluate_after=options.evaluate_after,
        features=log.layout.features,
        windows=walked,
        summary=summarise(walked, objective, options.window),
        notes=(
            *log.notes,
            *_about_walk(log, reader, plan),
            *([why_none(metric, past.values())] if objective is None and options.label else []),
            *_about_past(before, after),
            *notes,
            *_left_out(senses),
            *_about_values(summaries),
        ),
        history=before,
        summaries=after,
    )


def _insist_on_windows(log: BacktestLog, windows: Sequence[Span], before: int) -> None:
    until, first, last = log.options.reference_until, log.facts.first, log.facts.last
    if not windows:
        raise BacktestError(
            f"--reference-until {until.isoformat()}: no row comes after it, the log ends at {_iso(last)}; give an "
            "earlier one"
        )
    if len(windows) + before > LONGEST_WALK:
        raise BacktestError(
            f"--window: from {_iso(first)} to {_iso(last)} these are {len(windows) + before:,} windows, more than "
            f"{LONGEST_WALK:,}; give a longer one, or mend the timestamps that lie far from the others"
        )


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else "nothing"


def _summarise(
    log: BacktestLog, history: Sequence[Span], windows: Sequence[Span], progress: Progress
) -> list[WindowSummary]:
    """The summary of every window as far as it may be looked at; what is kept of a column is decided by history."""
    ahead = min(timedelta(), log.options.evaluate_after) if log.options.only_made else timedelta()
    spans = [Window(start, end + ahead) for start, end in (*history, *windows)]
    reference = spans[: len(history)] or spans[:1]
    plan = make_plan(log.table, list(log.layout.features), at=AT, windows=reference)
    size = max(1, BATCH * len(spans) // max(1, log.facts.rows))
    found: list[WindowSummary] = []
    for start in range(0, len(spans), size):
        progress("summarising", start, len(spans))
        found += _summarise_batch(log, plan, spans[start : start + size])
    return found


def _summarise_batch(log: BacktestLog, plan: SummaryPlan, spans: Sequence[Window]) -> list[WindowSummary]:
    rows = log.between(spans[0].start, spans[-1].end)
    return summarise_windows(rows, plan, at=AT, windows=spans, id=log.options.id)


def _about_walk(log: BacktestLog, reader: WindowReader, plan: Plan) -> list[str]:
    notes = []
    if not plan.history:
        notes.append(
            "No row comes before --reference-until, so nothing is usual yet: the first windows are history."
        )
    if reader.thinned:
        notes.append(
            f"{plural(reader.thinned, 'window')} with more than {MOST_ROWS:,} rows: metrics and estimates rest on a "
            "sample of them, the data checks on all."
        )
    if plan.cut_short:
        notes.append(
            f"The log ends at {_iso(log.facts.last)}, within its last window: what is odd about that window's data is "
            "recorded, and nobody would have heard of it."
        )
    if log.options.only_made:
        notes.append("Of each window, history's too, only the predictions made by its evaluation are looked at.")
    elif log.options.evaluate_after < timedelta():
        notes.append("The predictions of a whole window are taken to be known before it ends (see --only-made).")
    return notes


def _about_past(before: Sequence[WindowSummary], after: Sequence[WindowSummary]) -> list[str]:
    """That of the first windows no data could be judged, where the past is so short."""
    missing = max(0, MINIMUM - sum(each.rows > 0 for each in before))
    unjudged = min(missing, sum(each.rows > 0 for each in after))
    if not unjudged:
        return []
    return [
        f"What is usual takes {MINIMUM} windows with rows to learn: the data of the first "
        f"{plural(unjudged, 'window')} was not checked. Begin later, or take shorter windows."
    ]


def _left_out(senses: Senses) -> list[str]:
    """What of the slices was not looked at."""
    return [f"Slices: {each}" for each in senses.slices.left_out] if senses.slices else []


def _about_values(summaries: Sequence[WindowSummary]) -> list[str]:
    """What in the features is no value of its column."""
    notes = []
    for name in dict.fromkeys(name for each in summaries for name in each.columns):
        found = [each.columns[name] for each in summaries if name in each.columns]
        for count, what in (
            (sum(each.failures for each in found), "no number in a column of numbers; they count as broken"),
            (
                sum(each.infinite for each in found),
                "infinite, or too large to compute with; they are left out of means",
            ),
        ):
            if count:
                notes.append(f"{name}: {plural(count, 'value')} {'is' if count == 1 else 'are'} {what}.")
    return notes


def _silence(what: str, done: int, total: int) -> None:
    """Nobody listens."""


@contextmanager
def _calmly() -> Iterator[None]:
    """Numeric libraries warn on odd columns (all missing, infinite); what is odd is said in notes and findings."""
    import warnings

    import numpy as np

    from core.evaluation.estimate.threads import one_thread

    with warnings.catch_warnings(), np.errstate(all="ignore"), one_thread():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
