"""Trips, shops, clicks, payments and loans: skewed names, heavy tails, promotions, new values every day."""

from datetime import UTC, datetime

import numpy as np

from bench.source import Source
from bench.streams.parts import DAY, HOUR, Rows, days, poisson

EVENING = [3, 2, 1, 1, 1, 1, 2, 4, 5, 6, 6, 6, 7, 7, 7, 8, 8, 9, 10, 11, 11, 10, 8, 5]


def taxi() -> Source:
    """Trips of a city's taxis from the autumn over New Year: zones, fares that add up, tips only by card."""
    start, windows = datetime(2018, 10, 1, tzinfo=UTC), 180
    calendar = days(start, windows)
    quiet = calendar.strftime("%m-%d").isin(["11-22", "12-25", "01-01"])
    rows = Rows(21, poisson(211, 900 + 100 * (calendar.weekday == 4) - 350 * quiet), start, DAY, EVENING)
    miles = np.round(np.exp(0.6 + 0.85 * rows.normal()), 2)
    airport = rows.rng.random(rows.n) < 0.04
    miles = np.where(airport, np.round(17 + rows.normal(1.5), 2), miles)
    minutes = np.round(miles * 4 * np.exp(0.3 * rows.normal()) * np.where(rows.weekend, 0.8, 1) + 2, 1)
    fare = np.where(airport, 52.0, np.round((2.5 + 1.8 * miles + 0.4 * minutes) * 2) / 2)
    card = rows.rng.random(rows.n) < 0.7
    tip = np.where(card, np.round(fare * rows.pick([0, 0.1, 0.2, 0.25], [1, 1, 4, 1]).astype(float), 2), 0.0)
    tolls = np.where(airport & (rows.rng.random(rows.n) < 0.6), 5.76, 0.0)
    extra = np.where(rows.hour >= 20, 0.5, np.where((rows.hour >= 16) & ~rows.weekend, 1.0, 0.0))
    frame = rows.frame(
        vendor_id=rows.pick([1, 2], [4, 6]).astype(int),
        passenger_count=rows.pick([0, 1, 2, 3, 4, 5, 6], [1, 70, 15, 4, 2, 5, 3]).astype(int),
        trip_distance=miles,
        ratecode=np.where(airport, 2, 1),
        store_and_fwd=rows.pick(["N", "Y"], [995, 5]),
        pickup_zone=rows.skewed("Z", 240, 0.9),
        dropoff_zone=rows.skewed("Z", 240, 0.7),
        payment_type=np.where(card, 1, rows.pick([2, 3, 4], [96, 3, 1]).astype(int)),
        fare_amount=fare,
        extra=extra,
        tip_amount=tip,
        tolls_amount=tolls,
        total_amount=np.round(fare + extra + tip + tolls + 0.8, 2),
        minutes=minutes,
    )
    return Source(frame, start, DAY, 42, windows)


def retail() -> Source:
    """Sales of twenty families in fifteen shops: half of them zero, promotions, a price of oil that is one a day."""
    start, windows = datetime(2013, 1, 1, tzinfo=UTC), 420
    rows = Rows(22, [300] * windows, start, DAY)
    shop, family = np.tile(np.repeat(np.arange(15), 20), windows), np.tile(np.tile(np.arange(20), 15), windows)
    promoted = rows.rng.random(rows.n) < 0.08 + 0.1 * (rows.weekday == 2)
    closed = rows.yearday == 1
    december = np.asarray(rows.time.month) == 12
    mean = np.exp(3 - 0.25 * family + 0.1 * (shop % 5)) * (
        1 + 0.4 * rows.weekend + 0.5 * promoted + 0.4 * december
    )
    busy = rows.rng.random(rows.n) < 1 / (1 + np.exp(0.25 * (family - 9)))
    sold = np.where(busy & ~closed, np.round(mean * np.exp(0.5 * rows.normal()), 3), 0.0)
    oil = 93 + rows.wander(0.99, 1.1)
    frame = rows.frame(
        store_nbr=shop,
        family=np.array([f"FAMILY {i:02d}" for i in range(20)], dtype=object)[family],
        sales=sold,
        onpromotion=np.where(promoted, rows.rng.poisson(4, rows.n) + 1, 0),
        oil=np.where(rows.weekend, np.nan, np.round(oil, 2)),
        holiday=np.where(rows.yearday % 29 == 11, "Holiday", "Work Day").astype(object),
        transactions=np.round((1200 + 90 * shop) * (1 + 0.3 * rows.weekend) * np.exp(rows.wander(0.2, 0.08))),
        cluster=shop % 6 + 1,
        store_type=np.array(list("ABCDE"), dtype=object)[shop % 5],
        payday=np.isin(np.asarray(rows.time.day), [15, 31]).astype(int),
    )
    return Source(frame, start, DAY, 90, windows)


