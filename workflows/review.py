"""The weekly failure review: wrong predictions as cards in a thread, gone through one at a time.

The next card is posted when one is decided, so that the thread stays calm; all cards are rows from the start, so
nothing is lost. What people confirm under a name becomes a versioned slice that every evaluation reports.
"""

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.fields import Every
from core.config.load import Config
from core.config.metric import Task
from core.config.pipeline import Pipeline
from core.config.pipeline import Review as Reviewing
from core.decision import Decision, allow
from core.evaluation import store
from core.evaluation.cards import may_decide
from core.evaluation.log.prediction_log import PredictionLogReader, Value, total
from core.evaluation.plain import plain
from core.evaluation.review import CANDIDATES, CardFinding, pick, suggest_where
from core.evaluation.tables import CardStatus, EvaluationSlice, Review, ReviewCard, ReviewStatus
from core.evaluation.windows import Window, window_before, windows_until
from core.outbox.store import Post, enqueue
from workflows.ports import Workshop
from workflows.steps import Steps


async def review(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
    """Gather the wrong predictions of the week that was over at the scheduled instant, and open their review."""
    pipeline, at = workshop.config.pipeline(args["pipeline"]), datetime.fromisoformat(args["at"])
    settings = pipeline.review
    if settings is None:  # taken out of the YAML since
        return
    week = window_before(settings.schedule.model_copy(update={"every": Every.WEEK}), at)
    await review_week(steps, workshop, pipeline, settings, week, at)


async def review_week(
    steps: Steps, workshop: Workshop, pipeline: Pipeline, settings: Reviewing, week: Window, known_at: datetime
) -> int:
    """Open the review of any week with the labels known at an instant; its id. Every step may be repeated."""
    facts: dict[str, Any] = await steps(
        "gather", lambda: asyncio.to_thread(gather, workshop.log(pipeline), pipeline, settings, week, known_at)
    )
    now = workshop.clock.now()
    return await steps(
        "open", lambda: workshop.database.run(lambda s: open_review(s, workshop.config, facts, now))
    )


def gather(
    reader: PredictionLogReader, pipeline: Pipeline, settings: Reviewing, week: Window, known_at: datetime
) -> dict[str, Any]:
    """What a review needs of the log, as plain values: how many were judged and wrong, and the cards' rows."""
    days = _days_of(settings, week)
    counts = total(v.counts for v in reader.tally(days, known_at).versions)
    rows = pick(reader.wrong_rows(days, known_at, CANDIDATES), pipeline.slices, settings.cards)
    cards = [
        {
            "entity": row.id,
            "predicted_at": row.predicted_at.isoformat(),
            "features": plain(row.features),
            "score": row.score,
            "prediction": row.prediction,
            "label": row.label,
        }
        for row in rows
    ]
    return {
        "pipeline": pipeline.pipeline,
        "week_start": week.start.isoformat(),
        "week_end": week.end.isoformat(),
        "judged": counts.labels,
        "wrong": len(cards) if pipeline.task is Task.REGRESSION else counts.labels - counts.right,
        "cards": cards,
    }


def _days_of(settings: Reviewing, week: Window) -> list[Window]:
    daily = settings.schedule.model_copy(update={"every": Every.DAY})
    days = windows_until(daily, window_before(daily, week.end), 6)
    return [day for day in days if day.start >= week.start]


def open_review(session: Session, config: Config, facts: dict[str, Any], now: datetime) -> int:
    """Store the review with its cards and post it with the first card; once a pipeline and week. Its id."""
    week_start = datetime.fromisoformat(facts["week_start"])
    known = store.review_of_week(session, facts["pipeline"], week_start)
    if known is not None:
        return known.id
    opened = Review(
        pipeline=facts["pipeline"],
        week_start=week_start,
        week_end=datetime.fromisoformat(facts["week_end"]),
        channel=config.pipeline(facts["pipeline"]).channel,
        wrong=facts["wrong"],
        judged=facts["judged"],
        status=ReviewStatus.OPEN if facts["cards"] else ReviewStatus.DONE,
        created_at=now,
        revision=1,
    )
    session.add(opened)
    session.flush()
    _add_cards(session, opened, facts["cards"])
    subject = ("review", opened.id)
    detail = f"{opened.wrong:,} of {opened.judged:,} predictions of the week were wrong."
    if config.pipeline(opened.pipeline).task is Task.REGRESSION:
        detail = f"The {len(facts['cards'])} largest errors of {opened.judged:,} predictions of the week."
    decision = allow("opened", detail)
    record(session, at=now, actor=GOLDILOCKS, action="review.open", subject=subject, decision=decision)
    _post_review(session, opened, now)
    _post_next(session, opened, now)
    return opened.id


def _add_cards(session: Session, opened: Review, cards: list[dict[str, Any]]) -> None:
    for position, card in enumerate(cards, 1):
        values = card | {"predicted_at": datetime.fromisoformat(card["predicted_at"])}
        session.add(
            ReviewCard(review_id=opened.id, position=position, status=CardStatus.OPEN, revision=1, **values)
        )
    session.flush()


def decide_card(
    session: Session,
    config: Config,
    card_id: int,
    finding: CardFinding | None,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """Confirm a wrong prediction as a failure mode (and as a named slice), or dismiss it with None; once.

    Two people who decide at the same instant are decided by the review's lock: the second is told what the first
    one did. Exactly one audit row, refused or not.
    """
    opened, card = _locked(session, card_id)
    pipeline = config.pipelines.get(opened.pipeline) if opened else None
    features = pipeline.predictions.features if pipeline else ()
    decision = may_decide(card, person, finding, features)
    data: dict[str, Any] = {}
    if decision.allowed and opened is not None and card is not None and person is not None:
        data = _settle(session, opened, card, finding, person, now)
    action = "review.dismiss" if finding is None else "review.confirm"
    record(
        session,
        at=now,
        actor=actor,
        action=action,
        subject=("review_card", card_id),
        decision=decision,
        data=data,
    )
    return decision


def _locked(session: Session, card_id: int) -> tuple[Review | None, ReviewCard | None]:
    """The review first, then the card: everybody takes the locks in this order."""
    found = store.get_card(session, card_id)
    if found is None:
        return None, None
    return store.lock_review(session, found.review_id), store.lock_card(session, card_id)


def _settle(
    session: Session, opened: Review, card: ReviewCard, finding: CardFinding | None, person: Person, now: datetime
) -> dict[str, Any]:
    """Change the card, and what follows from it; the facts for the trail."""
    card.decided_by, card.decided_at, card.revision = person.id, now, card.revision + 1
    data: dict[str, Any] = {"review": opened.id}
    if finding is None:
        card.status = CardStatus.DISMISSED
    else:
        card.status, card.failure_mode = CardStatus.CONFIRMED, finding.failure_mode.strip()
        data["failure_mode"] = card.failure_mode
        if finding.slice_name:
            named = _keep_slice(session, opened.pipeline, card, finding, person, now)
            card.slice_id = named.id
            data["slice"] = {"name": named.name, "version": named.version, "where": named.where}
    session.flush()
    if not store.open_cards(session, opened.id):
        opened.status = ReviewStatus.DONE
    opened.revision += 1
    _post_card(session, opened, card, now)
    _post_next(session, opened, now)
    _post_review(session, opened, now)
    return data


def _keep_slice(
    session: Session, pipeline: str, card: ReviewCard, finding: CardFinding, person: Person, now: datetime
) -> EvaluationSlice:
    """The named slice: the newest version when it says the same, else the next one."""
    name = (finding.slice_name or "").strip()
    newest = store.newest_slice(session, pipeline, name)
    if newest is not None and newest.where == finding.where and newest.retired_at is None:
        return newest
    kept = EvaluationSlice(
        pipeline=pipeline,
        name=name,
        version=newest.version + 1 if newest else 1,
        where=dict(finding.where),
        description=f"{finding.failure_mode.strip()}, seen in {card.entity}",
        created_by=person.id,
        created_at=now,
    )
    session.add(kept)
    session.flush()
    return kept


def suggest_slice(session: Session, config: Config, card: ReviewCard) -> dict[str, Value]:
    """What this card's slice might be, from how the week's slices did; a default for people to change."""
    opened = store.get_review(session, card.review_id)
    if opened is None or opened.pipeline not in config.pipelines:
        return {}
    evaluations = store.between(session, opened.pipeline, opened.week_start, opened.week_end)
    tested = [entry for each in evaluations for entry in each.summary.get("tested", [])]
    return suggest_where(card.features, tested, config.pipeline(opened.pipeline).slices)


def _post_review(session: Session, opened: Review, now: datetime) -> None:
    post = Post("review", opened.id, opened.message, opened.channel, revision=opened.revision)
    enqueue(session, post, now)


def _post_card(session: Session, opened: Review, card: ReviewCard, now: datetime) -> None:
    post = Post("review_card", card.id, card.message, opened.channel, opened.message, revision=card.revision)
    enqueue(session, post, now)


def _post_next(session: Session, opened: Review, now: datetime) -> None:
    """The first card that is open; if it waits in the thread already, its message only stays what it is."""
    waiting = store.open_cards(session, opened.id)
    if waiting:
        _post_card(session, opened, waiting[0], now)
