"""What is there after a round: in the database, and in Slack."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

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
from tests.chaos.past import Past, leftovers, missing, sweeping
from tests.chaos.town import Town

UNSETTLED = (OutboxStatus.PENDING, OutboxStatus.SENDING, OutboxStatus.UNKNOWN)


@dataclass(frozen=True)
class Marks:
    """The last page, click and message of a round. What comes after them is of other rounds: alerts of five minutes ago
    end one by one, and each end is told, so that a busy machine is never without a message on its way."""

    page: int
    click: int
    row: int | None = None


@dataclass(frozen=True)
class Waiting:
    """Open pages with their steps, clicks, messages with what became of them so far, and how far deletion is. `due` is
    when the next may move, if all that is left waits for its time."""

    pages: tuple[Any, ...]
    clicks: tuple[Any, ...]
    rows: tuple[Any, ...]
    due: datetime | None = None
    sweeps: tuple[Any, ...] = ()

    def __str__(self) -> str:
        counts = {"messages": len(self.rows), "open pages": len(self.pages), "clicks": len(self.clicks)}
        counts["rounds of deletion"] = len(self.sweeps)
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


@dataclass(frozen=True)
class PageFact:
    """A page with the steps that were taken, in order, how often it was given up, and how often it began again since
    the alert became more severe."""

    id: int
    status: str
    steps: tuple[int, ...]
    times: tuple[datetime, ...]
    notifications: tuple[int, ...]
    exhausts: int
    rises: int = 0


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
    """Clicks are counted by group: as recorded when they came in, and as acted on (refused ones too). `under_way` are
    the messages after the round's last that are not settled: whether those are in Slack is open. `keys` also knows
    posts whose rows are deleted. `missing` are rows that must stay and are gone, `vanished` groups that went although
    they were not over, `left` groups that should be gone, `leftovers` messages of groups that are."""

    stored: frozenset[str]
    firing: frozenset[str]
    groups: dict[int, str]
    pages: tuple[PageFact, ...]
    rows: tuple[RowFact, ...]
    shown: tuple[Shown, ...]
    recorded: Counter[int]
    acted: Counter[int]
    taken: Counter[int]
    under_way: frozenset[str] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    vanished: frozenset[int] = frozenset()
    left: frozenset[int] = frozenset()
    leftovers: tuple[str, ...] = ()


def last_of_round(session: Session) -> Marks:
    """The last page and click there are. Its last message is known only once these have come to their end."""
    page, click = (session.scalar(select(func.max(each))) or 0 for each in (Page.id, InboundRequest.id))
    return Marks(page, click)


def last_row(session: Session) -> int:
    return session.scalar(select(func.max(OutboxRow.id))) or 0


def waiting(session: Session, marks: Marks) -> Waiting:
    """What of the round is still under way; its messages only once nothing else is."""
    pages = select(Page.id, Page.step).where(Page.status == PageStatus.OPEN, Page.id <= marks.page)
    clicks = select(InboundRequest.id).where(
        InboundRequest.status == InboundStatus.RECEIVED, InboundRequest.id <= marks.click
    )
    rows = select(OutboxRow.id, OutboxRow.status, OutboxRow.attempts, OutboxRow.due_at).where(
        OutboxRow.status.in_(UNSETTLED), OutboxRow.id <= (marks.row or 0)
    )
    messages: tuple[tuple[Any, ...], ...] = tuple(tuple(row) for row in session.execute(rows))
    steps = tuple(tuple(row) for row in session.execute(pages))
    found = Waiting(steps, tuple(session.scalars(clicks)), messages, sweeps=sweeping(session, datetime.now(UTC)))
    moving = (
        found.pages
        or found.clicks
        or found.sweeps
        or any(status == OutboxStatus.SENDING for _, status, *_ in messages)
    )
    return found if moving or not messages else replace(found, due=min(due for *_, due in messages))


def gather(session: Session, town: Town, marks: Marks, past: Past) -> Facts:
    """Everything at this moment. Groups and pages are read before messages: none of them is without its own then."""
    alerts = session.execute(
        select(AlertCold.labels, AlertHot.resolved).join(AlertHot, AlertHot.id == AlertCold.id)
    ).all()
    groups = dict(session.execute(select(AlertGroup.id, AlertGroup.status)).all())
    missed, left = missing(session, past), leftovers(session, past, set(groups))
    vanished, past.known = past.known - past.may_go - set(groups), past.known | set(groups)
    pages = tuple(_pages(session, marks, past.untold))
    columns = (OutboxRow.id, OutboxRow.uid, OutboxRow.key, OutboxRow.parent, OutboxRow.status, OutboxRow.lane)
    rows = [RowFact(*row) for row in session.execute(select(*columns).order_by(OutboxRow.id))]
    past.keys.update((row.uid, row.key) for row in rows)
    later = {row for row in rows if row.id > (marks.row or 0) and row.status in UNSETTLED}
    return Facts(
        stored=frozenset(labels["instance"] for labels, _ in alerts if "instance" in labels),
        firing=frozenset(labels["instance"] for labels, over in alerts if "instance" in labels and not over),
        groups={each: status for each, status in groups.items() if each not in past.untold},
        pages=pages,
        rows=tuple(row for row in rows if row not in later),
        shown=tuple(_shown(town)),
        recorded=_recorded(session),
        acted=_audited(session),
        taken=_audited(session, allowed=True),
        under_way=frozenset(row.key for row in later),
        keys=past.keys,
        missing=missed,
        vanished=frozenset(vanished),
        left=frozenset(past.goes & set(groups)),
        leftovers=left,
    )


def _pages(session: Session, marks: Marks, untold: set[int]) -> Iterator[PageFact]:
    """Those of the round and before, and later ones that are over."""
    steps: dict[int, list[Notification]] = {}
    for row in session.scalars(select(Notification).order_by(Notification.step)):
        steps.setdefault(row.page_id, []).append(row)
    given_up = _subjects(session, "page.exhaust")
    for page in session.scalars(select(Page).where((Page.id <= marks.page) | (Page.status != PageStatus.OPEN))):
        if page.group_id in untold:
            continue
        taken = steps.get(page.id, [])
        yield PageFact(
            page.id,
            page.status,
            tuple(row.step for row in taken),
            tuple(row.at for row in taken),
            tuple(row.id for row in taken),
            given_up[page.id],
            sum(row.reason == "severity_rose" for row in taken),
        )


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
