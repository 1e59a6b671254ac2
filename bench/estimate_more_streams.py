"""More streams, unlike the first ones: other measures and clocks, seasons, weeks, labels for some rows only."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.estimate_making import (
    Plan,
    Source,
    bernoulli,
    day_of,
    in_zone,
    predicted,
    sorted_out,
    times,
    wander,
)
from core.evaluation.estimate.answer import Measure


def admissions(seed: int) -> Source:
    """Who stays overnight: weekends are another world that no feature tells; no score; labels in a day or two."""
    rng, days = np.random.default_rng(seed), 170
    time = times(rng, days, 90)
    day = day_of(time)
    age, pulse = rng.normal(55, 20, len(time)), rng.normal(80, 12, len(time))
    weekend = np.isin(day % 7, (5, 6))
    label = bernoulli(rng, 0.04 * (age - 60) + 0.05 * (pulse - 80) * np.where(weekend, -0.6, 1) + 0.5 * weekend)
    delay = 20 * rng.lognormal(0, 0.4, len(time)) * np.where(label == 1, 1.8, 1)
    return predicted(
        time, {"age": age, "pulse": pulse}, label, delay, Plan(56, days, Measure.ACCURACY, scored=False)
    )


def demand(seed: int) -> Source:
    """Sales by the week: a yearly season, promotions, a slow rise that the model does not know; known a week later."""
    rng, days = np.random.default_rng(seed), 7 * 90
    time = times(rng, days, 18)
    week = (time // 7).astype(int)
    promotion = (rng.random(days // 7) < 0.2)[week].astype(float)
    price, store = rng.gamma(6, 2, len(time)), rng.choice(["north", "south", "web"], len(time))
    level = 40 * np.exp(0.3 * np.sin(week / 52 * 2 * np.pi) + 0.004 * week + 0.5 * promotion - 0.03 * price)
    label = level * (1 + 0.4 * (store == "web")) * rng.lognormal(0, 0.25 + 0.15 * promotion, len(time))
    features = {"price": price, "promotion": promotion, "store": store}
    return predicted(time, features, label, np.full(len(time), 7 * 24.0), Plan(30, 90, Measure.RMSE, 7))


def tiny(seed: int) -> Source:
    """A dozen a day, and a month in which everything is harder; labels take two days, more or less."""
    rng, days = np.random.default_rng(seed), 190
    time = times(rng, days, 12)
    x, y = rng.normal(size=(2, len(time)))
    harder = (time > 110) & (time < 140)
    label = bernoulli(rng, (2 * x - y) * np.where(harder, 0.2, 1))
    return predicted(
        time, {"x": x, "y": y}, label, 48 * rng.lognormal(0, 0.5, len(time)), Plan(70, days, Measure.ACCURACY)
    )


def moderation(seed: int) -> Source:
    """Four kinds of posts, F1; people look at what the model is unsure of: two thirds never get a label."""
    rng, days = np.random.default_rng(seed), 150
    time = times(rng, days, 200)
    words = rng.normal(size=(len(time), 5)) + 0.4 * wander(rng, days, 0.15)[day_of(time)][:, None]
    weights = np.random.default_rng(7).normal(size=(5, 4)) * np.array([1, 1, 1, 0.5])
    label = (words @ weights + 0.9 * rng.gumbel(size=(len(time), 4))).argmax(axis=1)

    def delay(_label: Any, _called: Any, sure: Any) -> Any:
        looked_at = rng.random(len(time)) < np.clip(1.1 - sure, 0.05, 1)
        return np.where(looked_at, 30 * rng.lognormal(0, 0.7, len(time)), np.inf)

    return sorted_out(time, words, label, delay, ["fine", "spam", "abuse", "odd"], Plan(50, days, Measure.F1))


def bookings(seed: int) -> Source:
    """Which booking is honoured, AUC, in local time: a third is cancelled and never labelled; guests change slowly."""
    rng, days = np.random.default_rng(seed), 210
    time = times(rng, days, 150)
    ahead = rng.gamma(2, 10, len(time)) * (1 + time / 200)
    nights, mood = rng.integers(1, 9, len(time)).astype(float), rng.normal(0, 0.5, days)[day_of(time)]
    label = bernoulli(rng, 1.5 - 0.05 * ahead - 0.1 * nights + mood)
    cancelled = rng.random(len(time)) < 0.2 + 0.25 * (label == 0)
    delay = np.where(cancelled, np.inf, 24 * (1 + ahead / 6))
    source = predicted(time, {"ahead": ahead, "nights": nights}, label, delay, Plan(80, days, Measure.AUC))
    return in_zone(source, "Australia/Lord_Howe")


def pumps(seed: int) -> Source:
    """Pressure in an hour, in windows of six hours: heavy tails, and days on which a sensor stutters."""
    rng, days = np.random.default_rng(seed), 75
    time = times(rng, days, 24 * 6, spread=False)
    load = np.sin(time * 2 * np.pi) + 0.3 * np.sin(time / 7 * 2 * np.pi) + 0.2 * rng.normal(size=len(time))
    stutter = np.where(rng.random(days) < 0.15, 3.0, 1.0)[day_of(time)]
    label = 50 + 8 * load + stutter * rng.standard_t(4, len(time)) * (1 + 0.5 * np.abs(load))
    delay = np.full(len(time), 2.0)
    return predicted(
        time, {"load": load, "hour": (time * 24) % 24}, label, delay, Plan(100, 300, Measure.MAE, 0.25)
    )


def loans(seed: int) -> Source:
    """Recall by the week, more cases for a quarter of a year; cases are found in weeks, none count after 90 days."""
    rng, days = np.random.default_rng(seed), 7 * 80
    time = times(rng, days, 60)
    income, past = rng.normal(size=len(time)), rng.poisson(0.5, len(time)).astype(float)
    crisis = ((time > 380) & (time < 470)).astype(float)
    label = bernoulli(rng, -0.8 - 1.2 * income + 0.9 * past + 1.2 * crisis)
    delay = np.where(label == 1, 24 * np.clip(25 * rng.lognormal(0, 0.5, len(time)), 3, 89), 24 * 90.0)
    return predicted(time, {"income": income, "past": past}, label, delay, Plan(34, 80, Measure.RECALL, 7))


def spotless(seed: int) -> Source:
    """Hardly ever wrong, and nothing ever changes: two hundred a day, labels overnight."""
    rng, days = np.random.default_rng(seed), 150
    time = times(rng, days, 200)
    x = rng.normal(size=len(time)) * 3
    label = bernoulli(rng, 6 * x)
    return predicted(
        time, {"x": x}, label, 10 * rng.lognormal(0, 0.5, len(time)), Plan(50, days, Measure.ACCURACY)
    )


def outages(seed: int) -> Source:
    """Brier: one day in eight a service is down and nothing is as usual, which a feature half tells."""
    rng, days = np.random.default_rng(seed), 160
    time = times(rng, days, 250)
    down = (rng.random(days) < 0.125)[day_of(time)]
    errors = rng.poisson(np.where(down, 3.0, 1.5)).astype(float)
    x = rng.normal(size=len(time))
    label = bernoulli(rng, 1.5 * x * np.where(down, -0.5, 1) + 0.2 * errors - 0.5)
    delay = 6 * rng.lognormal(0, 0.5, len(time)) * np.where(down, 1.6, 1)
    return predicted(time, {"x": x, "errors": errors}, label, delay, Plan(50, days, Measure.BRIER))


def parted(seed: int) -> Source:
    """Two features that always rose together, and from day 100 on one falls as the other rises: each stays as it was,
    but what the model knows holds no longer where they part. Labels take five days."""
    rng, days = np.random.default_rng(seed), 130
    time = times(rng, days, 150)
    rho = np.where(time >= 100, -0.9, 0.9)
    x, noise = rng.normal(size=(2, len(time)))
    y = rho * x + np.sqrt(1 - rho**2) * noise
    label = bernoulli(rng, 3 * x * np.where(np.abs(x - y) > 1.2, -1, 1))
    return predicted(time, {"x": x, "y": y}, label, np.full(len(time), 120.0), Plan(60, days, Measure.ACCURACY))


MORE_STREAMS: dict[str, Callable[[int], Source]] = {
    each.__name__: each
    for each in (admissions, demand, tiny, moderation, bookings, pumps, loans, spotless, outages, parted)
}
