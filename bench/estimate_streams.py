"""Streams to estimate on: imitations of public ones, whose labels are late in ways that depend on what they say.

Each is made from a seed: features that explain part of the error, a shock that a day shares, a model fitted to the
time before the walk and frozen then, and a delay. Some are calm, some drift for real, one changes what its features
mean. The hourly weather of three airports is no imitation.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from bench.estimate_making import (
    Plan,
    Source,
    bernoulli,
    day_of,
    predicted,
    sorted_out,
    times,
    wander,
)
from core.evaluation.estimate.answer import Measure


def electricity(seed: int) -> Source:
    """Up or down, each half hour: prices and demand, seasons of a day, a market that changes from week to week."""
    rng, days, each = np.random.default_rng(seed), 210, 48
    time = times(rng, days, each, spread=False)
    hour = (time * 24) % 24
    demand = np.sin((hour - 7) / 24 * 2 * np.pi) + 0.3 * rng.normal(size=len(time))
    regime = wander(rng, days, 0.15)[day_of(time)]
    price = 0.8 * demand + 0.5 * regime + 0.4 * rng.normal(size=len(time))
    trend = 1.2 * np.sin((hour - 4) / 12 * 2 * np.pi) + 0.7 * demand - 0.9 * price + 0.8 * regime
    label = bernoulli(rng, trend + 0.5 * rng.normal(0, 1, days)[day_of(time)])
    features = {
        "hour": hour.round(1),
        "demand": demand,
        "price": price,
        "weekday": (day_of(time) % 7).astype(float),
    }
    delay = np.full(len(time), 24.0)
    return predicted(time, features, label, delay, Plan(60, days, Measure.ACCURACY))


def bikes(seed: int, measure: Measure = Measure.MAE) -> Source:
    """Rentals each hour at twelve stations: weather, rush hours, weekends, and more of everything every month."""
    rng, days, stations = np.random.default_rng(seed), 200, 12
    time = np.repeat(times(rng, days, 24, spread=False), stations)
    hour, day = (time * 24) % 24, day_of(time)
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
    return predicted(time, features, label, delay, Plan(60, days, measure))


def credit(seed: int) -> Source:
    """Default on a loan, known after 60 days whatever comes; weeks; the economy turns slowly."""
    rng, days, each = np.random.default_rng(seed), 560, 45
    time = times(rng, days, each)
    economy = wander(rng, days, 0.06)[day_of(time)]
    income, debt = rng.normal(size=len(time)), rng.normal(size=len(time)) + 0.4 * economy
    late = rng.poisson(np.exp(0.3 * debt - 1))
    label = bernoulli(rng, -2.2 - 0.7 * income + 0.8 * debt + 0.5 * late + 0.6 * economy)
    purpose = rng.choice(["car", "home", "school", "other"], len(time))
    features = {"income": income, "debt": debt, "late": late.astype(float), "purpose": purpose}
    delay = np.full(len(time), 60 * 24.0)
    return predicted(time, features, label, delay, Plan(30, 80, Measure.AUC, 7))


def fraud(seed: int) -> Source:
    """One in a hundred: a fraud is reported after days or weeks, the rest counts as honest after 30 days."""
    rng, days, each = np.random.default_rng(seed), 200, 900
    time = times(rng, days, each)
    wave = np.clip(wander(rng, days, 0.25), -1, 2)[day_of(time)]
    amount, night = rng.lognormal(3, 1, len(time)), ((time * 24) % 24 < 5).astype(float)
    abroad = (rng.random(len(time)) < 0.08).astype(float)
    score = -6.2 + 0.5 * np.log(amount) + 1.2 * night + (1.5 - 0.6 * wave) * abroad + 0.7 * wave
    label = bernoulli(rng, score)
    delay = np.where(label == 1, np.clip(24 * 6 * rng.lognormal(0, 0.8, len(time)), 2, 24 * 29), 24 * 30.0)
    features = {"amount": amount, "night": night, "abroad": abroad, "shop": rng.choice(list("abcdef"), len(time))}
    return predicted(time, features, label, delay, Plan(90, days, Measure.AUC))


def churn(seed: int) -> Source:
    """Who leaves within a month, in windows of four weeks: a few hundred customers, few windows, 28 days' delay."""
    rng, days, each = np.random.default_rng(seed), 28 * 44, 14
    time = times(rng, days, each)
    mood = wander(rng, days, 0.02)[day_of(time)]
    tenure, calls = rng.exponential(2, len(time)), rng.poisson(1.2, len(time)).astype(float)
    plan = rng.choice(["basic", "plus", "pro"], len(time), p=[0.6, 0.3, 0.1])
    label = bernoulli(rng, -0.9 - 0.5 * tenure + 0.5 * calls - 0.7 * (plan == "pro") + mood)
    features = {"tenure": tenure, "calls": calls, "plan": plan}
    delay = np.full(len(time), 28 * 24.0)
    return predicted(time, features, label, delay, Plan(14, 44, Measure.ACCURACY, 28))


