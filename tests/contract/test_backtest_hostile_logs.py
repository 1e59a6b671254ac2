"""Every odd log through the command as it is typed: what it says must stand in the JSON and on the page alike.

A case makes a log of 24 days, of which three are walked, and names what has to be said: a finding's or a note's
words, or the error. Nothing may crash, and nothing that was left out may go unsaid.
"""

import gzip
import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from bot.__main__ import cli
from tests.backtest_support import day, log_frame, problems

pytestmark = pytest.mark.no_cover  # the walk's tests reach the same lines

TYPED = ["--timestamp", "at", "--prediction", "predicted", "--reference-until", "2024-01-22"]
LABELS = ["--label", "label", "--label-at", "label_at", "--id", "id"]
LAST = 23
"""The last day, which is broken."""
NASTY = "in\"co\n'; DROP TABLE log; --<script>😀"


def base() -> pd.DataFrame:
    return log_frame(days=24, rows=30)


def parquet(frame: pd.DataFrame, folder: Path) -> str:
    frame.to_parquet(folder / "log.parquet", index=False)
    return str(folder / "log.parquet")


def csv(frame: pd.DataFrame, folder: Path, **how: Any) -> str:
    frame.to_csv(folder / "log.csv", index=False, **how)
    return str(folder / "log.csv")


def days(frame: pd.DataFrame, folder: Path, change: Callable[[int, pd.DataFrame], pd.DataFrame]) -> str:
    for i in range(24):
        change(i, frame[day(frame, i)]).to_parquet(folder / f"{i:02d}.parquet", index=False)
    return str(folder)


def on_last(column: str, values: Any) -> pd.DataFrame:
    frame = base()
    frame[column] = frame[column].astype(object) if isinstance(values, str) else frame[column]
    frame.loc[day(frame, LAST), column] = values
    return frame


def raw(name: str, content: bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / name).write_bytes(content)
        return str(folder / name)

    return make


@dataclass(frozen=True)
class Case:
    """`said` are the words of a note or a finding, `flagged` columns of findings, `rows` of the three windows."""

    make: Callable[[Path], str]
    said: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()
    rows: tuple[int, int, int] = (30, 30, 30)
    labels: bool = True


def _doubled_header(folder: Path) -> str:
    path = Path(csv(base(), folder))
    path.write_text(path.read_text().replace("age,", "income,", 1))
    return str(path)


def _one_broken_line(folder: Path) -> str:
    path = Path(csv(base().assign(city=base()["city"].replace("Rome", "Zürich")), folder))
    path.write_bytes("Zür".encode("latin-1").join(path.read_bytes().rsplit("Zür".encode(), 1)))
    return str(path)


def _zones(folder: Path) -> str:
    zones = ["Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"] * 240
    frame = base()
    at = [each.tz_convert(zone).isoformat() for each, zone in zip(frame["at"], zones, strict=True)]
    return csv(frame.assign(at=at), folder)


def _hive(folder: Path) -> str:
    frame = base()
    for i in range(24):
        part = folder / f"region=r{i % 2}" / f"date=2024-01-{i + 1:02d}"
        part.mkdir(parents=True)
        frame[day(frame, i)].to_parquet(part / "a.parquet", index=False)
    return str(folder)


def _table(folder: Path) -> str:
    frame = on_last("income", 1e100)
    with duckdb.connect(str(folder / "log.duckdb")) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE \"we ird\" AS SELECT *, {'a': 1} s FROM frame")
    return f"duckdb:///{folder}/log.duckdb?we%20ird"


