"""How silences come to their end: people are told before, and some end with the alerts that they cover."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import past_store, silence_store, store
from core.alerts.matching import match_all
from core.alerts.silence_tables import Silence
from core.alerts.silencing import named
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import allow, quoted
from core.matchers import written
from core.outbox.store import Post, enqueue
from workflows.trail import record_silence

MOST_SHOWN = 200
"""Characters of matchers in a sentence."""


def warn_due(session: Session, config: Config, now: datetime) -> int:
    """Tell people of the silences that will end soon; how many there were."""
    due = silence_store.to_warn_of(session, now)
    for silence in due:
        silence.warn_at = None
        who = f"{{person:{named(silence.created_by)}}}"
        detail = (
            f"{who}, your silence of {quoted(written(silence.matchers)[:MOST_SHOWN])} ends at "
            f"{{at:{int(silence.ends_at.timestamp())}}}. Its reason was: {quoted(silence.comment[:MOST_SHOWN])}"
        )
        if not _kept_quiet(session, silence):
            detail += "\nSo far it has kept no alert quiet; do its matchers say what you meant?"
        entry = record_silence(session, silence, "silence.warn", GOLDILOCKS, allow("ends_soon", detail), now)
        channel, parent = _place(session, config, silence)
        enqueue(session, Post("silence", entry.id, f"silence:{entry.id}", channel, parent), now)
    return len(due)


def _kept_quiet(session: Session, silence: Silence) -> bool:
    """Whether anything ever was silent because of it."""
    return past_store.any_firing(session, silence.matchers) or audit.happened(
        session, "alert.silence", silence.created_at, "silence", silence.id
    )


def _place(session: Session, config: Config, silence: Silence) -> tuple[str, str | None]:
    """In the thread of the group that it is for, else to whoever made it, else where alerts of nobody go."""
    group = store.get(session, silence.group_id) if silence.group_id else None
    if group is not None and group.status != GroupStatus.RESOLVED and group.revision > 0:
        return group.channel, group.message
    if config.team.person(silence.created_by):
        return f"@{silence.created_by}", None
    return config.team.alerts.channel, None


def end_with_alerts(
    session: Session, silences: Sequence[Silence], resolved: Sequence[AlertGroup], now: datetime
) -> None:
    """End the silences that were to last until their alerts end, where these groups held the last of them.

    The pass over what is due then looks at the groups again, as with every silence that ends.
    """
    for silence in silences:
        if not silence.until_resolved or not any(_covers(session, silence, group) for group in resolved):
            continue
        if past_store.any_firing(session, silence.matchers):
            continue
        silence.ends_at, silence.ended_by, silence.warn_at = now, GOLDILOCKS, None
        decision = allow("ended_with_alerts", "The last alert that it covered has ended, and so has the silence.")
        record_silence(session, silence, "silence.end", GOLDILOCKS, decision, now)


def _covers(session: Session, silence: Silence, group: AlertGroup) -> bool:
    return any(match_all(silence.matchers, labels) for labels in past_store.labels_of(session, group.id))
