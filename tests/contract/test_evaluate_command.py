"""`goldilocks evaluate` from a log on disk to the lines on the terminal, and to the channel only when asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from core.config.load import Config
from core.db.database import Database
from core.evaluation.tables import Evaluation
from core.outbox.tables import OutboxRow

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"
MIDNIGHT = datetime(2013, 2, 8, 5, tzinfo=UTC)
"""Friday, 8 February 2013 in New York."""
ROWS, RIGHT = 200, 150


def keep(folder: Path, rows: list[dict[str, Any]]) -> None:
    place = folder / "date=2013-02-08"
    place.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), place / "part-0.parquet")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config) -> Path:
    """A data folder with one day of predictions, of which three in four were right."""
    monkeypatch.setenv("GOLDILOCKS_CONFIG", str(FLIGHTS))
    monkeypatch.setenv("GOLDILOCKS_DATA", str(tmp_path))
    pipeline = config.pipeline("flights")
    made, known = pipeline.predictions, pipeline.labels
    numbers = range(ROWS)
    row = dict.fromkeys(made.features, 1.0)
    at = [MIDNIGHT + timedelta(minutes=5 * n) for n in numbers]
    said = {made.version: "1", made.score: 0.2, made.prediction: 0}
    keep(
        tmp_path / Path(made.path).name,
        [row | said | {made.id: str(n), made.predicted_at: at[n]} for n in numbers],
    )
    keep(
        tmp_path / Path(known.path).name,
        [{known.id: str(n), known.label: int(n >= RIGHT), known.label_at: at[n]} for n in numbers],
    )
    return tmp_path


def evaluate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *arguments])


def test_a_day_is_told_and_nothing_is_stored(data: Path) -> None:
    told = evaluate("flights", "--day", "2013-02-08")
    assert told.exit_code == 0
    assert "Fri 8 Feb: objective" in told.output
    assert "Accuracy was 75.0%" in told.output
    assert "200 of 200 labels are in (100%)" in told.output
    database = Database(f"sqlite:///{data / 'goldilocks.db'}")
    with database.read() as session:
        assert not session.scalars(select(Evaluation)).all()
    database.dispose()


def test_it_is_stored_and_posted_when_asked(data: Path) -> None:
    assert evaluate("flights", "--day", "2013-02-08", "--post").exit_code == 0
    database = Database(f"sqlite:///{data / 'goldilocks.db'}")
    with database.read() as session:
        stored = session.scalars(select(Evaluation)).one()
        posted = session.scalars(select(OutboxRow.kind)).all()
    database.dispose()
    assert (stored.window_start, stored.rows, stored.value) == (MIDNIGHT, ROWS, RIGHT / ROWS)
    assert stored.chart is not None
    assert (data / stored.chart).is_file()
    assert "evaluation" in posted


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("trains",), 2, "there is no pipeline “trains”; known: flights"),
        (("flights", "--day", "yesterday"), 2, "yesterday"),
    ],
)
def test_what_cannot_be_evaluated_is_explained(
    data: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    told = evaluate(*arguments)
    assert told.exit_code == status
    assert said in told.output


def test_a_log_that_is_not_there_is_explained(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDILOCKS_DATA", str(data / "elsewhere"))
    told = evaluate("flights")
    assert told.exit_code == 1
    assert "there is no such folder for the predictions" in told.output
