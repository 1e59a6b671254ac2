"""Recording what came in, owning it under a lease, and finishing it in the transaction that carried it out."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.inbound.tables import InboundRequest, InboundStatus

LEASE = timedelta(seconds=30)
"""How long a replica is believed to be at work on a request: far longer than any handler takes."""


def record(session: Session, key: str, kind: str, body: dict[str, Any], owner: str, now: datetime) -> int | None:
    """The id under which `owner` must finish the request, or None when it was recorded before.

    One that failed may be asked for again under the same key: its sender was told that nothing happened.
    """
    known = session.scalars(
        select(InboundRequest).where(InboundRequest.key == key).with_for_update()
    ).one_or_none()
    if known is not None:
        return _again(known, body, owner, now)
    request = InboundRequest(key=key, kind=kind, body=body, owner=owner, leased_until=now + LEASE, received_at=now)
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        return None  # the same delivery arrived twice at the same instant, and the other one was first
    return request.id


def _again(known: InboundRequest, body: dict[str, Any], owner: str, now: datetime) -> int | None:
    if known.status != InboundStatus.FAILED:
        return None
    known.status, known.body, known.received_at = InboundStatus.RECEIVED, body, now
    known.owner, known.leased_until = owner, now + LEASE
    known.finished_at = known.error = None
    return known.id


def take(session: Session, request_id: int, owner: str) -> bool:
    """Hold the request for the rest of the transaction; False when it is finished, or another replica's by now, and
    must not act again."""
    query = select(InboundRequest).where(InboundRequest.id == request_id).with_for_update()
    request = session.scalars(query.execution_options(populate_existing=True)).one()
    return request.status == InboundStatus.RECEIVED and request.owner == owner


def renew(session: Session, request_id: int, owner: str, until: datetime) -> bool:
    """Keep the request until then; False when it is finished or not `owner`'s any more."""
    if not take(session, request_id, owner):
        return False
    session.get_one(InboundRequest, request_id).leased_until = until
    return True


def finish(session: Session, request_id: int, now: datetime) -> None:
    request = session.get_one(InboundRequest, request_id)
    request.status, request.finished_at = InboundStatus.DONE, now


def fail(session: Session, request_id: int, owner: str, error: str, now: datetime) -> None:
    """Nothing was done and its sender was told so; one that took effect before it broke stays DONE."""
    if take(session, request_id, owner):
        request = session.get_one(InboundRequest, request_id)
        request.status, request.finished_at, request.error = InboundStatus.FAILED, now, error


def reopen(session: Session, request_id: int, reason: str, now: datetime) -> None:
    """It was refused and its form is still open: the same form may be submitted again."""
    request = session.get_one(InboundRequest, request_id)
    request.status, request.finished_at, request.error = InboundStatus.FAILED, now, reason


def claim_own(
    session: Session, owner: str, after: int, busy: Collection[int], now: datetime
) -> InboundRequest | None:
    """The oldest request beyond the id `after` that an earlier process of this name left unfinished."""
    return _claim(session, InboundRequest.owner == owner, owner, after, busy, now)


def claim_abandoned(
    session: Session, owner: str, after: int, busy: Collection[int], now: datetime
) -> InboundRequest | None:
    """The oldest request beyond the id `after` whose lease has run out; now `owner` has it.

    `busy` are those that this very process is still at work on. Of two that look at the same instant each gets another.
    """
    return _claim(session, InboundRequest.leased_until <= now, owner, after, busy, now)


def _claim(
    session: Session, which: ColumnElement[bool], owner: str, after: int, busy: Collection[int], now: datetime
) -> InboundRequest | None:
    query = select(InboundRequest).where(InboundRequest.status == InboundStatus.RECEIVED, which)
    query = query.where(InboundRequest.id > after, InboundRequest.id.not_in(busy)).order_by(InboundRequest.id)
    found = session.scalars(query.limit(1).with_for_update(skip_locked=True)).one_or_none()
    if found is not None:
        found.owner, found.leased_until = owner, now + LEASE
    return found


def any_abandoned(session: Session, now: datetime) -> bool:
    """Whether some request's lease has run out: a reading look, so that looking often costs no write."""
    query = select(InboundRequest.id).where(InboundRequest.status == InboundStatus.RECEIVED)
    return session.scalar(query.where(InboundRequest.leased_until <= now).limit(1)) is not None


def forget(session: Session, before: datetime) -> None:
    """Remove finished requests that nobody will deliver again."""
    old = (InboundRequest.status != InboundStatus.RECEIVED) & (InboundRequest.received_at < before)
    session.execute(delete(InboundRequest).where(old))