def clicks() -> Source:
    """A shop's clicks by the hour for five weeks: visitors and products never seen before, a new campaign a week."""
    start, hours = datetime(2024, 4, 1, tzinfo=UTC), 24 * 35
    hour = np.arange(hours) % 24
    rows = Rows(23, poisson(231, 25 * np.array(EVENING)[hour] + 20), start, HOUR)
    catalogue = 800 + rows.at // 12
    product = (catalogue * rows.rng.beta(1, 2.5, rows.n)).astype(int)
    source = rows.pick(["google", "(direct)", "newsletter", "facebook", "bing"], [45, 30, 10, 10, 5])
    week = rows.at // (24 * 7)
    campaign = np.where(source == "(direct)", None, np.array([f"w{i}_sale" for i in range(6)], dtype=object)[week])
    price = np.round(np.exp(3 + 0.9 * np.sin(product)) + 0.99, 2)
    frame = rows.frame(
        session_id=np.array([f"{x:012x}" for x in rows.rng.integers(0, 2**48, rows.n)], dtype=object),
        visitor=rows.rng.zipf(1.3, rows.n) % 10**7 + rows.at,
        product_id=product,
        category=np.array([f"cat-{i}" for i in range(25)], dtype=object)[product % 25],
        price=price,
        event=rows.pick(["view", "addtocart", "transaction"], [955, 30, 15]),
        utm_source=source,
        utm_campaign=campaign,
        device=np.where(rows.rng.random(rows.n) < 0.45 + 0.15 * rows.day(21), "mobile", "desktop").astype(object),
        country=rows.skewed("C", 40, 1.4),
        url=np.array(
            [f"https://shop.example/p/{p}?ref={s}" for p, s in zip(product, source, strict=True)], dtype=object
        ),
        dwell=np.round(rows.rng.lognormal(2.5, 1.3, rows.n), 1),
    )
    return Source(frame, start, HOUR, 24 * 14, hours)


def cards() -> Source:
    """Card payments: rotated features with heavy tails, amounts over four magnitudes, frauds of two in a thousand."""
    start, windows = datetime(2023, 2, 1, tzinfo=UTC), 150
    calendar = days(start, windows)
    rows = Rows(24, poisson(241, 1500 - 300 * (calendar.weekday >= 5)), start, DAY, EVENING)
    fraud = rows.rng.random(rows.n) < 0.0017
    features = {
        f"v{i}": rows.rng.standard_t(3 + i, rows.n) * (2.2 / (1 + 0.25 * i))
        - fraud * (6 - i)
        + rows.wander(0.3, 0.05)
        for i in range(1, 9)
    }
    amount = np.round(np.exp(3.1 + 1.6 * rows.normal() - 0.2 * features["v2"]), 2)
    frame = rows.frame(
        time=np.round(rows.within * 86_400),
        **features,
        amount=amount,
        country_match=rows.rng.random(rows.n) < 0.94,
    )
    return Source(frame, start, DAY, 30, windows)


def loans() -> Source:
    """Applications for loans, 20 to 200 a day; from day 200 on another policy (a real change)."""
    start, windows, policy = datetime(2021, 5, 3, tzinfo=UTC), 330, 200
    calendar = days(start, windows)
    rows = Rows(25, poisson(251, np.where(calendar.weekday >= 5, 28, 150)), start, DAY, EVENING)
    later = rows.at >= policy
    income = np.round(np.exp(11 + 0.5 * rows.normal()), -2)
    fico = np.clip(np.round(700 + 32 * rows.normal() + 25 * later), 620, 850)
    grade = np.clip((790 - fico) // 22 + rows.rng.integers(0, 2, rows.n), 0, 6).astype(int)
    term = rows.pick([" 36 months", " 60 months"], [7, 3])
    amount = np.round(np.clip(income * rows.rng.beta(2, 6, rows.n), 1000, 40000), -2)
    rate = np.round(6 + 3.1 * grade + np.where(term == " 60 months", 2, 0) + rows.normal(0.6), 2)
    frame = rows.frame(
        loan_amnt=amount,
        term=np.where(later & (grade > 4), " 36 months", term),
        int_rate=rate,
        installment=np.round(amount * (rate / 1200 + 1 / np.where(term == " 36 months", 36, 60)), 2),
        grade=np.array(list("ABCDEFG"), dtype=object)[grade],
        emp_length=rows.holed(rows.pick(["10+ years", "< 1 year", "2 years", "5 years"], [33, 9, 9, 6]), 0.06),
        home_ownership=rows.pick(["MORTGAGE", "RENT", "OWN", "ANY"], [49, 40, 10, 0.3]),
        annual_inc=income,
        purpose=rows.skewed("purpose_", 13, 1.6),
        state=rows.skewed("S", 50, 0.8),
        dti=rows.numbers_holed(np.round(18 + 8 * rows.normal(), 2), 0.001),
        fico_low=fico,
        fico_high=fico + 4,
        months_since_delinq=rows.numbers_holed(rows.rng.integers(0, 84, rows.n).astype(float), 0.51),
        zip3=np.array([f"{z:03d}xx" for z in rows.rng.integers(10, 999, rows.n)], dtype=object),
    )
    return Source(frame, start, DAY, 60, windows, changes=(policy,))


def claims() -> Source:
    """Insurance claims, 20 a day, of sizes so unequal that a day's total is one claim."""
    start, windows = datetime(2019, 1, 1, tzinfo=UTC), 500
    rows = Rows(26, poisson(261, 20 + 6 * (days(start, windows).weekday == 0)), start, DAY, EVENING)
    size = np.round(np.exp(6.5 + 2 * rows.normal() + 0.3 * rows.wander(0.5, 0.5)), 2)
    age = np.clip(np.round(45 + 15 * rows.normal()), 18, 95)
    frame = rows.frame(
        claim=size,
        reserve=np.round(size * np.exp(0.3 * rows.normal()), -1),
        age=age,
        bonus=np.clip(np.round(50 + (60 - age) + 20 * rows.normal()), 50, 230),
        power=rows.pick([4, 5, 6, 7, 8, 9, 10], [17, 18, 22, 21, 7, 4, 4]).astype(int),
        brand=rows.skewed("B", 11, 0.8),
        gas=rows.pick(["Regular", "Diesel"], [51, 49]),
        region=rows.skewed("R", 22, 0.9),
        exposure=np.round(np.clip(rows.rng.beta(0.8, 0.7, rows.n), 0.003, 1), 2),
        reported_after=np.round(rows.rng.exponential(12, rows.n)),
    )
    return Source(frame, start, DAY, 60, windows)
