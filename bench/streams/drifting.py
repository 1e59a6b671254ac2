"""Streams that move for real: slowly, at one blow, by growth; and columns that only rise or hardly ever change."""

from datetime import UTC, datetime, timedelta

import numpy as np

from bench.source import Source
from bench.streams.parts import DAY, WEEK, Rows, days, poisson

MONTH = timedelta(days=30)


def forest() -> Source:
    """Plots of a forest in the order of their height: everything that follows height moves with it."""
    start, windows = datetime(2010, 1, 1, tzinfo=UTC), 140
    rows = Rows(31, [800] * windows, start, DAY)
    height = 2000 + 1500 * rows.at / windows + rows.normal(120)
    aspect = rows.rng.integers(0, 360, rows.n).astype(float)
    slope = np.clip(np.round(14 + 7 * rows.normal()), 0, 60)
    shade = 220 - 1.2 * slope * np.cos(np.radians(aspect - 90)) + rows.normal(6)
    soil = np.clip((height - 1900) / 45 + 4 * rows.normal(), 0, 39).astype(int)
    frame = rows.frame(
        elevation=np.round(height),
        aspect=aspect,
        slope=slope,
        to_water=np.round(rows.rng.gamma(1.5, 170, rows.n) / 30) * 30,
        to_road=np.round(rows.rng.gamma(1.6, 900 + 0.4 * (height - 2000), rows.n)),
        hillshade_9am=np.clip(np.round(shade), 0, 254),
        hillshade_noon=np.clip(np.round(230 - 0.8 * slope + rows.normal(8)), 0, 254),
        wilderness=np.array(list("ABCD"), dtype=object)[
            np.clip((height - 1700) / 600 + rows.normal(0.7), 0, 3).astype(int)
        ],
        soil_type=soil,
        rocky=(soil > 20) & (rows.rng.random(rows.n) < 0.8),
    )
    return Source(frame, start, DAY, 20, windows, changes=tuple(range(20, windows)))


def movement() -> Source:
    """How people move, with a lockdown in which a week changes everything (real), and a slow return."""
    start, windows, shut = datetime(2019, 9, 2, tzinfo=UTC), 300, 195
    rows = Rows(32, [700] * windows, start, DAY)
    since = np.clip(rows.at - shut, 0, None)
    closed = np.where(rows.at >= shut, np.exp(-since / 60), 0)
    frame = rows.frame(
        county=rows.skewed("county ", 80, 0.5),
        trips=rows.rng.poisson(np.clip(40 * (1 - 0.7 * closed) - 6 * rows.weekend, 2, None)),
        workplaces=np.round(-60 * closed - 20 * rows.weekend + rows.normal(8)),
        residential=np.round(22 * closed + 4 * rows.weekend + rows.normal(3)),
        distance=np.round(rows.rng.lognormal(1.8, 0.9, rows.n) * (1 - 0.4 * closed), 2),
        mode=np.where(rows.rng.random(rows.n) < 0.25 * (1 - 0.8 * closed), "transit", "car").astype(object),
        age_band=rows.pick(["18-24", "25-44", "45-64", "65+"], [1, 3, 3, 2]),
        temperature=np.round(11 + 9 * rows.year(200) + rows.wander(0.8, 2) + rows.normal(1.5), 1),
    )
    return Source(frame, start, DAY, 60, windows, changes=(shut,))


def churn() -> Source:
    """A telephone company's customers month by month for three years: tenures that grow, prices that creep."""
    start, windows = datetime(2020, 1, 1, tzinfo=UTC), 36
    rows = Rows(33, [4000] * windows, start, MONTH)
    tenure = np.clip(np.round(rows.rng.beta(0.8, 1.0, rows.n) * (50 + 0.5 * rows.at)), 0, None)
    fibre = rows.rng.random(rows.n) < 0.4 + 0.003 * rows.at
    monthly = np.round((20 + 50 * fibre + 12 * rows.rng.random(rows.n)) * (1 + 0.002 * rows.at), 2)
    contract = rows.pick(["Month-to-month", "One year", "Two year"], [55, 21, 24])
    frame = rows.frame(
        gender=rows.pick(["Female", "Male"], [1, 1]),
        senior=(rows.rng.random(rows.n) < 0.16).astype(int),
        tenure=tenure,
        internet=np.where(fibre, "Fiber optic", "DSL").astype(object),
        contract=contract,
        paperless=rows.rng.random(rows.n) < 0.59,
        payment=rows.pick(["Electronic check", "Mailed check", "Bank transfer", "Credit card"], [34, 23, 22, 21]),
        monthly_charges=monthly,
        total_charges=np.where(tenure > 0, np.round(monthly * tenure, 2), np.nan),
        tickets=rows.rng.poisson(0.4, rows.n),
        data_gb=np.round(rows.rng.gamma(2, 6, rows.n) * (1 + 0.01 * rows.at), 2),
    )
    return Source(frame, start, MONTH, 14, windows)


