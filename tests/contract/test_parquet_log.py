"""A log in folders of closed Parquet files: its parts, and what is said of broken ones."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.evaluation.log.prediction_log import (
    LogError,
    Value,
    one_in,
    total,
)
from core.evaluation.summaries.merge import merge
from core.evaluation.summaries.plan import Plan
from tests.prediction_log_support import FEATURES, KNOWN, WINDOWS, as_sorted, fake, log_in, parts_of, rows, write


def test_values_of_another_kind_match_by_what_they_say_or_nothing(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    asked: tuple[dict[str, Value], ...] = ({"x label": "2"}, {"x label": "two"}, {"x city": 7}, {"x label": 2})
    found = {index for _, index, _ in log.tally(WINDOWS, KNOWN, asked).tracked}
    assert found == {0, 3}


def test_labels_may_not_have_begun_to_arrive(tmp_path: Path) -> None:
    made, _ = rows(count=50)
    counts = total(v.counts for v in write(tmp_path, made, []).tally(WINDOWS, KNOWN).versions)
    assert counts.rows > 0
    assert counts.labels == 0


def test_a_missing_folder_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"predictions: there is no such folder.*correct `path`"):
        log_in(tmp_path).plan(WINDOWS[:1])


def test_missing_labels_are_named(tmp_path: Path) -> None:
    log = write(tmp_path, *rows(count=20))
    (tmp_path / "labels").rename(tmp_path / "elsewhere")
    with pytest.raises(LogError, match=r"labels: there is no such folder for the labels"):
        log.delays(WINDOWS[0], KNOWN)


def test_an_empty_log_asks_for_the_serving_side(tmp_path: Path) -> None:
    (tmp_path / "predictions").mkdir()
    with pytest.raises(LogError, match="nothing has been logged here yet"):
        log_in(tmp_path).tally(WINDOWS, KNOWN)


def test_a_folder_with_other_partitions_is_named(tmp_path: Path) -> None:
    (tmp_path / "predictions" / "hour=3").mkdir(parents=True)
    with pytest.raises(LogError, match=r"no folder here is named date=YYYY-MM-DD \(found hour=3\)"):
        log_in(tmp_path).plan(WINDOWS[:1])


def test_a_column_that_the_log_lacks_is_named(tmp_path: Path) -> None:
    write(tmp_path, *rows(count=20))
    with pytest.raises(LogError, match=r"the column x altitude is missing \(there are: id, at, model"):
        log_in(tmp_path, [*FEATURES, "altitude"]).plan(WINDOWS[:1])


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    log = write(tmp_path, *rows(count=20))
    broken = tmp_path / "predictions" / f"date={WINDOWS[0].start:%Y-%m-%d}" / "part-9.parquet"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(b"PAR1 half of it")
    with pytest.raises(LogError, match=r"cannot be read: .*part-9\.parquet.*move a broken one away"):
        log.watch(Plan(), WINDOWS[:1], parts_of(log))


def test_drafts_of_a_writer_are_left_alone(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    plan = log.plan(WINDOWS[:1])
    before = log.watch(plan, WINDOWS[:1], parts_of(log))
    day = tmp_path / "predictions" / f"date={WINDOWS[0].start:%Y-%m-%d}"
    (day / ".part-9.parquet").write_bytes(b"half of it")
    (day / "_part-9.parquet").write_bytes(b"half of it")
    (day / "part-9.parquet.draft").write_bytes(b"half of it")
    assert log.watch(plan, WINDOWS[:1], parts_of(log)) == before


def test_a_column_that_begins_in_a_later_file_is_missing_in_the_earlier_ones(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    first = sorted((tmp_path / "predictions").glob("*/*.parquet"))[0]
    pq.write_table(pq.read_table(first).drop_columns(["x amount"]), first)
    counts = total(v.counts for v in log.tally(WINDOWS, KNOWN, ({"x amount": 1.0},)).versions)
    assert counts == total(v.counts for v in fake(*rows()).tally(WINDOWS, KNOWN).versions)


def test_times_without_a_zone_are_utc(tmp_path: Path) -> None:
    made, arrived = rows()
    log = write(tmp_path, made, arrived)
    for file in (tmp_path / "predictions").glob("*/*.parquet"):
        table = pq.read_table(file)
        naive = table["at"].cast(pa.timestamp("us"))
        pq.write_table(table.set_column(table.schema.get_field_index("at"), "at", naive), file)
    expected = fake(made, arrived).tally(WINDOWS, KNOWN)
    assert as_sorted(log.tally(WINDOWS, KNOWN)) == as_sorted(expected)


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    from core.evaluation.storage.parquet import in_memory

    connection = in_memory(1)
    settings = connection.raw_sql(
        "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%_known_extensions' OR name = 'TimeZone'"
    ).fetchall()
    assert dict(settings) == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "TimeZone": "UTC",
    }


def test_rows_are_counted_and_summarised_part_by_part(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    plan, every = log.plan(WINDOWS), parts_of(log)
    whole = log.watch(plan, WINDOWS, every, sketch=True)
    assert log.counts(WINDOWS, every) == [each.rows for each in whole]
    assert log.counts(WINDOWS, []) == [0, 0, 0]
    assert [each.rows for each in log.watch(plan, WINDOWS, [], sketch=True)] == [0, 0, 0]
    halves = [[part for part in every if f"part-{i}." in part] for i in (0, 1)]
    one, other = (log.watch(plan, WINDOWS, half, sketch=True) for half in halves)
    for first, second, both in zip(one, other, whole, strict=True):
        assert 0 < first.rows < both.rows
        merged = merge([first, second])
        assert (merged.rows, merged.ids, merged.profile) == (both.rows, both.ids, both.profile)
        for name, column in both.columns.items():
            assert merged.columns[name].histogram == column.histogram
            assert merged.columns[name].nulls == column.nulls


def test_a_part_that_changes_has_another_name(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    before = set(parts_of(log))
    first = sorted((tmp_path / "predictions").glob("*/part-0.parquet"))[1]
    pq.write_table(pq.read_table(first).slice(1), first)
    write_one_more = first.with_name("part-7.parquet")
    pq.write_table(pq.read_table(first).slice(0, 1), write_one_more)
    after = set(parts_of(log))
    assert len(after - before) == 2
    assert len(before - after) == 1
    assert before & after


@pytest.mark.parametrize(
    ("rows", "most", "step"), [(10, None, 1), (10, 10, 1), (11, 10, 2), (40, 10, 4), (41, 10, 8), (5, 0, 8)]
)
def test_one_in_a_power_of_two_is_read(rows: int, most: int | None, step: int) -> None:
    assert one_in(rows, most) == step
