"""What the passing of time does to alerts: they expire, and silences begin and end."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts import store
from core.alerts.intake import Touched
from core.alerts.tables import GroupStatus, SilenceState
from core.config.load import Config
from workflows.settle import reconsider, settle_all


def expire(session: Session, config: Config, now: datetime) -> int:
    """End the alerts that nobody has confirmed in time, and apply silences that began or ended.

    Returns how many alerts and silences that were.
    """
    expired = bulk.lock_expired(session, now)
    turned = store.turned_silences(session, now)
    if expired:
        bulk.mark_ended(session, [alert_id for alert_id, _ in expired])
        groups = store.lock_groups(session, {group_id for _, group_id in expired})
        settle_all(session, config, [Touched(g) for g in groups if g.status != GroupStatus.RESOLVED], now)
    for silence in turned:
        silence.applied = SilenceState.EXPIRED if silence.ends_at <= now else SilenceState.ACTIVE
    if turned:
        session.flush()
        reconsider(session, config, store.ids_of(session, GroupStatus.FIRING, GroupStatus.SILENCED), now)
    return len(expired) + len(turned)
