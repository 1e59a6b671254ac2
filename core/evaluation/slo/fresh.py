"""What a version that was deployed lately does live, by the labels that are in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import stdev

from core.config.metric import Metric
from core.config.pipeline import Pipeline
from core.evaluation.log.prediction_log import PAST_ROWS, PredictionLogReader, total
from core.evaluation.metric import Measured, accuracy, measure
from core.evaluation.rows import Rows, concat
from core.evaluation.slo.gap import Gap, Live, offline_online_gap
from core.evaluation.slo.live import Known

FRESH = 7
"""Windows from its first on in which a version's live figures are held against its held-out rows."""
WHOLE = 0.9
"""A version's first window counts when it made such a share of its predictions: an afternoon is unlike a day."""
ENOUGH = 5
"""Windows from which on it is told how far they stray."""


@dataclass(frozen=True)
class Fresh:
    """A version with the windows by index whose labels are in: its `own`, and as many `before` as FRESH. `wander` is
    the standard deviation of the metric of windows before it. `aged`: it is fresh no more, and `own` are its last."""

    version: str
    own: Sequence[int]
    before: Sequence[int]
    wander: float | None = None
    aged: bool = False


def gap_of(
    reader: PredictionLogReader,
    pipeline: Pipeline,
    known: Known,
    offline: Mapping[str, Measured],
    known_at: datetime,
    followed: str | None = None,
) -> Gap | None:
    """The gap of the version that serves, while it is fresh or `followed`; None without held-out rows, or later on.

    Only windows whose labels are in count, on both sides: early labels are unlike the held-out rows, which have
    them all. Raises LogError when the log cannot be read.
    """
    fresh = fresh_version(known, followed)
    if fresh is None or fresh.version not in offline:
        return None
    by_version = _counted if pipeline.metric is Metric.ACCURACY else _read
    live = by_version(reader, pipeline, known, fresh, known_at)
    if live is None:
        return None
    return offline_online_gap(
        pipeline.metric, pipeline.unit, offline[fresh.version], live, pipeline.slo.minimum_labels
    )


def serving(known: Known) -> str | None:
    """The version that made most predictions of the last window; None where there are none."""
    last = [v for v in known.tallies.versions if v.counts.rows and v.window == len(known.windows) - 1]
    return max(last, key=lambda v: (v.counts.rows, v.version)).version if last else None


def fresh_version(known: Known, followed: str | None = None) -> Fresh | None:
    """The version that serves most of the last window, if it began in a window after the first that is known and has
    labels of no more than FRESH windows in; of its first window only where it made nearly all of it. One that is
    `followed` is looked at for longer, by the last FRESH windows."""
    versions, version = [v for v in known.tallies.versions if v.counts.rows], serving(known)
    if version is None:
        return None
    first = min(v.window for v in versions if v.version == version)
    own = [v for v in versions if v.version == version and known.settled(v.window)]
    own = [v for v in own if v.window > first or v.counts.rows >= WHOLE * known.whole(first).rows]
    before = {v.window for v in versions if v.version != version and first - FRESH <= v.window < first}
    if not own:
        return None
    windows = sorted(v.window for v in own)
    aged = first == 0 or windows[-1] - first >= FRESH
    if aged and version != followed:
        return None
    settled = sorted(each for each in before if known.settled(each))
    return Fresh(version, windows[-FRESH:], settled, _wander(known, first), aged)


def _wander(known: Known, first: int) -> float | None:
    """How far the metric of windows before this one strays."""
    found = [known.figures.whole[each].value for each in range(first) if each in known.figures.whole]
    return stdev(found) if len(found) >= ENOUGH else None


def _live(fresh: Fresh, now: Measured | None, usual: Measured | None) -> Live | None:
    wander = None if fresh.wander is None else fresh.wander / sqrt(len(fresh.own))
    return None if now is None else Live(fresh.version, now, usual, wander, fresh.aged)


def _counted(
    _reader: PredictionLogReader, _pipeline: Pipeline, known: Known, fresh: Fresh, _known_at: datetime
) -> Live | None:
    """Accuracies by what a scan has counted already."""

    def counted(windows: Sequence[int], own: bool) -> Measured | None:
        of = (
            v.counts for v in known.tallies.versions if v.window in windows and (v.version == fresh.version) is own
        )
        counts = total(of)
        return accuracy(counts.right, counts.labels)

    return _live(fresh, counted(fresh.own, True), counted(fresh.before, False))


def _read(
    reader: PredictionLogReader, pipeline: Pipeline, known: Known, fresh: Fresh, known_at: datetime
) -> Live | None:
    """Other metrics by the rows themselves, about PAST_ROWS of them."""
    column = pipeline.predictions.version
    if column is None:
        return None
    windows = [known.windows[each] for each in (*fresh.before, *fresh.own)]
    span = windows[0].start, windows[-1].end
    rows = reader.rows(*span, known_at, [column], most=PAST_ROWS)

    def measured(chosen: Sequence[int], own: bool) -> Measured | None:
        parts = [rows.between(known.windows[each].start, known.windows[each].end) for each in chosen]
        return measure(pipeline.metric, _of(concat(parts), column, fresh.version, own)) if parts else None

    return _live(fresh, measured(fresh.own, True), measured(fresh.before, False))


def _of(rows: Rows, column: str, version: str, own: bool) -> Rows:
    """The rows of a version, or those of the others; versions are told apart as texts, as a tally does."""
    made = rows.features[column].astype(str) == version
    return rows.where(made if own else ~made)
