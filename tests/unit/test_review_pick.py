"""Which wrong predictions become cards, and which slice they suggest."""

from datetime import UTC, datetime, timedelta

from core.evaluation.log.prediction_log import LoggedRow
from core.evaluation.review import pick, suggest_where

START = datetime(2013, 2, 4, 12, tzinfo=UTC)


def wrong(name: str, score: float, carrier: str = "EV", day: int = 0) -> LoggedRow:
    said = int(score >= 0.5)
    return LoggedRow(name, START + timedelta(days=day), "1", score, said, 1 - said, {"carrier": carrier})


def test_the_most_confident_comes_first() -> None:
    rows = [wrong("a", 0.3), wrong("b", 0.02), wrong("c", 0.9)]
    assert [row.id for row in pick(rows, ["carrier"], 1)] == ["b"]


def test_another_slice_is_worth_more_than_a_little_confidence() -> None:
    rows = [wrong("a", 0.01), wrong("b", 0.02), wrong("c", 0.12, carrier="UA"), wrong("d", 0.15, day=3)]
    assert [row.id for row in pick(rows, ["carrier"], 3)] == ["a", "c", "d"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [wrong(f"f{i}", 0.05, day=i % 3) for i in range(9)]
    assert pick(rows, ["carrier"], 4) == pick(rows[::-1], ["carrier"], 4)
    assert pick(rows, ["carrier"], 1)[0].id == "f0"


def test_fewer_rows_than_cards() -> None:
    assert pick([], ["carrier"], 5) == []
    assert len(pick([wrong("a", 0.1)], [], 5)) == 1


def entry(labels: int, right: int, **where: str) -> dict[str, object]:
    return {"where": where, "labels": labels, "right": right, "usual": 0.8}


EV = {"carrier": "EV", "origin": "EWR", "dest": "ORD"}


def test_the_slice_that_did_worst_against_its_usual_is_suggested() -> None:
    tested = [
        entry(200, 150, carrier="EV"),
        entry(100, 40, carrier="EV", origin="EWR"),
        entry(100, 1, carrier="UA"),
    ]
    assert suggest_where(EV, tested, ["carrier", "origin"]) == {"carrier": "EV", "origin": "EWR"}


def test_windows_add_up() -> None:
    tested = [entry(30, 20, carrier="EV")] * 7 + [entry(30, 15, origin="EWR")]
    assert suggest_where(EV, tested, ["carrier", "origin"]) == {"carrier": "EV"}


def test_without_a_slice_that_did_badly_its_own_first_attributes() -> None:
    assert suggest_where(EV, [entry(100, 99, carrier="EV")], ["dest", "carrier", "origin"]) == {
        "dest": "ORD",
        "carrier": "EV",
    }
    unknown = entry(100, 1, carrier="EV") | {"usual": None}
    assert suggest_where({"dest": "ORD"}, [unknown], ["carrier", "dest"]) == {"dest": "ORD"}
