"""Messages about an alert group, and what a sender takes of them."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.outbox import claim_store
from core.outbox.pace import Pace
from core.outbox.store import Post
from core.outbox.tables import OutboxRow


def group(number: int, **changes: object) -> Post:
    values = {"kind": "alert_group", "subject": number, "key": f"alert-group:{number}", "channel": "flights"}
    return Post(**(values | changes))  # type: ignore[arg-type]


def reply(number: int, parent: int, **changes: object) -> Post:
    values = {"kind": "note", "subject": number, "key": f"note:{number}", "channel": "flights"}
    return Post(**(values | {"parent": f"alert-group:{parent}"} | changes))  # type: ignore[arg-type]


def claim(session: Session, sender: str, now: datetime, pace: Pace | None = None) -> list[OutboxRow]:
    claims = claim_store.claim(session, sender, now, pace or Pace(timedelta(0)))
    return [claim.row for claim in claims]