QUICK = {
    "a column of infinities": Case(lambda f: parquet(on_last("income", np.inf), f), ("infinite",), ("income",)),
    "a number beyond whole ones": Case(lambda f: parquet(on_last("income", 1e100), f), (), ("income",)),
    "mixed types": Case(
        lambda f: csv(on_last("income", "unknown"), f), ("no number in a column of numbers",), ("income",)
    ),
    "all null": Case(lambda f: parquet(on_last("age", np.nan), f), ("age is missing in every row",), ("age",)),
    "an empty window": Case(
        lambda f: parquet(base()[~day(base(), 22)], f), ("There are no rows in this window",), (), (30, 0, 30)
    ),
    "one row": Case(
        lambda f: parquet(base().tail(1), f), ("No row comes before --reference-until",), (), (0, 0, 1)
    ),
    "names like code": Case(
        lambda f: parquet(on_last("income", 5e6).rename(columns={"income": NASTY, "city": "w__"}), f), (), (NASTY,)
    ),
    "a column that vanishes": Case(
        lambda f: days(base(), f, lambda i, part: part.drop(columns="age") if i == LAST else part),
        ("age is missing in every row", "the column is gone"),
        ("age",),
    ),
    "a column that appears": Case(
        lambda f: days(base(), f, lambda i, part: part.assign(fresh=1.5) if i >= 22 else part),
        ("fresh appears: it usually has no value",),
        ("fresh",),
    ),
    "two columns of one name": Case(_doubled_header, ("The CSV names income 2 times",)),
    "zones mixed in texts": Case(_zones, ("read as ISO 8601",)),
    "a table of DuckDB": Case(_table, ("lists, structures or bytes: s",), ("income",)),
}
SLOW = {
    "a boolean label": Case(
        lambda f: parquet(base().assign(label=base()["label"] == 1, predicted=base()["predicted"] == 1), f)
    ),
    "labels before predictions": Case(
        lambda f: parquet(base().assign(label_at=base()["at"] - pd.Timedelta(hours=1)), f),
        ("before the prediction",),
    ),
    "a type that changes": Case(
        lambda f: days(base(), f, lambda i, p: p.assign(age=p["age"].astype(str) + " y") if i == LAST else p),
        ("age cannot be read",),
        ("age",),
    ),
    "a type that widens": Case(
        lambda f: days(base(), f, lambda i, p: p.assign(age=p["age"].astype(float)) if i == LAST else p)
    ),
    "a categorical column": Case(lambda f: parquet(base().assign(city=base()["city"].astype("category")), f)),
    "decimals": Case(lambda f: parquet(base().assign(income=[Decimal(str(x)) for x in base()["income"]]), f)),
    "lists and structures": Case(
        lambda f: parquet(base().assign(tags=[[1]] * 720, pair=[{"a": 1}] * 720, raw=[b"\xff"] * 720), f),
        ("tags, pair, raw",),
    ),
    "nanoseconds": Case(lambda f: parquet(base().assign(at=base()["at"].astype("datetime64[ns, UTC]")), f)),
    "large whole numbers": Case(
        lambda f: parquet(base().assign(big=np.arange(720, dtype="uint64") + np.uint64(2**63)), f)
    ),
    "dates as instants": Case(lambda f: parquet(base().assign(at=base()["at"].dt.date), f), ("taken as UTC",)),
    "times of day": Case(lambda f: parquet(base().assign(t=base()["at"].dt.time), f)),
    "names that differ in case": Case(lambda f: parquet(base().assign(Income=1.5, INCOME=2.5), f)),
    "our own names": Case(
        lambda f: parquet(base().rename(columns={"income": "at__", "age": "part__", "city": "c0"}), f)
    ),
    "a byte order mark": Case(lambda f: csv(base(), f, encoding="utf-8-sig")),
    "semicolons": Case(
        lambda f: csv(on_last("income", np.inf), f, sep=";", decimal=","),
        ("The CSV writes fractions with a comma (3,5); they are read as numbers.", "infinite"),
        ("income",),
    ),
    "UTF-16": Case(
        lambda f: csv(base(), f, sep="\t", encoding="utf-16"), ("The CSV is not UTF-8; it is read as UTF-16.",)
    ),
    "one line that is not UTF-8": Case(_one_broken_line, ("1 line", "it is not UTF-8"), rows=(30, 30, 29)),
    "lines that are not UTF-8": Case(
        lambda f: csv(base().assign(city=base()["city"].replace("Rome", "Zürich")), f, encoding="latin-1"),
        ("The CSV is not UTF-8; it is read as Latin-1.",),
    ),
    "a compressed CSV": Case(lambda f: (base().to_csv(f / "log.csv.gz", index=False), str(f / "log.csv.gz"))[1]),
    "hive partitions": Case(_hive),
    "no prediction": Case(lambda f: parquet(base().assign(predicted=None), f), ("have no prediction",)),
    "no label": Case(lambda f: parquet(base().assign(label=None), f), ("No label of the history",)),
    "a text that is HTML": Case(lambda f: parquet(on_last("city", "<script>alert(1)</script>"), f), (), ("city",)),
}
ERRORS = {
    "an empty file": (raw("log.parquet", b""), "this file is empty"),
    "an empty CSV": (raw("log.csv", b""), "this file is empty"),
    "compressed and not named so": (raw("log.csv", gzip.compress(b"at,predicted\n")), "name it log.csv.gz"),
    "Parquet that is named CSV": (raw("log.csv", b"PAR1broken"), "this is Parquet"),
    "a header alone": (lambda f: csv(base().head(0), f), "there is no row in it"),
    "one column": (lambda f: parquet(base()[["at"]], f), "--prediction predicted: the log has no such column"),
    "a folder without Parquet": (lambda f: (csv(base(), f), str(f))[1], "no Parquet file lies in this folder"),
    "no instant at all": (lambda f: parquet(base().assign(at=pd.NaT), f), "none of its 720 values"),
}


