"""Somebody lets go of what was acknowledged: it fires as if nobody had taken it, and calls again."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store, storm_store
from core.alerts.lifecycle import may_give_back
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision
from workflows import escalate
from workflows.respond import answer
from workflows.settle import reconsider


def give_back(
    session: Session, config: Config, group_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Nobody holds a group any more: its page begins again, and for pagers so does their incident."""
    group = store.lock(session, group_id)
    decision = may_give_back(group, person)
    if group is None or not decision.allowed:
        return answer(session, group_id, group, actor, "alert.give_back", decision, now)
    return let_go(session, config, group, decision, actor, now)


def let_go(
    session: Session, config: Config, group: AlertGroup, decision: Decision, actor: str, now: datetime
) -> Decision:
    """The same for a group that the caller holds, as it was decided."""
    if group.is_storm and group.acknowledged_by is not None:
        session.flush()
        storm_store.release_members(session, group.id, group.acknowledged_by)
    group.status, group.acknowledged_by, group.acknowledged_at = GroupStatus.FIRING, None, None
    session.flush()
    escalate.close_page(session, group.id, None, now)
    decision = answer(session, group.id, group, actor, "alert.give_back", decision, now)
    _call_again(session, config, group, decision, now)
    return decision


def _call_again(session: Session, config: Config, group: AlertGroup, decision: Decision, now: datetime) -> None:
    """A silence or an inhibition that came meanwhile keeps it quiet; a storm calls for all that is told with it."""
    if group.is_storm or group.storm_id is not None:
        storm_store.look_at(session, [group.storm_id or group.id], now)
        return
    reconsider(session, config, [group.id], now)
    if group.status == GroupStatus.FIRING and escalate.calls(config, group).allowed:
        escalate.open_page(session, config, group, now, decision.reason)