def fleet() -> Source:
    """Vehicles that report once a day, judged by weeks: odometers and dates only rise, software rolls out slowly."""
    start, windows = datetime(2022, 1, 3, tzinfo=UTC), 70
    rows = Rows(34, [14_000] * windows, start, WEEK)
    car = rows.rng.integers(0, 2000, rows.n)
    facts = np.random.default_rng(341)
    a_day = facts.gamma(3, 15, 2000)[car]
    version = np.clip((rows.at / 9 + rows.normal(0.5)).astype(int), 0, 8)
    air = 11 + 9 * rows.year(200) + 4 * rows.day(15) + rows.normal(3)
    frame = rows.frame(
        vehicle=car,
        odometer=np.round(facts.uniform(0, 90_000, 2000)[car] + a_day * (rows.at * 7 + rows.within * 7), 1),
        built=(17_000 + car % 1500).astype(int),
        reported_on=np.asarray(rows.time.strftime("%Y%m%d")).astype(int),
        firmware=np.array([f"4.{v}.1" for v in range(9)], dtype=object)[version],
        battery=np.round(np.clip(12.6 + 0.01 * air + rows.normal(0.15), 10, 14.9), 2),
        air_temp=np.round(air, 1),
        tyre_bar=np.round(2.4 + 0.006 * air + rows.normal(0.08), 2),
        speed=rows.numbers_holed(np.round(rows.rng.gamma(4, 11, rows.n)), 0.12),
        fault=rows.holed(rows.skewed("P0", 30, 1.2), 0.97),
        depot=rows.skewed("Depot ", 12, 0.4),
        abs_fitted=True,
    )
    return Source(frame, start, WEEK, 16, windows)


def growing() -> Source:
    """A young service whose days grow tenfold in a year: ids that rise, ratios, counters, facts that change weekly."""
    start, windows = datetime(2023, 1, 2, tzinfo=UTC), 365
    grown = 60 * 10 ** (np.arange(windows) / windows)
    rows = Rows(35, poisson(351, grown * (1 - 0.3 * (days(start, windows).weekday >= 5))), start, DAY)
    user = (rows.rng.beta(1.2, 1, rows.n) * (500 + 40 * rows.at)).astype(int)
    shown = rows.rng.poisson(9, rows.n) + 1
    clicked = rows.rng.binomial(shown, 0.12)
    weekly = np.random.default_rng(352).normal(50, 4, 60)[rows.at // 7]
    frame = rows.frame(
        order_id=100_000 + np.arange(rows.n),
        user_id=user,
        signup_day=np.clip(19_300 + rows.at - (rows.rng.exponential(60, rows.n)).astype(int), 19_000, None),
        shown=shown,
        clicked=clicked,
        ratio=np.round(clicked / shown, 4),
        plan=rows.pick(["free", "pro", "team"], [80, 15, 5]),
        status=rows.pick([200, 302, 404, 500], [960, 25, 13, 2]).astype(int),
        index_of_week=np.round(weekly, 2),
        month=np.asarray(rows.time.month),
        fx=np.round(1.08 + 0.004 * rows.wander(0.97, 1), 4),
        beta=rows.rng.random(rows.n) < 0.001,
        country=rows.skewed("", 30, 1.3),
        spent=np.where(rows.rng.random(rows.n) < 0.8, 0, np.round(rows.rng.lognormal(3, 1, rows.n), 2)),
    )
    return Source(frame, start, DAY, 60, windows)
