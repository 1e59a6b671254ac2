"""Why a group is where it is: everything that was decided about it, in the order of time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import silence_store, store
from core.alerts.routing import timing_of
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS, AuditEntry
from core.config.load import Config
from core.decision import quoted
from core.oncall import store as oncall
from core.oncall.page_count_store import page_id_of
from core.oncall.tables import Page, PageStatus


@dataclass(frozen=True)
class Told:
    """One decision: when (None: how it stands now), its named reason, and its sentence with `{person:…}` and `{at:…}`
    in it."""

    at: datetime | None
    reason: str
    text: str


def story(session: Session, config: Config, group: AlertGroup) -> list[Told]:
    """What was decided about a group, oldest first, then how it stands now."""
    entries = list(audit.of(session, "alert_group", group.id))
    page_id = page_id_of(session, group.id)
    if page_id is not None:
        entries += audit.of(session, "page", page_id)
    for silence_id in _silences(entries, group):
        entries += audit.of(session, "silence", silence_id)
    if group.storm_id is not None:
        entries += audit.of(session, "alert_group", group.storm_id)
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.id))
    return [*(told for entry in ordered for told in _lines(entry)), *_now(session, config, group, page_id)]


def _silences(entries: Iterable[AuditEntry], group: AlertGroup) -> list[str]:
    """Those that kept it quiet at some time, and the one that does now."""
    found = [str(each.data["silence"]) for each in entries if each.data.get("silence")]
    return list(dict.fromkeys([*found, *([group.silence_id] if group.silence_id else [])]))


def _lines(entry: AuditEntry) -> Iterator[Told]:
    """An entry as people read it; an opening tells each of its reasons."""
    for name, text in entry.data.get("why", ()):
        yield Told(entry.at, str(name), str(text))
    who = f"{{person:{entry.actor}}}"
    made = entry.action == "silence.start" and entry.allowed
    text = (
        f"{who} silenced {quoted(str(entry.data.get('written', '')))}: {quoted(str(entry.data.get('comment', '')))}"
        if made
        else entry.detail
    )
    said = text or f"{who}: {entry.action.replace('.', ' ').replace('_', ' ')}."
    if not entry.allowed and entry.action != "alert.open" and entry.actor != GOLDILOCKS:
        said = f"Refused to {who}: {said}"
    yield Told(entry.at, entry.reason, said)


def _now(session: Session, config: Config, group: AlertGroup, page_id: int | None) -> Iterator[Told]:
    if group.status == GroupStatus.RESOLVED:
        return
    yield from _to_be_told(session, group)
    if group.acknowledged_by is not None and group.status == GroupStatus.ACKNOWLEDGED:
        yield Told(None, "held", f"{{person:{group.acknowledged_by}}} holds it, so nobody else is called.")
    page = oncall.page(session, page_id) if page_id is not None else None
    if page is not None and page.status in _WAITING:
        yield _WAITING[page.status](page)
    silence = silence_store.lock(session, group.silence_id) if group.silence_id else None
    if silence is not None:
        until = "with the last alert, or " if silence.until_resolved else ""
        yield Told(None, "silenced_until", f"The silence ends {until}at {_at(silence.ends_at)}.")
    if group.remind_at is not None and timing_of(config, group.route).repeat:
        yield Told(None, "repeats", f"If it goes on, people are reminded at {_at(group.remind_at)}.")


def _to_be_told(session: Session, group: AlertGroup) -> Iterator[Told]:
    """What people do not know yet, and what they know together."""
    if group.revision == 0 and group.due_at is not None:
        yield Told(None, "waits_for_more", f"Nobody has heard of it yet; people do at {_at(group.due_at)}.")
    elif group.due_at is not None:
        yield Told(None, "told_lately", f"What joined or ended since is told at {_at(group.due_at)}.")
    count = store.count_alerts(session, group.id)
    if count.total > 1 and not group.is_storm:
        yield Told(None, "together", f"{count.total:,} alerts came together here, of which {count.firing:,} fire.")


def _exhausted(page: Page) -> Told:
    return Told(None, "unanswered", f"Nobody has it; the next reminder comes at {_at(page.due_at)}.")


def _open(page: Page) -> Told:
    return Told(None, "waits_for_answer", f"Next step if nobody answers: {_at(page.due_at)}.")


def _held(page: Page) -> Told:
    at = _at(page.due_at)
    if page.asked is not None:
        said = f"They were asked whether they are still on it; without an answer it calls again at {at}."
        return Told(None, "asked_holder", said)
    said = f"If nothing is done with it, they are asked at {at} whether they are still on it."
    return Told(None, "asks_holder", said)


_WAITING: dict[str, Callable[[Page], Told]] = {
    PageStatus.EXHAUSTED: _exhausted,
    PageStatus.OPEN: _open,
    PageStatus.HELD: _held,
}
"""What comes next of a page in each state in which something does."""


def _at(at: datetime) -> str:
    return f"{{at:{int(at.timestamp())}}}"
