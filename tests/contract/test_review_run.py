"""The weekly review, from the log to cards, decisions and named slices, on every database."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit.tables import AuditEntry
from core.clock import SimulatedClock
from core.config.declared import Person
from core.config.load import Config
from core.db.database import Database
from core.decision import Decision
from core.evaluation import store
from core.evaluation.review import CardFinding, FailureMode
from core.evaluation.tables import CardStatus, Evaluation, EvaluationSlice, ReviewCard, ReviewStatus
from core.outbox.tables import OutboxRow
from tests.fakes_log import Arrived, FakeLog, Made
from tests.fakes_models import FakeRegistry
from tests.steps_support import DirectSteps
from workflows.ports import Workshop
from workflows.review import decide_card, open_review, review, suggest_slice

MONDAY = datetime(2013, 2, 4, 5, tzinfo=UTC)
"""Midnight in New York."""
NOW = datetime(2013, 2, 11, 15, tzinfo=UTC)
FOUND = CardFinding(FailureMode.UNSEEN_CAUSE, "EV from Newark", {"carrier": "EV", "origin": "EWR"})


def facts(cards: int = 3) -> dict[str, Any]:
    card = {
        "predicted_at": (MONDAY + timedelta(hours=9)).isoformat(),
        "features": {"carrier": "EV", "origin": "EWR", "dest": "ORD", "temp": None},
        "score": 0.04,
        "prediction": 0,
        "label": 1,
    }
    return {
        "pipeline": "flights",
        "week_start": MONDAY.isoformat(),
        "week_end": (MONDAY + timedelta(days=7)).isoformat(),
        "judged": 900,
        "wrong": 120,
        "cards": [card | {"entity": f"flight-{i}"} for i in range(cards)],
    }


@pytest.fixture
def card_ids(database: Database, config: Config) -> list[int]:
    with database.write() as session:
        opened = open_review(session, config, facts(), NOW)
        return [card.id for card in store.cards(session, opened)]


def person(config: Config, name: str) -> Person:
    found = config.team.person(name)
    assert found is not None
    return found


def decide(
    database: Database, config: Config, card_id: int, finding: CardFinding | None, name: str | None = "maya"
) -> Decision:
    who = person(config, name) if name else None
    with database.write() as session:
        return decide_card(session, config, card_id, finding, who, name or "slack:U1", NOW)


def posted(session: Session, kind: str) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)))


def test_a_review_opens_with_its_first_card_only(database: Database, config: Config, card_ids: list[int]) -> None:
    with database.read() as session:
        (opened,) = store.reviews(session, "flights")
        assert (opened.wrong, opened.judged, opened.status) == (120, 900, ReviewStatus.OPEN)
        (parent,) = posted(session, "review")
        assert (parent.key, parent.channel) == (opened.message, "flights")
        (first,) = posted(session, "review_card")
        assert (first.subject, first.parent) == (str(card_ids[0]), opened.message)


def test_opening_the_same_week_again_changes_nothing(
    database: Database, config: Config, card_ids: list[int]
) -> None:
    with database.write() as session:
        open_review(session, config, facts(), NOW)
    with database.read() as session:
        assert len(store.reviews(session)) == 1
        assert len(session.scalars(select(ReviewCard)).all()) == len(card_ids)
        assert len(session.scalars(select(OutboxRow)).all()) == 2


def test_a_week_without_mistakes_is_done_at_once(database: Database, config: Config) -> None:
    with database.write() as session:
        open_review(session, config, facts(0) | {"wrong": 0}, NOW)
    with database.read() as session:
        (opened,) = store.reviews(session)
        assert opened.status == ReviewStatus.DONE
        assert posted(session, "review_card") == []


def test_the_next_card_comes_when_one_is_decided_and_the_last_ends_the_review(
    database: Database, config: Config, card_ids: list[int]
) -> None:
    for number, card_id in enumerate(card_ids):
        with database.read() as session:
            assert {row.subject for row in posted(session, "review_card")} == {
                str(i) for i in card_ids[: number + 1]
            }
        assert decide(database, config, card_id, None).reason == "dismissed"
    with database.read() as session:
        (opened,) = store.reviews(session)
        assert opened.status == ReviewStatus.DONE
        assert {card.status for card in store.cards(session, opened.id)} == {CardStatus.DISMISSED}


def test_a_confirmed_card_names_its_failure_and_its_slice(
    database: Database, config: Config, card_ids: list[int]
) -> None:
    decision = decide(database, config, card_ids[0], FOUND)
    assert (decision.allowed, decision.detail) == (True, "{person:maya} confirmed this card.")
    with database.read() as session:
        card = store.get_card(session, card_ids[0])
        assert card is not None
        assert (card.status, card.failure_mode, card.decided_by) == (
            CardStatus.CONFIRMED,
            "Cause the model cannot see",
            "maya",
        )
        (tracked,) = store.tracked_slices(session, "flights")
        assert card.slice_id == tracked.id
        assert (tracked.name, tracked.version, tracked.where) == ("EV from Newark", 1, dict(FOUND.where))
        assert tracked.created_by == "maya"


def test_the_same_slice_is_kept_and_another_where_is_its_next_version(
    database: Database, config: Config, card_ids: list[int]
) -> None:
    decide(database, config, card_ids[0], FOUND)
    decide(database, config, card_ids[1], FOUND)
    decide(database, config, card_ids[2], CardFinding("Fog", FOUND.slice_name, {"origin": "EWR"}))
    with database.read() as session:
        versions = session.scalars(select(EvaluationSlice).order_by(EvaluationSlice.version)).all()
        assert [(s.version, s.where) for s in versions] == [(1, dict(FOUND.where)), (2, {"origin": "EWR"})]
        cards = [store.get_card(session, i) for i in card_ids]
        assert [card.slice_id for card in cards if card] == [versions[0].id, versions[0].id, versions[1].id]


@pytest.mark.parametrize(
    ("finding", "name", "reason"),
    [
        (None, None, "unknown_person"),
        (None, "sofia", "role_missing"),
        (CardFinding(" "), "maya", "failure_mode_missing"),
        (CardFinding("x" * 81), "maya", "text_too_long"),
        (CardFinding("x", " ", {"origin": "EWR"}), "maya", "slice_name_missing"),
        (CardFinding("x", "named", {}), "maya", "slice_empty"),
        (CardFinding("x", "named", {"moon": "full"}), "maya", "unknown_feature"),
    ],
)
def test_refusals_change_nothing_and_leave_one_audit_row(
    database: Database,
    config: Config,
    card_ids: list[int],
    finding: CardFinding | None,
    name: str | None,
    reason: str,
) -> None:
    decision = decide(database, config, card_ids[0], finding, name)
    assert (decision.allowed, decision.reason) == (False, reason)
    with database.read() as session:
        card = store.get_card(session, card_ids[0])
        assert card is not None
        assert card.status == CardStatus.OPEN
        assert store.tracked_slices(session, "flights") == []
        rows = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "review_card")).all()
        assert [(row.allowed, row.reason) for row in rows] == [(False, reason)]
        assert len(posted(session, "review_card")) == 1


def test_what_is_decided_stays_decided(database: Database, config: Config, card_ids: list[int]) -> None:
    decide(database, config, card_ids[0], FOUND, "maya")
    again = decide(database, config, card_ids[0], None, "leo")
    assert again.reason == "already_confirmed"
    assert again.detail == "{person:maya} has confirmed this card already."


def test_a_card_that_does_not_exist_is_refused(database: Database, config: Config) -> None:
    assert decide(database, config, 99, None).reason == "no_such_card"


def test_two_people_at_the_same_instant_are_decided_once(
    database: Database, config: Config, card_ids: list[int]
) -> None:
    start, answers = threading.Barrier(2), []

    def click(name: str, finding: CardFinding | None) -> None:
        start.wait()
        answers.append(decide(database, config, card_ids[0], finding, name))

    people = [
        threading.Thread(target=click, args=("maya", FOUND)),
        threading.Thread(target=click, args=("leo", None)),
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert sorted(answer.allowed for answer in answers) == [False, True]
    with database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "review_card")).all()
        assert sorted(row.allowed for row in rows) == [False, True]


def test_a_slice_is_suggested_from_how_the_weeks_slices_did(
    database: Database, config: Config, card_ids: list[int]
) -> None:
    tested = [
        {"where": {"carrier": "EV"}, "labels": 100, "right": 60, "usual": 0.65},
        {"where": {"carrier": "EV", "origin": "EWR"}, "labels": 60, "right": 20, "usual": 0.65},
        {"where": {"carrier": "UA"}, "labels": 60, "right": 1, "usual": 0.65},
    ]
    day = Evaluation(
        pipeline="flights",
        window_start=MONDAY,
        window_end=MONDAY + timedelta(days=1),
        known_at=NOW,
        versions=[],
        rows=1,
        labels=1,
        metric="accuracy",
        objective=0.7,
        state="met",
        reason="",
        summary={"tested": tested},
    )
    with database.write() as session:
        card = store.get_card(session, card_ids[0])
        assert card is not None
        assert suggest_slice(session, config, card) == {"carrier": "EV", "origin": "EWR"}
        session.add(day)
        session.flush()
        assert suggest_slice(session, config, card) == {"carrier": "EV", "origin": "EWR"}
        day.summary = {"tested": tested[:1]}
        session.flush()
        assert suggest_slice(session, config, card) == {"carrier": "EV"}


async def test_the_run_gathers_the_week_that_was_over(database: Database, config: Config, tmp_path: Path) -> None:
    pipeline = config.pipeline("flights")
    features = dict.fromkeys(pipeline.predictions.features, 1.0)
    made, arrived = [], []
    for i in range(8 * 24):
        at = MONDAY + timedelta(hours=i)
        made.append(Made(f"f{i:03}", at, "1", 0.3, 0, features | {"carrier": "EV" if i % 2 else "UA"}))
        arrived.append(Arrived(f"f{i:03}", int(i % 3 == 0), at + timedelta(hours=5)))
    log = FakeLog(made, arrived, pipeline.predictions.features)
    tools = Workshop(
        database, config, SimulatedClock(NOW), tmp_path, FakeRegistry(), log=lambda _: log, target=lambda _: None
    )
    await review(DirectSteps(), tools, {"pipeline": "flights", "at": NOW.isoformat()})
    with database.read() as session:
        (opened,) = store.reviews(session)
        assert (opened.week_start, opened.week_end) == (MONDAY, MONDAY + timedelta(days=7))
        assert (opened.judged, opened.wrong) == (168, 56)
        cards = store.cards(session, opened.id)
        assert len(cards) == pipeline.review.cards
        assert len({card.predicted_at.date() for card in cards}) == len(cards)
        assert {card.features["carrier"] for card in cards} == {"EV", "UA"}
