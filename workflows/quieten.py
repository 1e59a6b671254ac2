"""Silences by their matchers: from the Alertmanager API, and by hand in Slack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from core.alerts import census_store, silence_store, store
from core.alerts.labels import RefusedError
from core.alerts.matching import check_matchers
from core.alerts.silence_tables import Silence, SilenceState
from core.alerts.silencing import may_change, may_silence_by_hand, named, warn_at
from core.alerts.tables import GroupStatus
from core.audit import store as audit
from core.audit.tables import AuditEntry
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision, allow, quoted, refuse
from core.matchers import written
from core.outbox.store import Post, enqueue, posted
from core.text import plural
from workflows.announce import announce
from workflows.settle import reconsider
from workflows.trail import record_silence

MOST_SHOWN = 200
"""Characters of matchers in a sentence."""


@dataclass(frozen=True)
class SilenceRequest:
    """What a silence should be; `replaces` is the id of one that it takes the place of, `group_id` the group that it
    is for. With `until_resolved` it ends with the last alert that it covers, at `ends_at` at the latest."""

    matchers: Sequence[dict[str, Any]]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    replaces: str | None = None
    group_id: int | None = None
    until_resolved: bool = False


def start_silence(
    session: Session, config: Config, request: SilenceRequest, actor: str, now: datetime
) -> Silence | None:
    """Make a silence and quieten what it covers; raises RefusedError.

    None when the one to be replaced does not exist. A silence that is replaced ends, and its successor has an id
    of its own, so that what was silenced when stays on record; a start in the past counts as now.
    """
    check(request, now)
    if request.replaces is not None and silence_store.lock(session, request.replaces) is None:
        return None
    silence = add(session, request, actor, now)
    if silence.applied == SilenceState.ACTIVE:
        loud = (GroupStatus.FIRING, GroupStatus.INHIBITED)
        reconsider(session, config, census_store.groups_with(session, silence, loud), now)
    if request.replaces is not None:
        # Only now, so that what both cover is not called for in between.
        end_silence(session, config, request.replaces, actor, now, successor=silence)
    return silence


def add(session: Session, request: SilenceRequest, actor: str, now: datetime) -> Silence:
    """Store a silence and say so in the trail; the groups are not looked at."""
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
        group_id=request.group_id,
        until_resolved=request.until_resolved,
        warn_at=warn_at(starts_at, request.ends_at),
    )
    session.add(silence)
    session.flush()
    record_silence(session, silence, "silence.start", actor, allow("silence_started"), now)
    return silence


def silence_by_hand(
    session: Session, config: Config, request: SilenceRequest, person: Person | None, actor: str, now: datetime
) -> Decision:
    """A person silences by matchers; the answer tells what is quiet now, or what is wrong with the request."""
    decision = may_silence_by_hand(person, request.ends_at - max(request.starts_at, now), request.comment)
    try:
        made = start_silence(session, config, request, actor, now) if decision.allowed else None
    except RefusedError as error:
        decision, made = refuse("matchers_invalid", quoted(str(error))), None
    if made is None:
        subject = ("silence", "new")
        audit.record(session, at=now, actor=actor, action="silence.start", subject=subject, decision=decision)
        return decision
    until, what = f"{{at:{_epoch(made)}}}", quoted(written(made.matchers)[:MOST_SHOWN])
    if made.applied == SilenceState.PENDING:
        begins = f"{{at:{int(made.starts_at.timestamp())}}}"
        return allow("silence_to_come", f"Not silenced yet: from {begins} until {until} {what} is kept quiet.")
    quiet = silence_store.count_groups(session, made.id)
    groups = f"{plural(quiet, 'group')} of alerts now, by" if quiet else "no alert that fires now has"
    return allow("silenced_by_matchers", f"Silenced until {until}: {groups} {what}.")


def end_silence(
    session: Session,
    config: Config,
    silence_id: str,
    actor: str,
    now: datetime,
    *,
    successor: Silence | None = None,
) -> Silence | None:
    """End a silence now; what it alone kept quiet and still fires calls again. None when there is no such silence.

    One that is over already is left as it is. `successor` is the one that takes its place.
    """
    silence = silence_store.lock(session, silence_id)
    if silence is None or silence.ends_at <= now:
        return silence
    silence.starts_at, silence.ends_at = min(silence.starts_at, now), now
    silence.ended_by, silence.applied, silence.warn_at = actor, SilenceState.EXPIRED, None
    session.flush()
    told = allow("silence_ended", _said(silence, f"{{person:{named(actor)}}} ended the silence"))
    if successor is not None:
        until = f" by one of {quoted(written(successor.matchers)[:MOST_SHOWN])}, until {{at:{_epoch(successor)}}}"
        told = allow("silence_replaced", _said(silence, f"{{person:{named(actor)}}} replaced the silence", until))
    _tell_maker(session, config, silence, record_silence(session, silence, "silence.end", actor, told, now), now)
    _renew_warning(session, silence_id, now)
    quiet = (GroupStatus.SILENCED,)
    reconsider(session, config, census_store.groups_with(session, silence, quiet), now)
    return silence


def end_by_hand(
    session: Session, config: Config, silence_id: str, person: Person | None, actor: str, now: datetime
) -> Decision:
    """A person ends a silence."""
    found = silence_store.lock(session, silence_id)
    decision = may_change(found, person, now)
    if not decision.allowed:
        _refused(session, silence_id, "silence.end", actor, decision, now)
        return decision
    begun = found is not None and found.starts_at <= now
    end_silence(session, config, silence_id, actor, now)
    if not begun:
        return allow("silence_ended", "Taken back, before it began.")
    return allow("silence_ended", "Ended: what it kept quiet and still fires calls again.")


def extend(
    session: Session,
    config: Config,
    silence_id: str,
    length: timedelta,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """A person lets a silence last longer, and hears again before its new end."""
    found = silence_store.lock(session, silence_id)
    decision = may_change(found, person, now)
    if found is not None and decision.allowed:
        decision = may_silence_by_hand(person, found.ends_at + length - max(found.starts_at, now), found.comment)
    if found is None or not decision.allowed:
        _refused(session, silence_id, "silence.extend", actor, decision, now)
        return decision
    found.ends_at += length
    found.warn_at = warn_at(max(found.starts_at, now), found.ends_at)
    until = f"{{at:{_epoch(found)}}}"
    said = _said(found, f"{{person:{named(actor)}}} extended the silence", f" until {until}")
    decision = allow("silence_extended", said)
    _tell_maker(
        session, config, found, record_silence(session, found, "silence.extend", actor, decision, now), now
    )
    _renew_warning(session, found.id, now)
    for group in store.lock_groups(session, silence_store.open_groups(session, found.id)):
        if group.revision > 0:
            announce(session, group, now)
    return decision


def _renew_warning(session: Session, silence_id: str, now: datetime) -> None:
    """The last word before its end, where one was said, says no more what has changed since."""
    for entry in audit.of(session, "silence", silence_id)[::-1]:
        if entry.action == "silence.warn" and (sent := posted(session, f"silence:{entry.id}")):
            enqueue(session, Post("silence", entry.id, sent.key, sent.channel, sent.parent), now)
            return


def _epoch(silence: Silence) -> int:
    return int(silence.ends_at.timestamp())


def _said(silence: Silence, what: str, until: str = "") -> str:
    """Something about a silence, with what it covers."""
    return f"{what} of {quoted(written(silence.matchers)[:MOST_SHOWN])}{until}."


def _tell_maker(session: Session, config: Config, silence: Silence, entry: AuditEntry, now: datetime) -> None:
    """Whoever made a silence hears what somebody else did with it."""
    maker = config.team.person(silence.created_by)
    if maker is not None and maker.id != entry.actor:
        enqueue(session, Post("note", entry.id, f"note:{entry.id}:@{maker.id}", f"@{maker.id}"), now)


def check(request: SilenceRequest, now: datetime) -> None:
    """Raises RefusedError for what nobody could mean."""
    check_matchers(request.matchers)
    if request.ends_at <= request.starts_at:
        raise RefusedError("start time must be before end time")
    if request.ends_at <= now:
        raise RefusedError("end time can't be in the past")
    if not request.created_by or not request.comment:
        raise RefusedError("a silence needs its creator and a comment, so that others know what it is for")


def _refused(
    session: Session, silence_id: str, action: str, actor: str, decision: Decision, now: datetime
) -> None:
    subject = ("silence", silence_id)
    audit.record(session, at=now, actor=actor, action=action, subject=subject, decision=decision)
