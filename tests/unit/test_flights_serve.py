"""The serving app: it answers with the champion, follows it, and logs before it answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from examples.flights import model
from examples.flights.champion import Champion, SourceError
from examples.flights.columns import FEATURES, PREDICTION_SCHEMA
from examples.flights.prediction_log import PredictionLog
from examples.flights.serve import Flight, create_app
from examples.flights.world import as_rows
from tests.fakes_flights import flights

AT = datetime(2013, 2, 11, 13, tzinfo=UTC)


class FakeSource:
    """Hands out the models it is given; `broken` makes it unreachable."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files
        self.version: str | None = None
        self.broken = False

    def champion(self) -> str | None:
        if self.broken:
            raise SourceError("the registry is away")
        return self.version

    def fetch(self, version: str) -> Path:
        return self._files[version]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two models that answer differently, and a file that is none."""
    folder = tmp_path_factory.mktemp("models")
    rows = flights(600, AT)
    for version, flip in (("1", 0), ("2", 1)):
        labels = (rows["label"].astype(int) - flip).abs()
        model.save(model.fit(rows.assign(label=labels), seed=0), folder / f"{version}.skops")
    (folder / "3.skops").write_bytes(b"not a model")
    return {version: folder / f"{version}.skops" for version in ("1", "2", "3")}


@pytest.fixture
def source(files: dict[str, Path]) -> FakeSource:
    return FakeSource(files)


@pytest.fixture
def champion(source: FakeSource) -> Iterator[Champion]:
    source.version = "1"
    found = Champion(source)
    found.refresh()
    return found


@pytest.fixture
async def client(champion: Champion, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("flights", champion, PredictionLog(tmp_path / "log"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://serving") as found:
        yield found


def asked(rows: Any, at: str = AT.isoformat()) -> dict[str, Any]:
    return {"at": at, "rows": as_rows(rows)}


def logged(folder: Path) -> Any:
    parts = sorted((folder / "log").rglob("*.parquet"))
    return pd.concat([pd.read_parquet(part) for part in parts]) if parts else pd.DataFrame()


def test_the_request_asks_for_exactly_the_features() -> None:
    assert tuple(Flight.model_fields) == ("id", *FEATURES)


async def test_what_is_answered_is_in_the_log(client: httpx.AsyncClient, tmp_path: Path) -> None:
    rows = flights(30, AT, seed=9)

    answer = (await client.post("/predict", json=asked(rows))).raise_for_status().json()

    kept = logged(tmp_path)
    assert answer["version"] == "1"
    assert answer["ids"] == rows["id"].tolist() == kept["id"].tolist()
    assert answer["scores"] == kept["score"].tolist()
    assert answer["predictions"] == kept["prediction"].tolist() == [int(s >= 0.5) for s in answer["scores"]]
    assert set(answer["predictions"]) == {0, 1}
    assert set(kept["predicted_at"]) == {pd.Timestamp(AT)}
    pd.testing.assert_frame_equal(kept[list(FEATURES)], rows[list(FEATURES)], check_dtype=False)


async def test_the_log_is_parted_by_the_utc_day(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await client.post("/predict", json=asked(flights(1, AT), at="2013-02-11T20:30:00-05:00"))

    (part,) = (tmp_path / "log").rglob("*.parquet")
    assert part.parent.name == "date=2013-02-12"
    assert pd.read_parquet(part)["predicted_at"].tolist() == [pd.Timestamp("2013-02-12T01:30Z")]


async def test_a_request_sent_again_is_logged_once(client: httpx.AsyncClient, tmp_path: Path) -> None:
    rows = flights(5, AT)

    for sent in (rows, rows[::-1]):
        await client.post("/predict", json=asked(sent))

    assert sorted(logged(tmp_path)["id"]) == sorted(rows["id"])


async def test_unknown_values_keep_their_columns_type(client: httpx.AsyncClient, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    rows = flights(2, AT).assign(carrier=None, temp=float("nan"))

    (await client.post("/predict", json=asked(rows))).raise_for_status()

    (part,) = (tmp_path / "log").rglob("*.parquet")
    assert pq.read_schema(part).remove_metadata() == PREDICTION_SCHEMA


async def test_a_moved_champion_changes_the_answers(client: httpx.AsyncClient, source: FakeSource) -> None:
    rows = flights(30, AT, seed=9)
    before = (await client.post("/predict", json=asked(rows))).json()

    source.version = "2"
    assert (await client.post("/reload")).json()["version"] == "2"

    after = (await client.post("/predict", json=asked(rows))).json()
    assert (await client.get("/version")).json()["version"] == after["version"] == "2"
    assert after["predictions"] != before["predictions"]


async def test_the_app_follows_by_itself(champion: Champion, source: FakeSource, tmp_path: Path) -> None:
    app = create_app("flights", champion, PredictionLog(tmp_path), poll_seconds=0.01)
    async with app.router.lifespan_context(app), asyncio.timeout(60):
        source.version = "2"
        while champion.serving is None or champion.serving.version != "2":  # noqa: ASYNC110 -- polls as a client would
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("trouble", ["unreachable", "not a model"])
async def test_in_trouble_the_loaded_model_goes_on(
    client: httpx.AsyncClient, champion: Champion, source: FakeSource, trouble: str
) -> None:
    source.broken, source.version = trouble == "unreachable", "3"
    champion.refresh()

    health = (await client.get("/healthz")).raise_for_status().json()
    assert health["version"] == "1"
    assert health["trouble"]
    assert (await client.post("/predict", json=asked(flights(3, AT)))).json()["version"] == "1"

    source.broken, source.version = False, "2"
    champion.refresh()
    assert (await client.get("/healthz")).json() == {"status": "ok", "version": "2", "trouble": None}


@pytest.mark.parametrize("path", ["/version", "/healthz"])
async def test_before_the_first_champion_it_is_not_ready(source: FakeSource, tmp_path: Path, path: str) -> None:
    champion = Champion(source)
    champion.refresh()
    app = create_app("flights", champion, PredictionLog(tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://serving") as client:
        answer = await client.get(path)

    assert answer.status_code == 503
    assert "no champion yet" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"rows": []},
        {"at": "2013-02-11T13:00:00", "rows": []},
        {"at": AT.isoformat(), "rows": [{"id": "x"}]},
        {"at": AT.isoformat(), "rows": [{"id": "", **dict.fromkeys(FEATURES)}]},
        {"at": AT.isoformat(), "rows": [{"id": "x", "arr_delay": 3, **dict.fromkeys(FEATURES)}]},
    ],
)
async def test_a_wrong_request_is_refused_and_not_logged(
    client: httpx.AsyncClient, tmp_path: Path, body: dict[str, Any]
) -> None:
    assert (await client.post("/predict", json=body)).status_code == 422
    assert logged(tmp_path).empty


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"distance": 1.0', '"distance": Infinity'),
        ('"distance": 1.0', '"distance": NaN'),
        ('"distance": 1.0', '"distance": 1e999'),
        ('"distance": 1.0', '"more": NaN, "distance": 1.0'),
        ('"distance": 1.0', '"\\ud800": 1, "distance": 1.0'),
        ('"id": "one"', '"id": "\\ud800"'),
        ('"id": "one"', f'"id": "{"x" * 300}"'),
        ("2013-02-11T13:00:00+00:00", "0001-01-01T00:00:00+14:00"),
        ("2013-02-11T13:00:00+00:00", "9999-12-31T23:59:59-14:00"),
    ],
)
async def test_values_that_nobody_can_keep_are_refused(
    client: httpx.AsyncClient, tmp_path: Path, old: str, new: str
) -> None:
    row = dict.fromkeys(FEATURES) | {"id": "one", "distance": 1.0}
    body = json.dumps({"at": AT.isoformat(), "rows": [row]})
    assert old in body
    answer = await client.post(
        "/predict", content=body.replace(old, new), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["where"].startswith("body.")
    assert logged(tmp_path).empty


async def test_no_rows_are_no_file(client: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = (await client.post("/predict", json={"at": AT.isoformat(), "rows": []})).json()

    assert answer == {"version": "1", "ids": [], "scores": [], "predictions": []}
    assert logged(tmp_path).empty
