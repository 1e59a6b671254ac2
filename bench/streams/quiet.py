"""Streams on which nothing is wrong, in awkward ways: heavy tails, long cycles, short histories, texts and vectors."""

from datetime import UTC, datetime

import numpy as np

from bench.source import Source
from bench.streams.parts import DAY, HOUR, Rows, days, poisson

WORDS = [
    "late",
    "parcel",
    "broken",
    "refund",
    "thanks",
    "the",
    "my",
    "order",
    "café",
    "naïve",
    "where",
    "is",
    "not",
]


def texts() -> Source:
    """Messages and their embeddings: norms, a few directions, lengths, languages, the texts themselves."""
    start, windows = datetime(2024, 9, 2, tzinfo=UTC), 120
    rows = Rows(41, poisson(411, 700 - 250 * (days(start, windows).weekday >= 5)), start, DAY)
    length = np.clip(np.round(rows.rng.lognormal(2.3, 0.6, rows.n)), 1, 60).astype(int)
    words = np.array(WORDS, dtype=object)[rows.rng.integers(0, len(WORDS), (rows.n, 6))]
    body = np.array(
        [" ".join(w[: min(k, 6)]).capitalize() + f" {k}" for w, k in zip(words, length, strict=True)], dtype=object
    )
    hidden = rows.rng.normal(0, 1, (rows.n, 3))
    turned = hidden @ np.random.default_rng(412).normal(0, 1, (3, 5))
    frame = rows.frame(
        body=body,
        tokens=length,
        language=rows.pick(["en", "de", "fr", "es"], [70, 15, 10, 5]),
        norm=np.round(np.linalg.norm(turned, axis=1) + 8 + rows.normal(0.3), 4),
        **{f"e{i}": turned[:, i] + rows.normal(0.3) for i in range(5)},
        similarity=np.round(1 / (1 + np.exp(-turned[:, 0] + rows.normal(0.5))), 4),
        has_attachment=rows.rng.random(rows.n) < 0.18,
        channel=rows.pick(["email", "chat", "web"], [5, 3, 2]),
        model_version="2024-08",
    )
    return Source(frame, start, DAY, 35, windows)


def heavy() -> Source:
    """Nothing is wrong for two years, but levels jump with Student's tails, wander, and sizes are log-normal."""
    start, windows = datetime(2021, 1, 4, tzinfo=UTC), 700
    rows = Rows(42, poisson(421, [120] * windows), start, DAY)
    frame = rows.frame(
        jumps=rows.normal() + rows.wander(0, 0.5, 3),
        jumps_too=rows.normal() + rows.wander(0, 0.3, 3),
        wanders=rows.normal() + rows.wander(0.9, 0.4),
        drags=rows.normal() + rows.wander(0.97, 0.2, 4),
        sizes=rows.rng.lognormal(0, 2, rows.n),
        share=rows.rng.random(rows.n) < 1 / (1 + np.exp(1.5 - rows.wander(0.5, 0.3, 4))),
        gaps=rows.numbers_holed(rows.normal(), 1 / (1 + np.exp(2.5 - rows.wander(0, 0.4, 3)))),
        kind=np.where(rows.rng.random(rows.n) < 1 / (1 + np.exp(-rows.wander(0.8, 0.3))), "a", "b").astype(object),
    )
    return Source(frame, start, DAY, 60, windows)


