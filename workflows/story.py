"""Why a group is where it is: everything that was decided about it, in the order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store
from core.alerts.routing import timing_of
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import AuditEntry
from core.config.load import Config
from core.decision import quoted
from core.oncall import store as oncall
from core.oncall.page_count_store import page_id_of
from core.oncall.tables import PageStatus


@dataclass(frozen=True)
class Told:
    """One decision: when (None: how it stands now), its named reason, and its sentence with `{person:…}` and `{at:…}`
    in it. `refused` is what somebody wanted and was not allowed to do."""

    at: datetime | None
    reason: str
    text: str
    refused: bool = False


def story(session: Session, config: Config, group: AlertGroup) -> list[Told]:
    """What was decided about a group, oldest first, then how it stands now."""
    entries = list(audit.of(session, "alert_group", group.id))
    page_id = page_id_of(session, group.id)
    if page_id is not None:
        entries += audit.of(session, "page", page_id)
    if group.silence_id is not None:
        entries += audit.of(session, "silence", group.silence_id)
    if group.storm_id is not None:
        entries += audit.of(session, "alert_group", group.storm_id)
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.id))
    return [*(told for entry in ordered for told in _lines(entry)), *_now(session, config, group, page_id)]


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
    yield Told(entry.at, entry.reason, said, refused=not entry.allowed and entry.action != "alert.open")


def _now(session: Session, config: Config, group: AlertGroup, page_id: int | None) -> Iterator[Told]:
    if group.status == GroupStatus.RESOLVED:
        return
    if group.revision == 0 and group.due_at is not None:
        yield Told(None, "waits_for_more", f"Nobody has heard of it yet; people do at {_at(group.due_at)}.")
    elif group.due_at is not None:
        yield Told(None, "told_lately", f"What joined or ended since is told at {_at(group.due_at)}.")
    page = oncall.page(session, page_id) if page_id is not None else None
    if page is not None and page.status == PageStatus.OPEN:
        yield Told(None, "waits_for_answer", f"Next step if nobody answers: {_at(page.due_at)}.")
    silence = store.silence(session, group.silence_id) if group.silence_id else None
    if silence is not None:
        until = "with the last alert, or " if silence.until_resolved else ""
        yield Told(None, "silenced_until", f"The silence ends {until}at {_at(silence.ends_at)}.")
    if group.remind_at is not None and timing_of(config, group.route).repeat:
        yield Told(None, "repeats", f"If it goes on, people are reminded at {_at(group.remind_at)}.")


def _at(at: datetime) -> str:
    return f"{{at:{int(at.timestamp())}}}"
