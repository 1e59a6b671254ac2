"""What is there after a round: in the database, and in Slack."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.slack.ids import Action
from core.alerts.tables import AlertCold, AlertGroup, AlertHot
from core.audit.tables import AuditEntry
from core.inbound.tables import InboundRequest, InboundStatus
from core.oncall.tables import Notification, Page, PageStatus
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.chaos import team
from tests.chaos.load import acknowledgeable
from tests.chaos.town import Town

UNSETTLED = (OutboxStatus.PENDING, OutboxStatus.SENDING, OutboxStatus.UNKNOWN)


@dataclass(frozen=True)
class PageFact:
    """A page with the steps that were taken, in order, and how often it was given up."""

    id: int
    status: str
    steps: tuple[int, ...]
    times: tuple[datetime, ...]
    notifications: tuple[int, ...]
    exhausts: int


@dataclass(frozen=True)
class RowFact:
    """A row of the outbox."""

    id: int
    uid: str
    key: str
    parent: str | None
    status: str
    lane: int


@dataclass(frozen=True)
class Shown:
    """A message in Slack that the outbox sent; `group` is the one whose Acknowledge it offers."""

    uid: str
    channel: str
    ts: str
    thread: str | None
    group: int | None


@dataclass(frozen=True)
class Facts:
    """Clicks are counted by group: as recorded when they came in, and as acted on (refused ones too)."""

    stored: frozenset[str]
    firing: frozenset[str]
    groups: dict[int, str]
    pages: tuple[PageFact, ...]
    rows: tuple[RowFact, ...]
    shown: tuple[Shown, ...]
    recorded: Counter[int]
    acted: Counter[int]
    taken: Counter[int]


def unrest(session: Session) -> str:
    """What is still under way, in words; empty when all is quiet."""
    counts = {
        "messages": select(func.count()).select_from(OutboxRow).where(OutboxRow.status.in_(UNSETTLED)),
        "open pages": select(func.count()).select_from(Page).where(Page.status == PageStatus.OPEN),
        "clicks": select(func.count())
        .select_from(InboundRequest)
        .where(InboundRequest.status == InboundStatus.RECEIVED),
    }
    found = {name: session.scalar(query) for name, query in counts.items()}
    return ", ".join(f"{count} {name}" for name, count in found.items() if count)


def last_row(session: Session) -> int:
    return session.scalar(select(func.max(OutboxRow.id))) or 0


def gather(session: Session, town: Town) -> Facts:
    """Everything at this moment."""
    alerts = session.execute(
        select(AlertCold.labels, AlertHot.resolved).join(AlertHot, AlertHot.id == AlertCold.id)
    ).all()
    return Facts(
        stored=frozenset(labels["instance"] for labels, _ in alerts if "instance" in labels),
        firing=frozenset(labels["instance"] for labels, over in alerts if "instance" in labels and not over),
        groups=dict(session.execute(select(AlertGroup.id, AlertGroup.status)).all()),  # type: ignore[arg-type]
        pages=_pages(session),
        rows=tuple(
            RowFact(*row)
            for row in session.execute(
                select(
                    OutboxRow.id,
                    OutboxRow.uid,
                    OutboxRow.key,
                    OutboxRow.parent,
                    OutboxRow.status,
                    OutboxRow.lane,
                ).order_by(OutboxRow.id)
            )
        ),
        shown=tuple(_shown(town)),
        recorded=_recorded(session),
        acted=_audited(session),
        taken=_audited(session, allowed=True),
    )


def _pages(session: Session) -> tuple[PageFact, ...]:
    steps: dict[int, list[Notification]] = {}
    for row in session.scalars(select(Notification).order_by(Notification.step)):
        steps.setdefault(row.page_id, []).append(row)
    given_up = _subjects(session, "page.exhaust")
    found = []
    for page in session.scalars(select(Page)):
        taken = steps.get(page.id, [])
        found.append(
            PageFact(
                page.id,
                page.status,
                tuple(row.step for row in taken),
                tuple(row.at for row in taken),
                tuple(row.id for row in taken),
                given_up[page.id],
            )
        )
    return tuple(found)


def _subjects(session: Session, action: str, *more: object) -> Counter[int]:
    query = select(AuditEntry.subject_id).where(AuditEntry.action == action, *more)  # type: ignore[arg-type]
    return Counter(int(subject) for subject in session.scalars(query))


def _audited(session: Session, allowed: bool | None = None) -> Counter[int]:
    people = AuditEntry.actor.in_(("maya", "jonas"))
    more = () if allowed is None else (AuditEntry.allowed.is_(allowed),)
    return _subjects(session, "alert.acknowledge", people, *more)


def _recorded(session: Session) -> Counter[int]:
    bodies = session.scalars(select(InboundRequest.body).where(InboundRequest.kind == "action"))
    actions = [body["actions"][0] for body in bodies]
    return Counter(int(action["value"]) for action in actions if action["action_id"] == Action.ACKNOWLEDGE)


def _shown(town: Town) -> list[Shown]:
    found = []
    for channel in (*map(team.channel, range(team.PIPELINES)), *team.OTHER_CHANNELS):
        for parent in town.workspace.messages(channel):
            for message in town.workspace.thread(channel, parent.ts):
                uid = ((message.metadata or {}).get("event_payload") or {}).get("uid")
                if uid is not None:
                    thread = message.thread_ts if message.is_reply else None
                    found.append(Shown(uid, channel, message.ts, thread, acknowledgeable(message)))
    return found
