"""What the passing of time does to alerts: they expire, silences begin and end, and people hear of what waited."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts import inhibit_store, silence_store, store
from core.alerts.activity import RESOLVE_TIMEOUT, went_unheard
from core.alerts.intake import Touched
from core.alerts.routing import timing_of
from core.alerts.silence_tables import SilenceState
from core.alerts.tables import AlertGroup, GroupStatus
from core.alerts.timing import next_reminder
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import allow
from core.text import plural
from workflows import escalate, storms
from workflows.announce import note
from workflows.settle import reconsider, settle_all, tell

log = structlog.get_logger(__name__)

QUIETENED = (GroupStatus.FIRING, GroupStatus.SILENCED, GroupStatus.INHIBITED)
"""The states that silences and inhibitions change: whoever acknowledged a group keeps it."""


def expire(session: Session, config: Config, now: datetime) -> int:
    """End the alerts that nobody has confirmed in time, and apply silences and inhibitions that began or ended.

    Returns how many alerts, silences and sources of inhibitions that were.
    """
    expired = _unconfirmed(session, now)
    turned = silence_store.turned(session, now)
    if expired:
        bulk.mark_ended(session, [each.id for each in expired], now)
        groups = store.lock_groups(session, {each.group_id for each in expired})
        settle_all(session, config, [Touched(g) for g in groups if g.status != GroupStatus.RESOLVED], now)
    for silence in turned:
        silence.applied = SilenceState.EXPIRED if silence.ends_at <= now else SilenceState.ACTIVE
    sources = inhibit_store.turn(session)
    if turned or sources:
        session.flush()
        reconsider(session, config, store.ids_of(session, *QUIETENED), now)
    return len(expired) + len(turned) + sources


def _unconfirmed(session: Session, now: datetime) -> list[bulk.Expired]:
    """The alerts that have expired while somebody listened. Of the others nobody can know: they get as long again."""
    found = bulk.lock_expired(session, now)
    unheard = [each.id for each in found if went_unheard(each.ended_at, now)]
    if unheard:
        bulk.wait_for(session, unheard, now + RESOLVE_TIMEOUT, now)
        log.warning("alerts.unheard", alerts=len(unheard), expire_at=(now + RESOLVE_TIMEOUT).isoformat())
    return [each for each in found if not went_unheard(each.ended_at, now)]


def tell_due(session: Session, config: Config, now: datetime) -> int:
    """Tell people of the groups that waited for more alerts, and remind them of those that go on; how many."""
    due = store.due_groups(session, now)
    for group in due:
        if group.is_storm:
            for left in storms.look(session, config, group, now):
                tell(session, config, left, now)
        elif group.due_at is not None and group.due_at <= now:
            tell(session, config, group, now)
        if group.remind_at is not None and group.remind_at <= now:
            _remind(session, config, group, now)
    return len(due)


def _remind(session: Session, config: Config, group: AlertGroup, now: datetime) -> None:
    """A line in the thread to whoever holds the group; if nobody does, whoever is on call is called again."""
    group.remind_at = next_reminder(group, timing_of(config, group.route), now)
    if group.remind_at is None:
        return
    firing = store.count_alerts(session, group.id).firing
    held = group.status == GroupStatus.ACKNOWLEDGED
    who = f"{{person:{group.acknowledged_by}}} holds it." if held else "Nobody has taken it."
    detail = f"Still going on: {plural(firing, 'alert')}. {who}"
    reason = "repeated_to_holder" if held else "repeated_unanswered"
    note(session, group, GOLDILOCKS, "alert.remind", allow(reason, detail), now, data={"firing": firing})
    if not held and group.storm_id is None and escalate.calls(config, group).allowed:
        escalate.open_page(session, config, group, now)
