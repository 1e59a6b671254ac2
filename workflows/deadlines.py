"""When something falls due next, over all that waits for a time."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import inhibit_store
from core.approvals import store as approvals
from core.config.load import Config
from core.oncall import rota_store
from workflows import (
    check_rota,
    digest,
    escalate,
    hand_off,
    heartbeats,
    read_calendars,
    respond,
    shadow_plan,
    tell_duty,
)
from workflows.retention import forget
from workflows.schedules import next_firing


def next_deadline(session: Session, config: Config, now: datetime) -> datetime | None:
    """The nearest instant at which a pass over what is due finds work, or None when nothing waits."""
    known = (
        next_firing(session, config, now),
        respond.next_due(session),
        now if inhibit_store.waits(session) else None,
        heartbeats.next_due(session, config, now),
        escalate.next_due(session),
        hand_off.next_due(session, config, now),
        tell_duty.next_due(session, config, now),
        check_rota.next_due(session, config, now),
        shadow_plan.next_due(session, config),
        read_calendars.next_due(session, config, now),
        rota_store.next_swap_due(session),
        approvals.next_due(session),
        digest.next_due(session, config, now),
        forget.next_due(session, config, now),
    )
    return min((at for at in known if at is not None), default=None)