def typed(log: str, folder: Path, *more: str) -> tuple[Any, dict[str, Any], str]:
    """What came back, the JSON and the page (both nothing after an error)."""
    wanted = ["--json", str(folder / "out" / "r.json"), "--html", str(folder / "out" / "r.html")]
    done = CliRunner().invoke(cli, ["backtest", "alerts", log, *TYPED, *more, *wanted])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    if done.exit_code:
        return done, {}, ""
    page = (folder / "out" / "r.html").read_text()
    return done, json.loads((folder / "out" / "r.json").read_text()), page


def assert_said(case: Case, report: dict[str, Any], page: str) -> None:
    assert problems(report) == []
    findings = [finding for window in report["windows"] for finding in window["findings"]]
    sentences = [*report["notes"], *(finding["reason"] for finding in findings)]
    for words in case.said:
        assert any(words in sentence for sentence in sentences), (words, sentences)
        assert html.escape(words, quote=False) in page or html.escape(words) in page, words
    flagged = {column for finding in findings for column in finding["columns"]}
    assert set(case.flagged) <= flagged
    assert "<script>alert" not in page
    assert "<script>😀" not in page


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_what_an_odd_log_says(name: str, tmp_path: Path) -> None:
    case = (QUICK | SLOW)[name]
    done, report, page = typed(case.make(tmp_path), tmp_path, *LABELS)
    assert done.exit_code == 0, done.output
    assert_said(case, report, page)
    if case.rows != (0, 0, 0):
        assert tuple(window["rows"] for window in report["windows"]) == case.rows


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_read_is_said(name: str, tmp_path: Path) -> None:
    make, said = ERRORS[name]
    done, _, _ = typed(make(tmp_path), tmp_path)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.postgres
def test_a_table_of_postgres(postgres_url: str, tmp_path: Path) -> None:
    admin = create_engine(f"{postgres_url}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE hostile_log"))
    engine = create_engine(f"{postgres_url}/hostile_log")
    on_last("income", 1e100).assign(big=2**62).to_sql("log", engine, index=False)
    engine.dispose()
    url = f"{postgres_url}/hostile_log/log".replace("postgresql+psycopg", "postgresql")
    done, report, page = typed(url, tmp_path, *LABELS)
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE hostile_log WITH (FORCE)"))
    admin.dispose()
    assert done.exit_code == 0, done.output
    assert_said(Case(lambda _: "", (), ("income",)), report, page)


BOUNDS = """
income: {min: 0, max: 200}
city: {values: [Rome, Oslo]}
age: {nulls: 0.1}
"""


def test_bounds_set_by_hand_are_findings_of_their_own(tmp_path: Path) -> None:
    frame = on_last("income", 1e6)
    frame.loc[day(frame, 22), "age"] = np.nan
    (tmp_path / "bounds.yaml").write_text(BOUNDS)
    _, report, page = typed(parquet(frame, tmp_path), tmp_path, *LABELS, "--checks", str(tmp_path / "bounds.yaml"))
    said = [finding["reason"] for window in report["windows"] for finding in window["findings"]]
    assert any(each.startswith("income goes up to 1,000,000; the bound is at most 200.") for each in said)
    assert any(each.startswith("age is missing in 100% of rows; the bound is 10%.") for each in said)
    assert any("of city are none of the 2 values allowed, such as “Lima”" in each for each in said)
    assert "the bound is at most 200" in page


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("incme: {min: 0}", "--checks: incme: the log has no such column"),
        ("income: {minimum: 0}", "income.minimum"),
        ("income: {min: 5, max: 1}", "income: min is above max"),
        ("- income", "there must be “key: value” lines here"),
        ("income: {min: [", "bounds.yaml"),
    ],
)
def test_bounds_that_cannot_be(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "bounds.yaml").write_text(written)
    log = parquet(base().head(40), tmp_path)
    done, _, _ = typed(log, tmp_path, "--checks", str(tmp_path / "bounds.yaml"))
    assert done.exit_code == 2
    assert said in done.output
