"""The trainer learns only from what was known, and says what it did."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from examples.flights import model, train
from examples.flights.columns import FEATURES, FRAME_SCHEMA, LABEL_SCHEMA
from examples.flights.files import write_atomically
from examples.flights.prediction_log import PredictionLog
from examples.flights.request import Data, Request
from examples.flights.rows import known_rows
from tests.fakes_flights import flights

START = datetime(2013, 1, 1, tzinfo=UTC)
SPLIT = START + timedelta(hours=60)
END = START + timedelta(hours=100)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two thousand flights in a hundred hours."""
    path = tmp_path / "history.parquet"
    write_atomically(flights(2_000, START), path, FRAME_SCHEMA)
    return path


def request(history: Path, **changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "pipeline": "flights",
        "data": {"history": str(history)},
        "train_from": START.isoformat(),
        "train_until": SPLIT.isoformat(),
        "known_at": (END + timedelta(days=1)).isoformat(),
        "holdout_from": SPLIT.isoformat(),
        "holdout_until": END.isoformat(),
        "output_dir": str(history.parent / "out"),
    } | changes


def trained(asked: dict[str, Any]) -> dict[str, Any]:
    return train.train(Request.model_validate_json(json.dumps(asked)))


def test_a_run_leaves_a_model_and_its_held_out_predictions(history: Path) -> None:
    result = trained(request(history))

    assert result["rows"] == {"training": 1_200, "holdout": 800}
    assert result["features"] == list(FEATURES)
    assert result["metrics"]["accuracy"] > 0.75  # the wind tells most of it
    held_out = pd.read_parquet(result["holdout_predictions"])
    loaded = model.load(Path(result["model_path"]))
    assert model.scores(loaded, held_out).tolist() == held_out["score"].tolist()
    assert "champion_score" not in held_out


def test_the_champion_is_scored_on_the_same_rows(history: Path) -> None:
    first = trained(request(history))
    champion = {"version": "1", "model_path": first["model_path"]}

    second = trained(request(history, champion=champion, seed=1, output_dir=str(history.parent / "second")))

    held_out = pd.read_parquet(second["holdout_predictions"])
    earlier = pd.read_parquet(first["holdout_predictions"])
    assert held_out["champion_score"].tolist() == earlier["score"].tolist()


def test_the_same_request_gives_the_same_model(history: Path) -> None:
    scores = [
        pd.read_parquet(trained(request(history))["holdout_predictions"])["score"].tolist() for _ in range(2)
    ]

    assert scores[0] == scores[1]


def test_labels_that_came_later_are_not_learned_from(history: Path) -> None:
    known_at = SPLIT + timedelta(hours=1)
    rows = known_rows(Data(history=history), known_at)

    assert len(rows) > 900
    assert rows["label_at"].max() <= known_at
    assert trained(request(history, known_at=SPLIT.isoformat()))["rows"] == {
        "training": int((rows["label_at"] <= SPLIT).sum()),
        "holdout": 0,
    }


def test_from_the_logs_a_flight_counts_once_and_unlanded_ones_not(tmp_path: Path) -> None:
    made = flights(100, START)
    log = PredictionLog(tmp_path / "predictions")
    for at, rows in made.groupby("predicted_at"):
        log.append(rows.assign(version="1", score=0.2, prediction=0), at.to_pydatetime())
    again = START + timedelta(hours=2)
    log.append(made[:10].assign(predicted_at=again, version="2", score=0.3, prediction=0), again)
    write_atomically(made[:60], tmp_path / "labels" / "date=2013-01-01" / "part-0.parquet", LABEL_SCHEMA)
    write_atomically(made[40:60], tmp_path / "labels" / "date=2013-01-01" / "part-1.parquet", LABEL_SCHEMA)

    rows = known_rows(
        Data(predictions=tmp_path / "predictions", labels=tmp_path / "labels"), START + timedelta(days=1)
    )

    assert sorted(rows["id"]) == sorted(made["id"][:60])
    assert (rows.set_index("id").loc[made["id"][:10], "predicted_at"] == again).all()


def test_the_history_stops_where_the_log_begins(history: Path, tmp_path: Path) -> None:
    logged = flights(200, SPLIT, seed=5).assign(id=lambda rows: "log-" + rows["id"])
    log = PredictionLog(tmp_path / "predictions")
    for at, rows in logged.groupby("predicted_at"):
        log.append(rows.assign(version="1", score=0.2, prediction=0), at.to_pydatetime())
    write_atomically(logged, tmp_path / "labels" / "date=2013-01-03" / "part-0.parquet", LABEL_SCHEMA)

    rows = known_rows(
        Data(predictions=tmp_path / "predictions", labels=tmp_path / "labels", history=history),
        END + timedelta(days=1),
    )

    assert rows["id"].str.startswith("log-").tolist() == [False] * 1_200 + [True] * 200


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"schema": 2}, 2, "schema"),
        ({"surprise": 1}, 2, "surprise"),
        ({"data": {}}, 2, "no data"),
        ({"data": {"predictions": "/p"}}, 2, "go together"),
        ({"train_until": "2014-01-01T00:00:00Z"}, 2, "nothing can be known of the future"),
        ({"holdout_from": START.isoformat()}, 2, "learned by heart"),
        ({"train_until": START.isoformat()}, 2, "before train_until"),
        ({"holdout_until": None}, 2, "go together"),
        ({"train_until": (START + timedelta(hours=5)).isoformat()}, 3, "100 labelled flights"),
        ({"data": {"predictions": "/nothing", "labels": "/nothing"}}, 3, "no Parquet files"),
    ],
)
def test_what_cannot_be_done_is_said(
    history: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], code: int, message: str
) -> None:
    file = history.parent / "request.json"
    file.write_text(json.dumps(request(history, **changes)))

    assert train.main([str(file)]) == code
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""


def test_rows_of_one_label_teach_nothing(history: Path) -> None:
    write_atomically(flights(1_200, START).assign(label=1), history, FRAME_SCHEMA)

    with pytest.raises(train.TooFewRowsError, match="same label"):
        trained(request(history))


def test_the_answer_is_the_last_line(
    history: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(request(history))))

    assert train.main([]) == 0

    told = capsys.readouterr()
    assert json.loads(told.out.splitlines()[-1])["schema"] == 1
    assert "training on 1200 flights, 800 held out" in told.err


def test_a_model_with_a_strange_part_is_not_saved(tmp_path: Path) -> None:
    from sklearn.preprocessing import FunctionTransformer

    with pytest.raises(ValueError, match="not in TRUSTED_TYPES"):
        model.save(FunctionTransformer(pd.isna), tmp_path / "model.skops")


def test_a_file_with_a_strange_part_is_not_loaded(tmp_path: Path) -> None:
    from skops import io as skops_io
    from skops.io.exceptions import UntrustedTypesFoundException

    skops_io.dump(Path("/"), tmp_path / "model.skops")

    with pytest.raises(UntrustedTypesFoundException):
        model.load(tmp_path / "model.skops")
