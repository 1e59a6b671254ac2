"""What a version that was deployed lately does live, by the labels that are in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.config.metric import Metric
from core.config.pipeline import Pipeline
from core.evaluation.metric import Measured, accuracy, measure
from core.evaluation.prediction_log import PAST_ROWS, PredictionLogReader, total
from core.evaluation.rows import Rows, concat
from core.evaluation.slo.gap import Gap, Live, offline_online_gap
from core.evaluation.slo.live import Known

FRESH = 7
"""Windows from its first on in which a version's live figures are held against its held-out rows."""


@dataclass(frozen=True)
class Fresh:
    """A version that serves since window `first`, with the windows by index whose labels are in: `own`, and those
    before."""

    version: str
    own: Sequence[int]
    before: Sequence[int]


def gap_of(
    reader: PredictionLogReader,
    pipeline: Pipeline,
    known: Known,
    offline: Mapping[str, Measured],
    known_at: datetime,
) -> Gap | None:
    """The gap of the version that serves, while it is fresh; None without held-out rows, or later on.

    Only windows whose labels are in count, on both sides: early labels are unlike the held-out rows, which have
    them all. Raises LogError when the log cannot be read.
    """
    fresh = fresh_version(known)
    if fresh is None or fresh.version not in offline:
        return None
    by_version = _counted if pipeline.metric is Metric.ACCURACY else _read
    live = by_version(reader, pipeline, known, fresh, known_at)
    if live is None:
        return None
    return offline_online_gap(
        pipeline.metric, pipeline.unit, offline[fresh.version], live, pipeline.slo.minimum_labels
    )


def fresh_version(known: Known) -> Fresh | None:
    """The version that serves most of the last window, if it began in a window after the first that is known and has
    labels of no more than FRESH windows in; those before it over as many windows."""
    last, versions = len(known.windows) - 1, [v for v in known.tallies.versions if v.counts.rows]
    serving = [v for v in versions if v.window == last]
    if not serving:
        return None
    version = max(serving, key=lambda v: (v.counts.rows, v.version)).version
    first = min(v.window for v in versions if v.version == version)
    own = [v.window for v in versions if v.version == version and known.settled(v.window)]
    before = {v.window for v in versions if v.version != version and first - FRESH <= v.window < first}
    if first == 0 or not own or max(own) - first >= FRESH:
        return None
    return Fresh(version, sorted(own), sorted(each for each in before if known.settled(each)))


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

    now = counted(fresh.own, True)
    return None if now is None else Live(fresh.version, now, counted(fresh.before, False))


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

    now = measured(fresh.own, True)
    return None if now is None else Live(fresh.version, now, measured(fresh.before, False))


def _of(rows: Rows, column: str, version: str, own: bool) -> Rows:
    """The rows of a version, or those of the others; versions are told apart as texts, as a tally does."""
    made = rows.features[column].astype(str) == version
    return rows.where(made if own else ~made)
