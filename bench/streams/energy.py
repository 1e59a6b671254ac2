"""Power, buildings, weather stations and bicycles: seasons of day, week and year, few rows a window."""

from datetime import UTC, datetime

import numpy as np

from bench.source import Source
from bench.streams.parts import DAY, HOUR, Rows, days, poisson

TWO_PEAKS = [2, 1, 1, 1, 2, 5, 9, 18, 22, 12, 9, 10, 11, 11, 11, 13, 18, 24, 20, 13, 9, 7, 5, 3]


def electricity() -> Source:
    """Half-hourly prices and demand of two states; the second joins the market after a year (a real change)."""
    start, windows, joined = datetime(1996, 5, 7, tzinfo=UTC), 700, 365
    rows = Rows(11, [48] * windows, start, DAY)
    rows.evenly(48)
    peaks = 0.5 * rows.day(18) + 0.3 * rows.day(9) ** 2 + 0.15 * abs(rows.year(200)) - 0.25 * rows.weekend
    demand = np.clip(0.45 + 0.15 * peaks + rows.wander(0.8, 0.015) + rows.normal(0.02), 0, 1)
    price = np.exp(-3 + 2 * demand + rows.wander(0.7, 0.1) + 0.15 * rows.normal())
    spike = rows.rng.random(rows.n) < 0.003
    price = np.clip(np.where(spike, price * 8, price), 0, 1)
    other = np.clip(0.4 + 0.12 * peaks + rows.wander(0.8, 0.02) + rows.normal(0.03), 0, 1)
    live = rows.at >= joined
    frame = rows.frame(
        day=rows.weekday + 1,
        period=np.round(rows.within * 48) / 47,
        nswprice=np.round(price, 6),
        nswdemand=np.round(demand, 6),
        vicprice=np.where(live, np.round(price * 0.06 + 0.0004 * rows.normal(), 6), 0.003467),
        vicdemand=np.where(live, np.round(other, 6), 0.422915),
        transfer=np.where(live, np.round(np.clip(0.5 + other - demand, 0, 1), 6), 0.414912),
    )
    return Source(frame, start, DAY, 60, windows, changes=(joined,))


def bikes() -> Source:
    """Hourly counts of shared bicycles, two years: months and seasons as numbers, holidays, growth by a half."""
    start, windows = datetime(2011, 1, 1, tzinfo=UTC), 720
    rows = Rows(12, [24] * windows, start, DAY)
    rows.evenly(24)
    month = np.asarray(rows.time.month)
    holiday = (rows.yearday % 37 == 17) & (rows.weekday < 5)
    working = ~rows.weekend & ~holiday
    temp = np.clip(0.5 + 0.24 * rows.year(200) + 0.06 * rows.day(15) + rows.wander(0.7, 0.05), 0.02, 1)
    damp = np.clip(0.62 + rows.wander(0.5, 0.1) - 0.1 * rows.day(15) + rows.normal(0.05), 0.1, 1)
    bad = np.digitize(damp + 0.1 * rows.normal(), [0.72, 0.9, 1.1]) + 1
    hourly = np.where(working, np.array(TWO_PEAKS)[rows.hour], 14 * (1 + rows.day(14)) / 2 + 2)
    trend = 1 + 0.6 * rows.at / windows
    wanted = hourly * trend * np.clip(0.2 + 1.3 * temp - 0.2 * (bad - 1), 0.05, None)
    casual = rows.rng.poisson(wanted * np.where(working, 0.8, 3))
    registered = rows.rng.poisson(wanted * 8)
    frame = rows.frame(
        season=(month % 12) // 3 + 1,
        mnth=month,
        hr=rows.hour,
        holiday=holiday.astype(int),
        weekday=(rows.weekday + 1) % 7,
        workingday=working.astype(int),
        weathersit=bad,
        temp=np.round(temp * 50) / 50,
        atemp=np.round(temp * 0.95 + 0.02 + rows.normal(0.01), 4),
        hum=np.round(damp, 2),
        windspeed=np.round(np.abs(rows.wander(0.4, 0.05) + 0.2 + rows.normal(0.08)), 4),
        casual=casual,
        registered=registered,
    )
    return Source(frame, start, DAY, 90, windows)


