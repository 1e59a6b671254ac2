"""What people are told of an alert that there was once."""

from sqlalchemy.orm import Session

from core.alerts import store
from core.audit import store as audit
from core.config.load import Config
from core.text import length
from workflows.retention import groups_store


def forgotten(session: Session, config: Config, group_id: int | None) -> str:
    """That the alert of this number was deleted, and why; empty where there is one, or never was."""
    if group_id is None or store.get(session, group_id) or not _was(session, config, group_id):
        return ""
    keep = config.team.retention.alerts
    why = f"alerts are deleted {length(keep)} after they have ended" if keep else "it ended long ago"
    return f"Alert *{group_id}* was deleted: {why}."


def _was(session: Session, config: Config, group_id: int) -> bool:
    """The trail knows of every alert; where that goes as well, every number up to the newest was given once."""
    if audit.has(session, "alert_group", group_id):
        return True
    return config.team.retention.trail is not None and 0 < group_id < (groups_store.newest(session) or 0)