def tides() -> Source:
    """Levels of the sea every five minutes: tides, the moon's month, pressure; gauges that repeat their values."""
    start, windows = datetime(2022, 6, 1, tzinfo=UTC), 300
    rows = Rows(43, [288] * windows, start, DAY)
    rows.evenly(288)
    exact = rows.at + rows.within
    spring = 1 + 0.35 * np.cos(2 * np.pi * exact / 14.77)
    level = 2.1 * spring * np.cos(2 * np.pi * exact / 0.5175) + 0.2 * np.cos(2 * np.pi * exact / 0.9973)
    pressure = 1013 + rows.wander(0.8, 5) + rows.normal(0.3)
    frame = rows.frame(
        level=np.round(level + 0.01 * (1013 - pressure) + rows.normal(0.03), 2),
        residual=np.round(0.01 * (1013 - pressure) + rows.normal(0.03), 3),
        pressure=np.round(pressure, 1),
        water_temp=np.round(13 + 5 * rows.year(220) + 0.3 * rows.day(16), 1),
        moon=np.round((exact % 29.53) / 29.53, 3),
        salinity=np.round(35 + 0.3 * rows.wander(0.9, 0.3) + rows.normal(0.02), 2),
        wind=np.round(np.abs(rows.wander(0.6, 3) + rows.normal(1)), 1),
        wind_dir=np.round((rows.wander(0.9, 40) + rows.normal(15)) % 360),
        gauge=rows.pick(["A", "B"], [1, 1]),
        quality=rows.pick([0, 1, 9], [985, 10, 5]).astype(int),
    )
    return Source(frame, start, DAY, 60, windows)


def young() -> Source:
    """Only two weeks of history, then six of life: a call centre with weekdays."""
    start, windows = datetime(2025, 2, 3, tzinfo=UTC), 56
    weekend = days(start, windows).weekday >= 5
    rows = Rows(44, poisson(441, np.where(weekend, 150, 400)), start, DAY)
    talk = np.round(rows.rng.lognormal(5, 0.7, rows.n))
    frame = rows.frame(
        queue=rows.pick(["billing", "technical", "sales", "other"], [4, 3, 2, 1]),
        wait=np.round(rows.rng.exponential(60, rows.n) * (1 + 0.5 * (rows.weekday == 0)), 1),
        talk=talk,
        hold=np.where(rows.rng.random(rows.n) < 0.6, 0, np.round(talk * rows.rng.random(rows.n) * 0.3)),
        agent=rows.skewed("agent", 45, 0.2),
        transferred=rows.rng.random(rows.n) < 0.11,
        score=rows.numbers_holed(rows.pick([1, 2, 3, 4, 5], [1, 1, 2, 4, 6]).astype(float), 0.7),
        hour=rows.hour,
    )
    return Source(frame, start, DAY, 14, windows)


def servers() -> Source:
    """Requests by the hour, 20 to 300 of them, for six weeks: nights differ from days, Mondays from Sundays."""
    start, hours = datetime(2025, 1, 6, tzinfo=UTC), 24 * 42
    hour, weekend = np.arange(hours) % 24, (np.arange(hours) // 24) % 7 >= 5
    busy = np.clip(np.sin((hour - 6) / 24 * 2 * np.pi), 0, 1)
    rows = Rows(45, poisson(451, 25 + 260 * busy * np.where(weekend, 0.4, 1)), start, HOUR)
    load = busy[rows.at] * np.where(rows.weekend, 0.4, 1)
    path = rows.skewed("/api/v2/", 60, 1.1)
    frame = rows.frame(
        path=path,
        method=rows.pick(["GET", "POST", "PUT", "DELETE"], [80, 14, 5, 1]),
        status=rows.pick([200, 201, 304, 404, 500], [85, 6, 5, 3, 0.4]).astype(int),
        millis=np.round(np.exp(3.2 + 0.6 * load + 0.9 * rows.normal()), 1),
        size=np.round(rows.rng.lognormal(8, 1.6, rows.n)),
        cpu=np.round(np.clip(12 + 55 * load + rows.normal(6), 0, 100), 1),
        host=rows.skewed("web-", 12, 0.1),
        cached=rows.rng.random(rows.n) < 0.35 + 0.25 * load,
        mobile=rows.rng.random(rows.n) < 0.3 + 0.3 * rows.weekend,
        agent=rows.skewed("Agent/", 200, 1.2),
    )
    return Source(frame, start, HOUR, 24 * 14, hours)
