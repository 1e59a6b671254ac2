"""Calendars behind secret addresses: made, looked up and revoked. Only a secret's hash is kept."""

from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision, allow, refuse
from core.oncall import notice_store, rota_store
from core.oncall.calendar import PAST, feed
from core.oncall.calendar_tables import CalendarFeed

BYTES = 24
"""Of randomness in a secret: not to be guessed."""


def share(
    session: Session, config: Config, rotation: str | None, person: Person | None, actor: str, now: datetime
) -> tuple[Decision, str]:
    """Make a calendar of oneself, or of a whole rotation; its secret is told this once.

    One that the same person made of the same thing before is revoked: a new address is what one asks for when the
    old one got about.
    """
    decision = _may_share(config, rotation, person)
    secret = ""
    if decision.allowed and person is not None:
        of = None if rotation else person.id
        for old in notice_store.feeds_by(session, person.id):
            if (old.person, old.rotation) == (of, rotation):
                old.revoked_at = now
        secret = token_urlsafe(BYTES)
        digest = sha256(secret.encode()).hexdigest()
        made = CalendarFeed(
            secret_sha256=digest, person=of, rotation=rotation, created_by=person.id, created_at=now
        )
        session.add(made)
    subject = ("rotation", rotation) if rotation else ("person", actor)
    audit.record(session, at=now, actor=actor, action="calendar.share", subject=subject, decision=decision)
    return decision, secret


def revoke(session: Session, person: Person | None, actor: str, now: datetime) -> Decision:
    """Revoke every calendar that somebody made."""
    feeds = notice_store.feeds_by(session, person.id) if person else []
    for each in feeds:
        each.revoked_at = now
    some = f"{len(feeds)} calendar{'s' if len(feeds) != 1 else ''}"
    decision = allow("revoked", f"{some} revoked: nobody sees anything there any more.")
    if not feeds:
        decision = refuse("no_calendar", "You have no calendar to revoke.")
    audit.record(
        session, at=now, actor=actor, action="calendar.revoke", subject=("person", actor), decision=decision
    )
    return decision


def read(session: Session, config: Config, secret: str, now: datetime) -> bytes | None:
    """The calendar behind a secret as it is now; None when there is none, or it is not allowed any more."""
    found = notice_store.feed_of(session, secret)
    if found is None or config.team.person(found.created_by) is None:
        return None
    shown = [each for each in config.team.rotations if found.rotation in (None, each.id)]
    rotas = [rota_store.rota(session, rotation, now - PAST) for rotation in shown]
    names = {person.id: person.name for person in config.team.people}
    last = {each.id: rota_store.last_word(session, each.id) for each in shown}
    return feed(rotas, names, now, found.person, {name: at for name, at in last.items() if at is not None})


def _may_share(config: Config, rotation: str | None, person: Person | None) -> Decision:
    if person is None:
        return refuse("not_in_team", "Only people of the team can have its calendar.")
    if rotation is not None and all(each.id != rotation for each in config.team.rotations):
        known = ", ".join(each.id for each in config.team.rotations)
        return refuse("no_such_rotation", f"There is no such rotation; there is {known}.")
    return allow("shared")
