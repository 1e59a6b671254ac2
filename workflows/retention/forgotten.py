"""What people are told of an alert that there was once."""

from sqlalchemy.orm import Session

from core.alerts import store
from core.audit import store as audit
from core.config.load import Config
from core.text import length


def forgotten(session: Session, config: Config, group_id: int | None) -> str:
    """That the alert of this number was deleted, and why; empty where there is one, or never was. The trail knows, it
    is kept for ever."""
    if group_id is None or store.get(session, group_id) or not audit.has(session, "alert_group", group_id):
        return ""
    keep = config.team.retention.alerts
    why = f"alerts are deleted {length(keep)} after they have ended" if keep else "it ended long ago"
    return f"Alert *{group_id}* was deleted: {why}."
