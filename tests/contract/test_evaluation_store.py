"""Queries over evaluations and named slices, on every database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.db.database import Database
from core.evaluation import store
from core.evaluation.tables import Evaluation, EvaluationSlice

DAY = timedelta(days=1)
START = datetime(2013, 2, 1, 5, tzinfo=UTC)


def evaluation(day: int, known_hours: float = 32, pipeline: str = "flights", **values: Any) -> Evaluation:
    start = START + day * DAY
    usual: dict[str, Any] = {
        "versions": ["1"],
        "rows": 10,
        "labels": 9,
        "metric": "accuracy",
        "value": 0.8,
        "low": 0.5,
        "high": 0.9,
        "objective": 0.7,
        "state": "met",
        "reason": "fine",
        "summary": {"day": day, "known": known_hours},
    }
    return Evaluation(
        pipeline=pipeline,
        window_start=start,
        window_end=start + DAY,
        known_at=start + timedelta(hours=known_hours),
        **(usual | values),
    )


def test_the_newest_evaluation_of_each_window_counts(database: Database) -> None:
    with database.write() as session:
        session.add_all(
            [evaluation(0), evaluation(1), evaluation(1, 40), evaluation(2), evaluation(5, pipeline="x")]
        )
    with database.read() as session:
        newest = store.latest(session, "flights", 2)
        assert [e.summary for e in newest] == [{"day": 2, "known": 32}, {"day": 1, "known": 40}]
        week = store.between(session, "flights", START, START + 2 * DAY)
        assert [e.summary for e in week] == [{"day": 0, "known": 32}, {"day": 1, "known": 40}]


def test_an_evaluation_is_found_by_window_and_instant(database: Database) -> None:
    with database.write() as session:
        session.add_all([evaluation(1), evaluation(1, 40)])
    start = START + DAY
    with database.read() as session:
        found = store.of_window(session, "flights", start, start + timedelta(hours=32))
        assert found is not None
        assert found.summary["known"] == 32
        newest = store.of_window(session, "flights", start)
        assert newest is not None
        assert newest.summary["known"] == 40
        assert store.of_window(session, "flights", START) is None


def slice_row(name: str, version: int, retired: bool = False) -> EvaluationSlice:
    return EvaluationSlice(
        pipeline="flights",
        name=name,
        version=version,
        where={"origin": "EWR", "hour": 17.0},
        created_by="maya",
        created_at=START,
        retired_at=START + DAY if retired else None,
    )


def test_tracked_slices_are_the_newest_versions_that_are_not_retired(database: Database) -> None:
    rows = [
        slice_row("b", 1),
        slice_row("a", 1),
        slice_row("a", 2),
        slice_row("gone", 1),
        slice_row("gone", 2, True),
    ]
    with database.write() as session:
        session.add_all(rows)
    with database.read() as session:
        tracked = store.tracked_slices(session, "flights")
        assert [(s.name, s.version) for s in tracked] == [("a", 2), ("b", 1)]
        assert tracked[0].where == {"origin": "EWR", "hour": 17.0}
        assert store.tracked_slices(session, "another") == []
        newest = store.newest_slice(session, "flights", "gone")
        assert newest is not None
        assert newest.version == 2
