"""A random past of two years, what people can see of it, and rounds of deletion."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.render import Renderer
from core.alerts import store
from core.alerts.matching import parse_matcher
from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup
from core.approvals.tables import Approval, ApprovalAction
from core.changes.event import change_event
from core.config.load import Config
from core.db.base import Base
from core.db.database import Database
from core.oncall import store as oncall
from core.outbox import store as outbox
from core.outbox.tables import OutboxRow, OutboxStatus
from core.tickets.tables import Ticket
from tests.alerts_support import groups, webhook
from tests.oncall_support import add_evaluation, person
from tests.oncall_support import config as team_config
from workflows import approve, changes, file_bug, judge, lapse, quieten, respond, tuning_store
from workflows.facts.shift import gather
from workflows.quieten import SilenceRequest
from workflows.respond import RaisedAlert
from workflows.retention import forget
from workflows.step_pages import step_due
from workflows.story import story

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BEGINNING, PRESENT = datetime(2011, 2, 1, 12, 0, tzinfo=UTC), datetime(2013, 2, 5, 12, 0, tzinfo=UTC)
PAST = 30
"""How often something happens."""

ACTS = (*(["end"] * 20), "resolve", "resolve", "acknowledge", "acknowledge", "silence", "silence")
ACTS += ("bug", "noise", "taken back", "approval", "leave")
"""What becomes of an alert; most just end."""

Tables = dict[str, dict[Any, Mapping[str, Any]]]


def team(**retention: str) -> Config:
    """The team of the on-call tests, with storms of few groups and holders who are asked."""
    storm = {"groups": 4, "within": "1m", "quiet": "5m"}
    alerts = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": ["host"], "storm": storm}
    return team_config(alerts=alerts, retention=retention)


ALERTS, MESSAGES = 100, 30
CONFIG = team(alerts=f"{ALERTS}d", messages=f"{MESSAGES}d")


def live(session: Session, config: Config, seed: int) -> None:
    """Two years of alerts and what people made of them, told in Slack all but the last."""
    chance, at = Random(seed), BEGINNING
    for number in range(PAST):
        at += (PRESENT - at) / (PAST - number) * chance.uniform(0.2, 1.0)
        _happens(session, config, chance, number, at)
        if number < PAST - 2:
            _sent(session, at + DAY)


def _happens(session: Session, config: Config, chance: Random, number: int, at: datetime) -> None:
    if chance.random() < 0.3:
        event = change_event("ci", f"deploy {number}", chance.choice(["flights", None]), at, repeats=str(number))
        changes.take_changes(session, [event], at)
    if chance.random() < 0.15:
        found = add_evaluation(session, window_start=at - DAY, window_end=at, known_at=at)
        alert = RaisedAlert("AccuracyLow", Severity.CRITICAL, "Accuracy", "low", evaluation_id=found.id)
        respond.raise_group(session, config, "flights", alert, at)
    hosts = [f"h{number}-{each}" for each in range(chance.choice([1, 1, 1, 1, 2, 6]))]
    severity = chance.choice(["critical", "warning", "warning"])
    labels = [{"alertname": "Down", "severity": severity, "host": host} for host in hosts]
    respond.receive(session, config, [webhook(each, starts_at=at) for each in labels], at)
    step_due(session, config, at + 20 * MINUTE)
    for each in labels:
        (group,) = [group for group in groups(session) if group.labels.get("host") == each["host"]]
        _act(session, config, chance.choice(ACTS), group, each, at + 25 * MINUTE)
    lapse.tell_due(session, config, at + 60 * MINUTE)


def _act(
    session: Session, config: Config, act: str, group: AlertGroup, labels: dict[str, str], at: datetime
) -> None:
    maya, ends = person("maya"), webhook(labels, starts_at=group.opened_at, ends_at=at)
    match act:
        case "resolve":
            respond.resolve(session, config, group.id, maya, "maya", at)
        case "acknowledge":
            respond.acknowledge(session, config, group.id, maya, "maya", at)
        case "bug":
            draft = file_bug.draft_from_group(session, config, group.id)
            assert draft is not None
            assert file_bug.file_bug(session, config, draft, maya, "maya", at)[0].allowed
        case "noise" | "taken back":
            assert judge.mark_noise(session, config, group.id, "flapping", False, maya, "maya", at).allowed
            if act == "taken back":
                assert judge.unmark_noise(session, config, group.id, maya, "maya", at).allowed
        case "silence":
            matcher = parse_matcher(f"host={group.labels['host']}")
            request = SilenceRequest([matcher], at, at + 30 * DAY, "maya", "so", group_id=group.id)
            assert quieten.silence_by_hand(session, config, request, maya, "maya", at).allowed
        case "approval":
            change = approve.Change(ApprovalAction.ROLL_BACK, "flights", 2, 1)
            parent, channel = group.message, group.channel
            approve.ask(session, config, change, requested_by="maya", channel=channel, parent=parent, now=at)
    if act != "leave":
        respond.receive(session, config, [ends], at)


def _sent(session: Session, now: datetime) -> None:
    """All that waits has arrived in Slack; changes of a message have no place of their own."""
    waiting = session.scalars(
        select(OutboxRow).where(OutboxRow.status == OutboxStatus.PENDING).order_by(OutboxRow.id)
    )
    for row in waiting.all():
        first = outbox.posted(session, row.key)
        outbox.settle_sent(session, row.id, "C0", first.slack_ts if first else f"{row.id}.0", now)
        session.flush()


def tables(session: Session) -> Tables:
    """Every row there is, by table and key."""
    found: Tables = {}
    for table in Base.metadata.sorted_tables:
        keys = [column.name for column in table.primary_key.columns]
        rows = session.execute(select(table)).mappings()
        found[table.name] = {tuple(row[key] for key in keys): dict(row) for row in rows}
    return found


def seen(session: Session, config: Config, now: datetime) -> dict[str, Any]:
    """All that people, messages, reports and what learns can see of what is there, by what they ask for."""
    found: dict[str, Any] = {}
    renderer = Renderer(config)
    for key, kind, subject in session.execute(select(OutboxRow.key, OutboxRow.kind, OutboxRow.subject).distinct()):
        drawn = renderer.draw(session, kind, int(subject))
        assert drawn is not None, f"{key} cannot be drawn"
        found[f"message {key}"] = drawn.content()
    for group in groups(session):
        state = load.with_changes(session, load.group_state(session, config, group), now)
        verdict = state.verdict and (state.verdict.reason, state.verdict.withdrawn_at)
        found[f"alert {group.id}"] = repr((state.total, state.firing, verdict, state.tickets, state.storm))
        found[f"why {group.id}"] = [told.text for told in story(session, config, group)]
        found[f"thread {group.id}"] = _place(session, group.message)
    for kind in (Ticket, Approval):
        for each in session.scalars(select(kind)).all():
            found[f"place of {each.message}"] = _place(session, each.message)
    for ticket in session.scalars(select(Ticket)).all():
        found[f"bug {ticket.id}"] = repr(file_bug.report(session, ticket.id))
    found["calls"] = sorted(oncall.called_between(session, now - 366 * DAY, now))
    found["learned from"] = tuning_store.reactions(session, "flights", BEGINNING)
    for back in range(0, 28, 7):
        span = (now - (back + 7) * DAY, now - back * DAY)
        found[f"shift {back}"] = asdict(gather(session, config, config.team.rotations[0], *span))
    found["open"] = [group.id for group in store.open_groups(session, limit=1_000)]
    return found


def _place(session: Session, key: str) -> str | None:
    row = outbox.posted(session, key)
    return row.slack_ts if row else None


def rounds(database: Database, config: Config, now: datetime) -> list[int]:
    """Pass by pass until nothing is due any more, how many rows each deleted."""
    deleted: list[int] = []
    while database.do(lambda session: _due(session, config, now)):
        deleted.append(database.do(lambda session: forget.forget_due(session, config, now)))
        assert len(deleted) < 5_000
    return deleted


def _due(session: Session, config: Config, now: datetime) -> bool:
    at = forget.next_due(session, config, now)
    return at is not None and at <= now


def now_in(database: Database) -> Tables:
    with database.read() as session:
        return tables(session)
