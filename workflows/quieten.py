"""Silences by their matchers, as the Alertmanager API makes and ends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from core.alerts import store
from core.alerts.labels import RefusedError
from core.alerts.matching import check_matchers
from core.alerts.tables import GroupStatus, Silence, SilenceState
from core.audit import store as audit
from core.config.load import Config
from core.decision import allow
from workflows.settle import reconsider


@dataclass(frozen=True)
class SilenceRequest:
    """What a silence should be; `replaces` is the id of one that it takes the place of."""

    matchers: Sequence[dict[str, Any]]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    replaces: str | None = None


def start_silence(
    session: Session, config: Config, request: SilenceRequest, actor: str, now: datetime
) -> Silence | None:
    """Make a silence and quieten what it covers; raises RefusedError.

    None when the one to be replaced does not exist. A silence that is replaced ends, and its successor has an id
    of its own, so that what was silenced when stays on record; a start in the past counts as now.
    """
    _check(request, now)
    if request.replaces is not None and store.silence(session, request.replaces) is None:
        return None
    starts_at = max(request.starts_at, now)
    silence = Silence(
        id=str(uuid4()),
        matchers=list(request.matchers),
        starts_at=starts_at,
        ends_at=request.ends_at,
        created_by=request.created_by,
        comment=request.comment,
        created_at=now,
        applied=SilenceState.ACTIVE if starts_at <= now else SilenceState.PENDING,
    )
    session.add(silence)
    session.flush()
    _record(session, silence, "silence.start", actor, now)
    if silence.applied == SilenceState.ACTIVE:
        reconsider(session, config, store.ids_of(session, GroupStatus.FIRING, GroupStatus.INHIBITED), now)
    if request.replaces is not None:
        # Only now, so that what both cover is not called for in between.
        end_silence(session, config, request.replaces, actor, now)
    return silence


def end_silence(session: Session, config: Config, silence_id: str, actor: str, now: datetime) -> Silence | None:
    """End a silence now; what it alone kept quiet and still fires calls again. None when there is no such silence.

    One that is over already is left as it is.
    """
    silence = store.silence(session, silence_id)
    if silence is None or silence.ends_at <= now:
        return silence
    silence.starts_at, silence.ends_at = min(silence.starts_at, now), now
    silence.ended_by, silence.applied = actor, SilenceState.EXPIRED
    session.flush()
    _record(session, silence, "silence.end", actor, now)
    reconsider(session, config, store.ids_of(session, GroupStatus.SILENCED), now)
    return silence


def _check(request: SilenceRequest, now: datetime) -> None:
    check_matchers(request.matchers)
    if request.ends_at <= request.starts_at:
        raise RefusedError("start time must be before end time")
    if request.ends_at <= now:
        raise RefusedError("end time can't be in the past")
    if not request.created_by or not request.comment:
        raise RefusedError("a silence needs its creator and a comment, so that others know what it is for")


def _record(session: Session, silence: Silence, action: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        at=now,
        actor=actor,
        action=action,
        subject=("silence", silence.id),
        decision=allow("silence_started" if action == "silence.start" else "silence_ended"),
        data={"created_by": silence.created_by, "comment": silence.comment, "matchers": silence.matchers},
    )
