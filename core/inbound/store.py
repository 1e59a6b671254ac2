"""Recording what came in, and finishing it in the transaction that carried it out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.inbound.tables import InboundRequest, InboundStatus


def record(session: Session, key: str, kind: str, body: dict[str, Any], now: datetime) -> int | None:
    """The id under which the request must be finished, or None when it was recorded before.

    One that failed may be asked for again under the same key: its sender was told that nothing happened.
    """
    known = session.scalars(
        select(InboundRequest).where(InboundRequest.key == key).with_for_update()
    ).one_or_none()
    if known is not None:
        return _again(known, body, now)
    request = InboundRequest(key=key, kind=kind, body=body, received_at=now)
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        return None  # the same delivery arrived twice at the same instant, and the other one was first
    return request.id


def _again(known: InboundRequest, body: dict[str, Any], now: datetime) -> int | None:
    if known.status != InboundStatus.FAILED:
        return None
    known.status, known.body, known.received_at = InboundStatus.RECEIVED, body, now
    known.finished_at = known.error = None
    return known.id


def take(session: Session, request_id: int) -> bool:
    """Hold the request for the rest of the transaction; False when it is finished and must not act again."""
    query = select(InboundRequest).where(InboundRequest.id == request_id).with_for_update()
    request = session.scalars(query.execution_options(populate_existing=True)).one()
    return request.status == InboundStatus.RECEIVED


def finish(session: Session, request_id: int, now: datetime) -> None:
    request = session.get_one(InboundRequest, request_id)
    request.status, request.finished_at = InboundStatus.DONE, now


def fail(session: Session, request_id: int, error: str, now: datetime) -> None:
    """Nothing was done and its sender was told so; one that took effect before it broke stays DONE."""
    request = session.get_one(InboundRequest, request_id)
    if request.status == InboundStatus.RECEIVED:
        request.status, request.finished_at, request.error = InboundStatus.FAILED, now, error


def reopen(session: Session, request_id: int, reason: str, now: datetime) -> None:
    """It was refused and its form is still open: the same form may be submitted again."""
    request = session.get_one(InboundRequest, request_id)
    request.status, request.finished_at, request.error = InboundStatus.FAILED, now, reason


def unfinished(session: Session) -> Sequence[InboundRequest]:
    """What was acknowledged and never finished, oldest first."""
    query = select(InboundRequest).where(InboundRequest.status == InboundStatus.RECEIVED)
    return session.scalars(query.order_by(InboundRequest.id)).all()


def forget(session: Session, before: datetime) -> None:
    """Remove finished requests that nobody will deliver again."""
    old = (InboundRequest.status != InboundStatus.RECEIVED) & (InboundRequest.received_at < before)
    session.execute(delete(InboundRequest).where(old))