def delivery(seed: int) -> Source:
    """Minutes until the parcel is there, known when it is there: the late ones come late, one in fifty never."""
    rng, days, each = np.random.default_rng(seed), 170, 350
    time = times(rng, days, each)
    day = day_of(time)
    traffic = rng.normal(0, 0.35, days)[day] + 0.2 * np.sin((time * 24) % 24 / 24 * 2 * np.pi)
    distance, weight = rng.gamma(2, 60, len(time)), rng.lognormal(0, 0.5, len(time))
    rain = (rng.random(days) < 0.25)[day].astype(float)
    label = 30 + (distance * 2.2 + 20 * weight) * np.exp(traffic * 0.7 + 0.35 * rain)
    label *= rng.lognormal(0, 0.25, len(time))
    features = {"distance": distance, "weight": weight, "rain": rain, "depot": rng.choice(["n", "s"], len(time))}
    delay = np.where(rng.random(len(time)) < 0.02, np.inf, label / 60)
    return predicted(time, features, label, delay, Plan(50, days, Measure.MAE))


def clicks(seed: int) -> Source:
    """Click or not: a click is known at once, none only after six hours; campaigns come and go."""
    rng, days, each = np.random.default_rng(seed), 150, 1200
    time = times(rng, days, each)
    day = day_of(time)
    position = rng.integers(1, 6, len(time)).astype(float)
    site = rng.choice(["news", "games", "mail", "shop"], len(time))
    campaign = wander(rng, days, 0.2)[day] + rng.normal(0, 0.15, days)[day]
    label = bernoulli(rng, -1.0 - 0.4 * position + 0.5 * (site == "shop") + campaign)
    delay = np.where(label == 1, rng.exponential(0.2, len(time)), 6.0)
    features = {"position": position, "site": site, "age": rng.normal(40, 12, len(time)).round()}
    return predicted(time, features, label, delay, Plan(45, days, Measure.ACCURACY))


def tickets(seed: int) -> Source:
    """Which of five teams a ticket belongs to; a wrong one takes three times as long to be closed, a tenth never is."""
    rng, days, each = np.random.default_rng(seed), 160, 120
    time = times(rng, days, each)
    words = rng.normal(size=(len(time), 4))
    weights = np.random.default_rng(5).normal(size=(4, 5))
    noise = 1.0 + 0.8 * np.clip(rng.normal(0, 1, days), -1, 2)[day_of(time)]
    label = (words @ weights + noise[:, None] * rng.gumbel(size=(len(time), 5)) * 0.8).argmax(axis=1)

    def delay(label: Any, called: Any, _sure: Any) -> Any:
        hours = 10 * rng.lognormal(0, 0.6, len(time)) * np.where(called == label, 1, 3)
        return np.where(rng.random(len(time)) < 0.1, np.inf, hours)

    names = ["bills", "bugs", "sales", "ops", "other"]
    return sorted_out(time, words, label, delay, names, Plan(45, days, Measure.ACCURACY))


def calm(seed: int, each: int = 100) -> Source:
    """Nothing ever changes: only chance moves the metric. Labels take two days, half a day more where they are 1."""
    rng, days = np.random.default_rng(seed), 200
    time = times(rng, days, each)
    x, y = rng.normal(size=(2, len(time)))
    label = bernoulli(rng, 1.6 * x - y)
    delay = 40 * rng.lognormal(0, 0.2, len(time)) + 12 * label
    return predicted(time, {"x": x, "y": y}, label, delay, Plan(60, days, Measure.ACCURACY))


def concept(seed: int, gradual: bool = False) -> Source:
    """One feature turns its meaning around, at once or over 40 days; labels take three days."""
    rng, days, each, when = np.random.default_rng(seed), 170, 200, 100
    time = times(rng, days, each)
    x, y = rng.normal(size=(2, len(time)))
    turned = np.clip((time - when) / (40.0 if gradual else 1e-9), 0, 1)
    label = bernoulli(rng, 1.8 * x * (1 - 1.6 * turned) - y + rng.normal(0, 0.2, days)[day_of(time)])
    delay = 72 * rng.lognormal(0, 0.15, len(time)) + 12 * label
    made = predicted(time, {"x": x, "y": y}, label, delay, Plan(60, days, Measure.ACCURACY))
    return replace(made, broken_from=when)


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
    made = predicted(time, dict(frame[kept].items()), label, delay, Plan(90, 360, Measure.MAE))
    exact = replace(made.rows, at=frame["at"], label_at=frame["at"] + timedelta(hours=7))
    return replace(made, rows=exact, start=start)


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
