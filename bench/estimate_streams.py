"""Streams to estimate on: imitations of public ones, whose labels are late in ways that depend on what they say.

Each is made from a seed: features that explain part of the error, a shock that a day shares, a model fitted to the
time before the walk and frozen then, and a delay. Some are calm, some drift for real, one changes what its features
mean. The hourly weather of three airports is no imitation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.estimate.answer import Measure
from core.evaluation.rows import Rows, Task

START = datetime(2023, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Source:
    """Predictions in windows of `length` from `start` on; the first `past` windows are history.

    `broken_from` is the window from which on the features mean something else (None: never).
    """

    rows: Rows
    measure: Measure
    start: datetime
    length: timedelta
    past: int
    windows: int
    broken_from: int | None = None


def electricity(seed: int) -> Source:
    """Up or down, each half hour: prices and demand, seasons of a day, a market that changes from week to week."""
    rng, days, each = np.random.default_rng(seed), 210, 48
    time = _times(rng, days, each, spread=False)
    hour = (time * 24) % 24
    demand = np.sin((hour - 7) / 24 * 2 * np.pi) + 0.3 * rng.normal(size=len(time))
    regime = _wander(rng, days, 0.15)[_day(time)]
    price = 0.8 * demand + 0.5 * regime + 0.4 * rng.normal(size=len(time))
    trend = 1.2 * np.sin((hour - 4) / 12 * 2 * np.pi) + 0.7 * demand - 0.9 * price + 0.8 * regime
    label = _bernoulli(rng, trend + 0.5 * rng.normal(0, 1, days)[_day(time)])
    features = {"hour": hour.round(1), "demand": demand, "price": price, "weekday": (_day(time) % 7).astype(float)}
    delay = np.full(len(time), 24.0)
    return _classified(time, features, label, delay, 60, days, Measure.ACCURACY)


def bikes(seed: int, measure: Measure = Measure.MAE) -> Source:
    """Rentals each hour at twelve stations: weather, rush hours, weekends, and more of everything every month."""
    rng, days, stations = np.random.default_rng(seed), 200, 12
    time = np.repeat(_times(rng, days, 24, spread=False), stations)
    hour, day = (time * 24) % 24, _day(time)
    rain = np.clip(rng.normal(-0.6, 1, days), 0, None)[day]
    warm = 12 + 9 * np.sin((day - 90) / 365 * 2 * np.pi) + rng.normal(0, 3, days)[day]
    rush = np.exp(-(((hour - 8) / 2) ** 2)) + 1.2 * np.exp(-(((hour - 17.5) / 2.5) ** 2))
    weekend = (day % 7 >= 5).astype(float)
    station = np.tile(np.arange(stations), days * 24)
    size = np.exp(rng.normal(0, 0.5, stations))[station]
    level = size * (1 + day / 250) * (2 + 9 * rush * (1 - 0.6 * weekend) + 0.25 * np.clip(warm, 0, None))
    level *= np.exp(-0.7 * rain + rng.normal(0, 0.25, days)[day])
    label = rng.poisson(level).astype(float)
    features = {
        "hour": hour.round(),
        "warm": warm,
        "rain": rain,
        "weekend": weekend,
        "station": pd.Series(station).map(lambda number: f"s{number}"),
    }
    delay = np.full(len(time), 30.0)
    return _regressed(time, features, label, delay, 60, days, measure)


def credit(seed: int) -> Source:
    """Default on a loan, known after 60 days whatever comes; weeks; the economy turns slowly."""
    return _credit(seed, 60 * 24.0)


def _credit(seed: int, hours: float) -> Source:
    rng, days, each = np.random.default_rng(seed), 560, 45
    time = _times(rng, days, each)
    economy = _wander(rng, days, 0.06)[_day(time)]
    income, debt = rng.normal(size=len(time)), rng.normal(size=len(time)) + 0.4 * economy
    late = rng.poisson(np.exp(0.3 * debt - 1))
    label = _bernoulli(rng, -2.2 - 0.7 * income + 0.8 * debt + 0.5 * late + 0.6 * economy)
    purpose = rng.choice(["car", "home", "school", "other"], len(time))
    features = {"income": income, "debt": debt, "late": late.astype(float), "purpose": purpose}
    delay = np.full(len(time), hours)
    return _classified(time, features, label, delay, 30, 80, Measure.AUC, length=7)


def fraud(seed: int) -> Source:
    """One in a hundred: a fraud is reported after days or weeks, the rest counts as honest after 30 days."""
    rng, days, each = np.random.default_rng(seed), 200, 900
    time = _times(rng, days, each)
    wave = np.clip(_wander(rng, days, 0.25), -1, 2)[_day(time)]
    amount, night = rng.lognormal(3, 1, len(time)), ((time * 24) % 24 < 5).astype(float)
    abroad = (rng.random(len(time)) < 0.08).astype(float)
    score = -6.2 + 0.5 * np.log(amount) + 1.2 * night + (1.5 - 0.6 * wave) * abroad + 0.7 * wave
    label = _bernoulli(rng, score)
    delay = np.where(label == 1, np.clip(24 * 6 * rng.lognormal(0, 0.8, len(time)), 2, 24 * 29), 24 * 30.0)
    features = {"amount": amount, "night": night, "abroad": abroad, "shop": rng.choice(list("abcdef"), len(time))}
    return _classified(time, features, label, delay, 90, days, Measure.AUC)


def churn(seed: int) -> Source:
    """Who leaves within a month, in windows of four weeks: a few hundred customers, few windows, 28 days' delay."""
    rng, days, each = np.random.default_rng(seed), 28 * 44, 14
    time = _times(rng, days, each)
    mood = _wander(rng, days, 0.02)[_day(time)]
    tenure, calls = rng.exponential(2, len(time)), rng.poisson(1.2, len(time)).astype(float)
    plan = rng.choice(["basic", "plus", "pro"], len(time), p=[0.6, 0.3, 0.1])
    label = _bernoulli(rng, -0.9 - 0.5 * tenure + 0.5 * calls - 0.7 * (plan == "pro") + mood)
    features = {"tenure": tenure, "calls": calls, "plan": plan}
    delay = np.full(len(time), 28 * 24.0)
    return _classified(time, features, label, delay, 14, 44, Measure.ACCURACY, length=28)