def buildings() -> Source:
    """Fifty meters read every hour, six weeks: many constant facts about a building, weather with gaps."""
    start, hours, meters = datetime(2016, 3, 7, tzinfo=UTC), 24 * 42, 50
    rows = Rows(13, [meters] * hours, start, HOUR)
    meter = np.tile(np.arange(meters), hours)
    facts = np.random.default_rng(131)
    size = np.round(np.exp(facts.normal(10.5, 1, meters)))[meter]
    use = facts.choice(["Education", "Office", "Lodging", "Public"], meters, p=[0.5, 0.25, 0.15, 0.1])[meter]
    site = facts.integers(0, 4, meters)[meter]
    air = 12 + 6 * rows.day(15) + rows.wander(0.98, 0.4) + site
    awake = 1 + 0.5 * (rows.day(14) > 0) * ~rows.weekend
    frame = rows.frame(
        building_id=meter,
        site_id=site,
        meter_reading=np.round(size / 900 * awake * np.exp(0.2 * rows.normal()) * (meter % 17 > 0), 2),
        primary_use=use,
        square_feet=size,
        year_built=rows.numbers_holed((1920 + facts.integers(0, 90, meters)).astype(float)[meter], 0.0),
        floor_count=np.where(meter % 3 == 0, np.nan, (meter % 7 + 1).astype(float)),
        air_temperature=np.round(air, 1),
        dew_temperature=np.round(air - 6 - np.abs(rows.wander(0.95, 0.5)), 1),
        cloud_coverage=rows.numbers_holed(np.round(np.abs(rows.wander(0.9, 1)) % 9), 0.4),
        wind_direction=(rows.rng.integers(0, 36, rows.n) * 10).astype(float),
    )
    return Source(frame, start, HOUR, 24 * 14, hours)


def air() -> Source:
    """A station's gas sensors for a year, 72 rows a day: -200 stands for missing, sensors drift, one is mostly off."""
    start, windows = datetime(2004, 3, 11, tzinfo=UTC), 390
    rows = Rows(14, [72] * windows, start, DAY)
    rows.evenly(72)
    traffic = np.exp(0.4 * rows.day(18) + 0.3 * rows.day(8) - 0.3 * rows.weekend + rows.wander(0.6, 0.25))
    off = np.random.default_rng(141).random(windows)[rows.at] < 0.06
    gap = off & (rows.within > 0.4) & (rows.within < 0.7)
    co = np.round(2 * traffic * np.exp(0.2 * rows.normal()), 1)
    temperature = 18 + 9 * rows.year(200) + 4 * rows.day(15) + rows.wander(0.7, 1.5)
    drift = 1 + 0.15 * rows.at / windows
    frame = rows.frame(
        co=np.where(gap | (rows.rng.random(rows.n) < 0.1), -200, co),
        pt08_s1=np.where(gap, -200, np.round((900 + 120 * co) * drift + 30 * rows.normal())),
        nmhc=np.where((rows.at > 40) | gap, -200, np.round(150 * traffic)),
        benzene=np.where(gap, -200, np.round(9 * traffic * np.exp(0.1 * rows.normal()), 1)),
        pt08_s3=np.where(gap, -200, np.round(1200 / traffic**0.4 / drift + 40 * rows.normal())),
        no2=np.where(
            gap | (rows.rng.random(rows.n) < 0.15), -200, np.round(100 * traffic**0.5 + 9 * rows.normal())
        ),
        temperature=np.where(gap, -200, np.round(temperature, 1)),
        humidity=np.where(gap, -200, np.round(np.clip(50 - 1.2 * (temperature - 18) + rows.normal(5), 8, 92), 1)),
    )
    return Source(frame, start, DAY, 60, windows, changes=())


def trains() -> Source:
    """A railway's departures: another timetable in summer and winter, works at weekends, delays with heavy tails."""
    start, windows = datetime(2022, 1, 3, tzinfo=UTC), 400
    calendar = days(start, windows)
    summer = ((calendar.month >= 6) & (calendar.month <= 8)).astype(float)
    means = 520 - 140 * (calendar.weekday >= 5) + 40 * summer
    rows = Rows(15, poisson(151, means), start, DAY, TWO_PEAKS)
    line = rows.skewed("L", 14, 0.6)
    number = rows.rng.integers(100, 999, rows.n) + 1000 * summer[rows.at].astype(int)
    planned = np.round(25 + 6 * (number % 9) + rows.normal(2))
    late = np.round(np.exp(rows.normal(1.1) + 0.4 * rows.wander(0.4, 0.6)) - 1.2)
    frame = rows.frame(
        line=line,
        train=number,
        stop=rows.skewed("Station ", 60, 0.5),
        hour=rows.hour,
        planned_minutes=planned,
        delay=late,
        coaches=np.where(rows.weekend, 4, rows.pick([4, 6, 8, 12], [1, 3, 4, 2]).astype(int)),
        rain=np.round(np.clip(rows.wander(0.3, 2), 0, None), 1),
        platform=rows.holed(rows.pick(list("1234567"), [4, 4, 3, 3, 2, 1, 1]), 0.08),
        replacement=rows.rng.random(rows.n) < 0.02 + 0.03 * rows.weekend,
    )
    return Source(frame, start, DAY, 90, windows)
