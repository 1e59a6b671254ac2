"""Reads a trainer's held-out predictions for the gate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config.metric import Task
from core.config.pipeline import Pipeline
from core.evaluation.log.ibis_values import finite, odd_value, outcome
from core.evaluation.rows import Rows
from core.models.paired import HeldOut

if TYPE_CHECKING:
    import pandas as pd

LABEL, PREDICTION, SCORE = "label", "prediction", "score"
OTHER = "champion_"
"""Before the name of what the champion predicted, or brought, on the same row."""


class HoldoutError(ValueError):
    """The file is not the held-out predictions that were agreed; the sentence says what is wrong."""


def read_holdout(path: Path, pipeline: Pipeline, threshold: float = 0.5) -> HeldOut:
    """A Parquet file of held-out rows; one without rows gives none.

    Its columns are `label` and, of the candidate and (with `champion_` before the name) the champion, `prediction` and
    for a binary task `score`. Of a binary task either may be missing: without predictions a row is called 1 from
    `threshold` on. Features and product metrics are read where they are. Values mean what they mean in the
    prediction log. Raises HoldoutError when a column is missing, a value is, or cannot be.
    """
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowInvalid) as error:
        raise HoldoutError(f"{path.name} is not a Parquet file: {error}") from error
    read = _Columns(names, pipeline, path.name)
    read.insist()
    try:
        frame = read.frame(path)
    except duckdb.Error as error:
        said = odd_value(path.name, error) or f"{path.name} cannot be read: {str(error).splitlines()[0]}"
        raise HoldoutError(said) from error
    _insist_on_values(frame, read, path.name)
    candidate, champion = (_rows(frame, read, prefix, threshold) for prefix in ("", OTHER))
    products = {name: (frame[name], frame[OTHER + name]) for name in read.products}
    return HeldOut(candidate, champion, products)


@dataclass(frozen=True)
class _Columns:
    """Which columns of a file are read as what."""

    there: Sequence[str]
    pipeline: Pipeline
    file: str

    @property
    def predicted(self) -> bool:
        return self._both(PREDICTION)

    @property
    def scored(self) -> bool:
        return self.pipeline.task is Task.BINARY and self._both(SCORE)

    @property
    def products(self) -> list[str]:
        return [each.name for each in self.pipeline.slos if each.series is not None and self._both(each.name)]

    @property
    def outcomes(self) -> list[str]:
        return [LABEL, *([PREDICTION, OTHER + PREDICTION] if self.predicted else [])]

    @property
    def scores(self) -> list[str]:
        return [SCORE, OTHER + SCORE] if self.scored else []

    @property
    def numbers(self) -> list[str]:
        return [*self.scores, *(each for name in self.products for each in (name, OTHER + name))]

    @property
    def features(self) -> list[str]:
        return [name for name in self.pipeline.predictions.features if name in self.there]

    def insist(self) -> None:
        """HoldoutError where what the task or its metric reads is not there."""
        needed = [LABEL]
        if self.pipeline.metric.reads_score or (self.pipeline.task is Task.BINARY and not self.predicted):
            needed += [SCORE, OTHER + SCORE]
        elif not self.predicted:
            needed += [PREDICTION, OTHER + PREDICTION]
        missing = [name for name in needed if name not in self.there]
        if missing:
            raise HoldoutError(
                f"{self.file} lacks {', '.join(missing)}; to compare {self.pipeline.metric.spoken} of a "
                f"{self.pipeline.task} pipeline the trainer writes {', '.join(needed)}"
            )

    def frame(self, path: Path) -> "pd.DataFrame":
        """All of them, as the prediction log means them."""
        from core.evaluation.storage.parquet import in_memory

        connection = in_memory(1)
        try:
            table = connection.read_parquet(str(path))
            found: pd.DataFrame = table.select(**dict(self._expressions(table))).to_pandas()
        finally:
            connection.disconnect()
        return found

    def _expressions(self, table: Any) -> Iterator[tuple[str, Any]]:
        for name in self.outcomes:
            yield name, outcome(table[name], self.pipeline.task, self.pipeline.classes)
        for name in self.numbers:
            yield name, finite(table[name])
        for place, name in enumerate(self.features):
            yield f"f{place}", table[name]

    def _both(self, name: str) -> bool:
        return name in self.there and OTHER + name in self.there


def _insist_on_values(frame: "pd.DataFrame", read: _Columns, file: str) -> None:
    """HoldoutError where a value is missing, or a score is no probability."""
    for name in (*read.outcomes, *read.numbers):
        missing = int(frame[name].isna().sum())
        if missing:
            raise HoldoutError(f"{file}: {name} is missing, or no number, in {missing:,} of {len(frame):,} rows")
    for name in read.scores:
        if not frame[name].between(0, 1).all():
            raise HoldoutError(f"{file}: {name} must be a probability, between 0 and 1")


def _rows(frame: "pd.DataFrame", read: _Columns, prefix: str, threshold: float) -> Rows:
    import pandas as pd

    score = frame[prefix + SCORE].astype(float) if read.scored else None
    task = read.pipeline.task
    kind = object if task is Task.MULTICLASS else float
    if read.predicted:
        prediction = frame[prefix + PREDICTION].astype(kind)
    else:
        prediction = (frame[prefix + SCORE] >= threshold).astype(float)
    never = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    features = frame[[f"f{place}" for place in range(len(read.features))]]
    features.columns = pd.Index(read.features)
    return Rows(task, never, prediction, frame[LABEL].astype(kind), never, features, score)