def delivery(seed: int) -> Source:
    """Minutes until the parcel is there, known when it is there: the late ones come late, one in fifty never."""
    rng, days, each = np.random.default_rng(seed), 170, 350
    time = _times(rng, days, each)
    day = _day(time)
    traffic = rng.normal(0, 0.35, days)[day] + 0.2 * np.sin((time * 24) % 24 / 24 * 2 * np.pi)
    distance, weight = rng.gamma(2, 60, len(time)), rng.lognormal(0, 0.5, len(time))
    rain = (rng.random(days) < 0.25)[day].astype(float)
    label = 30 + (distance * 2.2 + 20 * weight) * np.exp(traffic * 0.7 + 0.35 * rain)
    label *= rng.lognormal(0, 0.25, len(time))
    features = {"distance": distance, "weight": weight, "rain": rain, "depot": rng.choice(["n", "s"], len(time))}
    delay = np.where(rng.random(len(time)) < 0.02, np.inf, label / 60)
    return _regressed(time, features, label, delay, 50, days, Measure.MAE)


def clicks(seed: int) -> Source:
    """Click or not: a click is known at once, none only after six hours; campaigns come and go."""
    rng, days, each = np.random.default_rng(seed), 150, 1200
    time = _times(rng, days, each)
    day = _day(time)
    position = rng.integers(1, 6, len(time)).astype(float)
    site = rng.choice(["news", "games", "mail", "shop"], len(time))
    campaign = _wander(rng, days, 0.2)[day] + rng.normal(0, 0.15, days)[day]
    label = _bernoulli(rng, -1.0 - 0.4 * position + 0.5 * (site == "shop") + campaign)
    delay = np.where(label == 1, rng.exponential(0.2, len(time)), 6.0)
    features = {"position": position, "site": site, "age": rng.normal(40, 12, len(time)).round()}
    return _classified(time, features, label, delay, 45, days, Measure.ACCURACY)


