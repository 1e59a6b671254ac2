import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.models.contract import training_request
from examples.flights.request import Request

JANUARY = (datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC))
FEBRUARY = (datetime(2013, 2, 1, tzinfo=UTC), datetime(2013, 2, 8, tzinfo=UTC))


def request(**changes: object) -> dict[str, object]:
    given: dict[str, object] = {
        "predictions": "/log/predictions",
        "labels": "/log/labels",
        "train": JANUARY,
        "holdout": FEBRUARY,
        "known_at": FEBRUARY[1],
        "output_dir": Path("/out"),
    }
    return training_request("flights", **(given | changes))  # type: ignore[arg-type]


def test_the_flights_trainer_understands_what_is_sent() -> None:
    sent = request(champion=(2, Path("/models/model.skops")), history=Path("/history.parquet"), seed=3)

    understood = Request.model_validate_json(json.dumps(sent))

    assert (understood.pipeline, understood.seed) == ("flights", 3)
    assert (understood.train_from, understood.train_until) == JANUARY
    assert (understood.holdout_from, understood.holdout_until) == FEBRUARY
    assert understood.champion is not None
    assert understood.champion.version == "2"
    assert understood.data.history == Path("/history.parquet")


def test_without_a_holdout_none_is_sent() -> None:
    sent = request(holdout=None)

    assert "holdout_from" not in sent
    Request.model_validate_json(json.dumps(sent))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"known_at": datetime(2013, 1, 20, tzinfo=UTC)}, "training window ends"),
        ({"holdout": (datetime(2013, 1, 31, tzinfo=UTC), FEBRUARY[1])}, "holdout starts before"),
    ],
)
def test_windows_that_would_leak_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        request(**changes)


def test_a_log_in_tables_is_sent_as_its_address() -> None:
    sent = request(predictions="postgresql://reader@db/ml/made", labels="logs/labels")

    assert sent["data"]["predictions"] == "postgresql://reader@db/ml/made"
    assert Path(sent["data"]["labels"]) == Path("logs/labels").resolve()
