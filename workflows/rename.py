"""People, rotations and policies that the YAML calls otherwise than before keep what is theirs."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.team import Team
from core.db.naming import Kind
from core.decision import allow, quoted
from core.renames import store
from core.renames.recognise import Rename, called, renames

WHAT = {Kind.PERSON: "the person", Kind.ROTATION: "the rotation", Kind.POLICY: "the policy"}


def recognise(session: Session, team: Team, now: datetime) -> list[Rename]:
    """Once for each YAML that comes into service, before anything else is made of it; what was renamed."""
    declared = called(team)
    done = store.rename(session, renames(store.known(session), declared))
    for each in done:
        _record(session, each, now)
    store.remember(session, declared)
    return done


def _record(session: Session, each: Rename, now: datetime) -> None:
    who = f"{WHAT[each.kind]} “{quoted(each.old)}” “{quoted(each.new)}”"
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action=f"{each.kind}.rename",
        subject=(each.kind, each.new),
        decision=allow("renamed", f"The YAML calls {who} now: what was theirs stays theirs."),
    )