def tickets(seed: int) -> Source:
    """Which of five teams a ticket belongs to; a wrong one takes three times as long to be closed, a tenth never is."""
    from sklearn.linear_model import LogisticRegression

    rng, days, each = np.random.default_rng(seed), 160, 120
    time = _times(rng, days, each)
    words = rng.normal(size=(len(time), 4))
    weights = np.random.default_rng(5).normal(size=(4, 5))
    noise = 1.0 + 0.8 * np.clip(rng.normal(0, 1, days), -1, 2)[_day(time)]
    label = (words @ weights + noise[:, None] * rng.gumbel(size=(len(time), 5)) * 0.8).argmax(axis=1)
    taught = time < 45
    model = LogisticRegression(max_iter=300).fit(words[taught], label[taught])
    probability = model.predict_proba(words)
    called = probability.argmax(axis=1)
    delay = 10 * rng.lognormal(0, 0.6, len(time)) * np.where(called == label, 1, 3)
    delay[rng.random(len(time)) < 0.1] = np.inf
    features = pd.DataFrame(words, columns=["w1", "w2", "w3", "w4"])
    names = pd.Series(["bills", "bugs", "sales", "ops", "other"])
    answers = pd.Series(names[called].to_numpy()), pd.Series(names[label].to_numpy())
    rows = _rows(Task.MULTICLASS, time, *answers, delay, features, pd.Series(probability.max(axis=1)))
    return Source(rows, Measure.ACCURACY, START, DAY, 45, days)


def calm(seed: int, each: int = 100) -> Source:
    """Nothing ever changes: only chance moves the metric. Labels take two days, half a day more where they are 1."""
    rng, days = np.random.default_rng(seed), 200
    time = _times(rng, days, each)
    x, y = rng.normal(size=(2, len(time)))
    label = _bernoulli(rng, 1.6 * x - y)
    delay = 40 * rng.lognormal(0, 0.2, len(time)) + 12 * label
    return _classified(time, {"x": x, "y": y}, label, delay, 60, days, Measure.ACCURACY)


def concept(seed: int, gradual: bool = False) -> Source:
    """One feature turns its meaning around, at once or over 40 days; labels take three days."""
    rng, days, each, when = np.random.default_rng(seed), 170, 200, 100
    time = _times(rng, days, each)
    x, y = rng.normal(size=(2, len(time)))
    turned = np.clip((time - when) / (40.0 if gradual else 1e-9), 0, 1)
    label = _bernoulli(rng, 1.8 * x * (1 - 1.6 * turned) - y + rng.normal(0, 0.2, days)[_day(time)])
    delay = 72 * rng.lognormal(0, 0.15, len(time)) + 12 * label
    made = _classified(time, {"x": x, "y": y}, label, delay, 60, days, Measure.ACCURACY)
    return Source(made.rows, made.measure, made.start, made.length, made.past, made.windows, when)


def weather(_seed: int) -> Source:
    """Real: the temperature in six hours at three airports, 72 predictions a day; known when it is measured."""
    from examples.flights.source import read, source_dir

    frame = read("weather.csv", source_dir())
    frame["at"] = pd.to_datetime(frame["time_hour"], utc=True)
    later = frame[["origin", "at", "temp"]].assign(at=lambda f: f["at"] - timedelta(hours=6))
    frame = frame.merge(later.rename(columns={"temp": "next"}), on=["origin", "at"]).dropna(subset=["next"])
    frame = frame.sort_values("at").reset_index(drop=True)
    start = datetime(2013, 1, 1, 5, tzinfo=UTC)
    time = ((frame["at"] - start).dt.total_seconds() / 86_400).to_numpy()
    kept = ["origin", "temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib", "hour"]
    delay = np.full(len(time), 7.0)
    label = frame["next"].to_numpy(float)
    made = _regressed(time, dict(frame[kept].items()), label, delay, 90, 360, Measure.MAE)
    rows = made.rows
    rows.at[:] = frame["at"]
    return Source(
        Rows(
            rows.task,
            frame["at"],
            rows.prediction,
            rows.label,
            frame["at"] + timedelta(hours=7),
            rows.features,
        ),
        Measure.MAE,
        start,
        DAY,
        90,
        360,
    )


