"""What may be done with an alert group, and what becomes of it: pure rules with named reasons."""

from datetime import datetime, timedelta
from typing import NamedTuple

from core.alerts.inhibition import Source
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.declared import Person
from core.config.rights import ANSWER, barred, stranger
from core.decision import Decision, allow, quoted, refuse

MAX_SILENCE = timedelta(days=30)


class Census(NamedTuple):
    """How many alerts of a group fire, how many of them are silenced, by which silence the longest, and how many are
    explained by something else that fires (`source`)."""

    firing: int = 0
    silenced: int = 0
    silence_id: str | None = None
    inhibited: int = 0
    source: Source | None = None


class Change(NamedTuple):
    """The status that a group takes, and why."""

    status: GroupStatus
    reason: str
    detail: str = ""


def next_status(current: GroupStatus, census: Census) -> Change:
    """What the alerts make of their group. Whoever acknowledged it keeps it until the last alert has ended."""
    if census.firing == 0:
        return Change(GroupStatus.RESOLVED, "all_ended", "Resolved: every alert has ended.")
    if current == GroupStatus.ACKNOWLEDGED:
        return Change(GroupStatus.ACKNOWLEDGED, "still_held")
    if census.silenced == census.firing:
        return Change(GroupStatus.SILENCED, "all_silenced", "Every firing alert is silenced.")
    if census.source is not None and census.silenced + census.inhibited == census.firing:
        return Change(GroupStatus.INHIBITED, "all_inhibited", _explained(census.source))
    if current == GroupStatus.SILENCED:
        return Change(GroupStatus.FIRING, "no_longer_silenced", "Firing, and no longer silenced.")
    if current == GroupStatus.INHIBITED:
        return Change(GroupStatus.FIRING, "no_longer_inhibited", "Firing, and nothing else explains it any more.")
    return Change(GroupStatus.FIRING, "needs_somebody")


def _explained(source: Source) -> str:
    return f"Quiet while “{quoted(source.name)}” (alert {source.group_id}) fires, which explains it."


def may_acknowledge(group: AlertGroup | None, person: Person | None) -> Decision:
    """A responder may take a group that nobody holds."""
    if group is None or person is None:
        return _nobody_or_nothing(person)
    return (
        _barred(group, person)
        or _held(group, person)
        or allow("acknowledged", f"{_who(person)} acknowledged this.")
    )


def source_may_acknowledge(group: AlertGroup | None, source: str) -> Decision:
    """A sender may say that somebody on its side has taken what fires; a person who holds it goes on holding it."""
    if group is None or group.status == GroupStatus.RESOLVED:
        return refuse("no_such_group", "This is over, or was never heard of.")
    if group.status == GroupStatus.ACKNOWLEDGED:
        return refuse("already_acknowledged", "Somebody has acknowledged this already.")
    return allow("acknowledged_by_sender", f"Acknowledged by its sender, “{source}”.")


def may_give_back(group: AlertGroup | None, person: Person | None) -> Decision:
    """A responder may have what somebody holds call again, whoever that is: they may have fallen asleep over it."""
    if group is None or person is None:
        return _nobody_or_nothing(person)
    if refused := _barred(group, person):
        return refused
    if group.status != GroupStatus.ACKNOWLEDGED:
        return refuse("nobody_holds_it", "Nobody holds this, so it cannot be given back.")
    holder = group.acknowledged_by
    of_holder = " for its sender" if held_by_sender(group) else f" for {{person:{holder}}}"
    whose = "" if holder == person.id else of_holder
    return allow("given_back", f"{_who(person)} gave this back{whose}: nobody holds it now.")


def may_resolve(group: AlertGroup | None, person: Person | None) -> Decision:
    """A responder may end a group, whoever holds it."""
    if group is None or person is None:
        return _nobody_or_nothing(person)
    return _barred(group, person) or _whole_storm(group) or allow("resolved", f"{_who(person)} resolved this.")


def may_silence(group: AlertGroup | None, person: Person | None, length: timedelta, now: datetime) -> Decision:
    """A responder may silence a group that is not silenced, for up to 30 days."""
    if group is None or person is None:
        return _nobody_or_nothing(person)
    if refused := _barred(group, person) or _whole_storm(group):
        return refused
    if group.status == GroupStatus.SILENCED:
        return refuse("already_silenced", "This is silenced already.")
    if not timedelta(0) < length <= MAX_SILENCE:
        return refuse("length_invalid", f"A silence may last up to {MAX_SILENCE.days} days.")
    return allow("silenced", f"{_who(person)} silenced this until {{at:{int((now + length).timestamp())}}}.")


def _nobody_or_nothing(person: Person | None) -> Decision:
    if person is None:
        return stranger(ANSWER)
    return refuse("no_such_group", "There is no such alert.")


def _barred(group: AlertGroup, person: Person) -> Decision | None:
    """What stands in the way of this person, whatever they want with the group."""
    if refused := barred(person):
        return refused
    if group.status == GroupStatus.RESOLVED:
        by = f" by {{person:{group.resolved_by}}}" if group.resolved_by else ": every alert had ended"
        return refuse("already_resolved", f"This was already resolved{by}.")
    return None


def _whole_storm(group: AlertGroup) -> Decision | None:
    if not group.is_storm:
        return None
    return refuse(
        "storm_ends_itself", "A storm is over when its alerts are; end or silence some of them from the list."
    )


def _held(group: AlertGroup, person: Person) -> Decision | None:
    if group.status != GroupStatus.ACKNOWLEDGED or held_by_sender(group):
        return None
    if group.acknowledged_by == person.id:
        return refuse("already_acknowledged", "You have acknowledged this already; it is yours.")
    holder = f"{{person:{group.acknowledged_by}}}"
    return refuse("already_acknowledged", f"{holder} has acknowledged this already and holds it.")


def held_by_sender(group: AlertGroup) -> bool:
    """Whether only a sender's word stands for somebody: a person may still take it."""
    holder = group.acknowledged_by
    return group.status == GroupStatus.ACKNOWLEDGED and holder is not None and holder.startswith("source:")


def _who(person: Person) -> str:
    """A person as the Slack side turns it into a mention."""
    return f"{{person:{person.id}}}"
