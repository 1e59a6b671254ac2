"""The serving app: `python -m examples.flights.serve --port 8090 --registry URI --log DIR`.

It answers with the registry's champion, follows a change of it within a second or two, and writes what it
predicted to the prediction log before it answers.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from examples.flights import model
from examples.flights.champion import Champion, MlflowSource, Serving
from examples.flights.prediction_log import PredictionLog


def _whole(text: str) -> str:
    """Text that can be written: half of a surrogate pair is no character."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("this is not valid Unicode")
    return text


Text = Annotated[str, AfterValidator(_whole)]


class Flight(BaseModel):
    """One flight to predict: its id and the features; a value that is not known is null."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    id: Text = Field(min_length=1, max_length=256)
    carrier: str | None
    origin: str | None
    dest: str | None
    distance: float | None
    hour: float | None
    weekday: float | None
    sched_minutes: float | None
    plane_age: float | None
    seats: float | None
    temp: float | None
    dewp: float | None
    humid: float | None
    wind_dir: float | None
    wind_speed: float | None
    precip: float | None
    pressure: float | None
    visib: float | None


MOST_TOLD = 20
"""How many mistakes of a request are named."""


class PredictRequest(BaseModel):
    """Flights to predict, and the time of the prediction."""

    at: AwareDatetime = Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
    rows: list[Flight] = Field(max_length=10_000)


class PredictAnswer(BaseModel):
    """In the order of the request: the probability of landing late, and the call made from it."""

    version: str
    ids: list[str]
    scores: list[float]
    predictions: list[int]


class VersionAnswer(BaseModel):
    """Which version answers."""

    pipeline: str
    version: str
    loaded_at: AwareDatetime


def create_app(pipeline: str, champion: Champion, log: PredictionLog, poll_seconds: float = 1.0) -> FastAPI:
    """The app over its two neighbours: where the model comes from, and where predictions are logged."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(_follow(champion, poll_seconds))
        yield
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following

    app = FastAPI(title=f"{pipeline} serving", lifespan=lifespan)
    app.exception_handler(RequestValidationError)(_refused)

    @app.post("/predict")
    def predict(request: PredictRequest) -> PredictAnswer:
        return _predict(_serving(champion), log, request)

    @app.get("/version")
    def version() -> VersionAnswer:
        serving = _serving(champion)
        return VersionAnswer(pipeline=pipeline, version=serving.version, loaded_at=serving.loaded_at)

    @app.post("/reload")
    def reload() -> VersionAnswer:
        champion.refresh()
        return version()

    @app.get("/healthz")
    def healthz() -> dict[str, str | None]:
        return {"status": "ok", "version": _serving(champion).version, "trouble": champion.trouble}

    return app


async def _refused(_: Request, error: Exception) -> JSONResponse:
    """What was wrong, without what was sent: that may be huge, or hold what JSON cannot."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    told = [{"where": _place(item["loc"]), "msg": item["msg"]} for item in found[:MOST_TOLD]]
    return JSONResponse({"detail": told}, status_code=422)


def _place(steps: Sequence[int | str]) -> str:
    """Where in the request, in characters that any answer can hold."""
    return ".".join(str(step)[:60] for step in steps).encode("ascii", "backslashreplace").decode()


async def _follow(champion: Champion, poll_seconds: float) -> None:
    while True:
        await asyncio.to_thread(champion.refresh)
        await asyncio.sleep(poll_seconds)


def _serving(champion: Champion) -> Serving:
    serving = champion.serving
    if serving is None:
        raise HTTPException(503, champion.trouble or "no champion yet: give a version the alias in the registry")
    return serving


def _predict(serving: Serving, log: PredictionLog, request: PredictRequest) -> PredictAnswer:
    if not request.rows:
        return PredictAnswer(version=serving.version, ids=[], scores=[], predictions=[])
    rows = _score(serving, request)
    log.append(rows, request.at)
    return PredictAnswer(
        version=serving.version,
        ids=rows["id"].tolist(),
        scores=rows["score"].tolist(),
        predictions=rows["prediction"].tolist(),
    )


def _score(serving: Serving, request: PredictRequest) -> Any:
    import pandas as pd

    rows = pd.DataFrame([flight.model_dump() for flight in request.rows])
    score = model.scores(serving.model, rows)
    return rows.assign(
        predicted_at=request.at,
        version=serving.version,
        score=score,
        prediction=(score >= model.THRESHOLD).astype("int8"),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Start on 127.0.0.1 (or `--host`) until interrupted."""
    import uvicorn

    options = _options(arguments)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    champion = Champion(MlflowSource(options.registry, options.pipeline))
    champion.refresh()
    app = create_app(options.pipeline, champion, PredictionLog(options.log))
    if options.until_input_ends:
        Thread(target=_stop_when_input_ends, daemon=True).start()
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning")


def _stop_when_input_ends() -> None:
    """Whoever started us is gone, even if it was killed: its end of the pipe is closed."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.flights.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--registry", required=True, help="MLflow tracking URI, such as sqlite:////path/mlflow.db")
    parser.add_argument("--log", type=Path, required=True, help="folder of the prediction log")
    parser.add_argument("--pipeline", default="flights", help="name of the registered model")
    parser.add_argument("--until-input-ends", action="store_true", help="stop when standard input is closed")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