STREAMS: dict[str, Callable[[int], Source]] = {
    "electricity": electricity,
    "bikes": bikes,
    "bikes, RMSE": lambda seed: bikes(seed, Measure.RMSE),
    "credit": credit,
    "fraud": fraud,
    "churn": churn,
    "delivery": delivery,
    "clicks": clicks,
    "tickets": tickets,
    "weather": weather,
    "calm, 30 a day": lambda seed: calm(seed, 30),
    "calm, 300 a day": lambda seed: calm(seed, 300),
    "concept, at once": concept,
    "concept, slowly": lambda seed: concept(seed, gradual=True),
}


def _times(rng: np.random.Generator, days: int, each: int, *, spread: bool = True) -> Any:
    """Instants in days since the start, in order: at random over each day, or evenly."""
    inside = np.sort(rng.random((days, each)), axis=1) if spread else np.tile(np.arange(each) / each, (days, 1))
    return (np.arange(days)[:, None] + inside).ravel()


def _day(time: Any) -> Any:
    return np.maximum(np.floor(time).astype(int), 0)


def _wander(rng: np.random.Generator, days: int, step: float) -> Any:
    """A walk that is drawn back to 0 within about a month and a half."""
    found = np.zeros(days)
    for i in range(1, days):
        found[i] = 0.98 * found[i - 1] + rng.normal(0, step)
    return found


def _bernoulli(rng: np.random.Generator, logit: Any) -> Any:
    return (rng.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(float)


def _classified(
    time: Any,
    features: dict[str, Any],
    label: Any,
    delay: Any,
    past: int,
    windows: int,
    measure: Measure,
    length: int = 1,
) -> Source:
    """A logistic model of the first half of the past predicts all; its score is not calibrated on what follows."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    frame = pd.DataFrame(features)
    taught, matrix = time < past * length / 2, _matrix(frame)
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=8, min_samples_leaf=30, random_state=0)
    score = model.fit(matrix[taught], label[taught]).predict_proba(matrix)[:, 1]
    called = (score >= 0.5).astype(float)
    rows = _rows(Task.BINARY, time, pd.Series(called), pd.Series(label), delay, frame, pd.Series(score))
    return Source(rows, measure, START, timedelta(days=length), past, windows)


def _regressed(
    time: Any,
    features: dict[str, Any],
    label: Any,
    delay: Any,
    past: int,
    windows: int,
    measure: Measure,
) -> Source:
    from sklearn.ensemble import HistGradientBoostingRegressor

    frame = pd.DataFrame(features)
    taught, matrix = time < past / 2, _matrix(frame)
    model = HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=8, min_samples_leaf=30, random_state=0)
    called = model.fit(matrix[taught], label[taught]).predict(matrix)
    rows = _rows(Task.REGRESSION, time, pd.Series(called), pd.Series(label), delay, frame, None)
    return Source(rows, measure, START, DAY, past, windows)


def _matrix(frame: pd.DataFrame) -> Any:
    coded = [
        frame[name].to_numpy(float)
        if pd.api.types.is_numeric_dtype(frame[name])
        else frame[name].astype("category").cat.codes.to_numpy(float)
        for name in frame
    ]
    return np.column_stack(coded)


def _rows(
    task: Task, time: Any, prediction: Any, label: Any, delay: Any, features: pd.DataFrame, score: Any
) -> Rows:
    at = pd.Series(pd.Timestamp(START) + pd.to_timedelta(np.round(time * 86_400), unit="s"))
    wait = pd.Series(pd.to_timedelta(np.where(np.isfinite(delay), np.round(delay * 3600), np.nan), unit="s"))
    label_at = at + wait
    return Rows(task, at, prediction, label.where(label_at.notna()), label_at, features, score)
