"""What is wrong with a rota, before a night shows it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.config.declared import Role
from core.config.team import Team
from core.oncall.duty import joined
from core.oncall.notices import Stint, stints
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole

AHEAD = timedelta(weeks=4)
"""How far ahead is looked."""

SPARE = timedelta(hours=2)
"""Two shifts in a row may be this much shorter than two: clocks change."""


class Fault(StrEnum):
    """Nobody on call though somebody should be; nobody by the declared hours; one person for everything; nobody to call
    second; two shifts in a row; may not answer; no such member of the Slack workspace."""

    GAP = "gap"
    HOURS = "hours"
    ALONE = "alone"
    NO_BACKUP = "no_backup"
    IN_A_ROW = "in_a_row"
    MAY_NOT_ANSWER = "may_not_answer"
    NOT_IN_SLACK = "not_in_slack"


@dataclass(frozen=True)
class Finding:
    """One fault of a rotation: who it is about, and when, where it has a time; `times` is how often it comes."""

    rotation: str
    fault: Fault
    person: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    times: int = 1


def findings(rota: Rota, team: Team, now: datetime) -> list[Finding]:
    """The faults of a rota for four weeks from `now`, by fault and then by time."""
    learning = rota.at(now).learning
    people = [each for each in rota.rotation.everybody if each not in learning]
    found = [*_gaps(rota, now)]
    if len(people) == 1:
        found.append(Finding(rota.rotation.id, Fault.ALONE, people[0]))
    else:
        found += [*_without_backup(rota, now), *_in_a_row(rota, now)]
    return [*found, *_may_not_answer(rota, team)]


def unknown_to_slack(rota: Rota, missing: set[str]) -> list[Finding]:
    """The rotation's people, shadows too, who are among those that the workspace does not know (`missing`, by id)."""
    people = dict.fromkeys([*rota.rotation.everybody, *rota.rotation.shadows])
    return [Finding(rota.rotation.id, Fault.NOT_IN_SLACK, each) for each in people if each in missing]


def _gaps(rota: Rota, now: datetime) -> Iterator[Finding]:
    """Each gap that people leave; those of the declared hours are one, with the first of them."""
    gaps = joined(rota.gaps(now, now + AHEAD))
    for gap in gaps:
        if gap.layer is not None:
            yield Finding(gap.rotation, Fault.GAP, None, gap.start, gap.end)
    if closed := [gap for gap in gaps if gap.layer is None]:
        first = closed[0]
        yield Finding(first.rotation, Fault.HOURS, None, first.start, first.end, len(closed))


def _without_backup(rota: Rota, now: datetime) -> Iterator[Finding]:
    """Stretches in which whoever is on call has nobody behind them, because the others are away."""
    running: Finding | None = None
    for duty in rota.between(now, now + AHEAD):
        lonely = duty.primary is not None and duty.backup is None
        if lonely and running and running.end == duty.start and running.person == duty.primary:
            running = Finding(running.rotation, running.fault, running.person, running.start, duty.end)
            continue
        if running:
            yield running
        running = Finding(duty.rotation, Fault.NO_BACKUP, duty.primary, duty.start, duty.end) if lonely else None
    if running:
        yield running


def _in_a_row(rota: Rota, now: datetime) -> Iterator[Finding]:
    """Stints as long as two shifts of the longest turns, counted from when they began."""
    shift = max(layer.every for _, layer in rota.rotation.stack)
    for stint in stints(rota.between(now, now + max(AHEAD, 3 * shift)), DutyRole.PRIMARY):
        if stint.person and stint.end - stint.start >= 2 * shift - SPARE:
            yield _about(rota, Fault.IN_A_ROW, stint)


def _may_not_answer(rota: Rota, team: Team) -> Iterator[Finding]:
    for member in rota.rotation.everybody:
        person = team.person(member)
        if person is None or Role.RESPONDER not in person.roles:
            yield Finding(rota.rotation.id, Fault.MAY_NOT_ANSWER, member)


def _about(rota: Rota, fault: Fault, stint: Stint) -> Finding:
    return Finding(rota.rotation.id, fault, stint.person, stint.start, stint.end)


def sentence(finding: Finding) -> str:
    """The finding as part of a text with `{person:…}` and `{at:…}`; what to do about it is in it."""
    who = f"{{person:{finding.person}}}"
    when = f"from {_at(finding.start)} to {_at(finding.end)}" if finding.start and finding.end else ""
    return {
        Fault.GAP: f"nobody is on call {when}: everybody is away, so somebody has to take it",
        Fault.HOURS: f"its hours leave nobody on call, {_times(finding.times)} in four weeks, the first {when}: a page "
        "then calls everybody in it at once; if that is not meant, extend them",
        Fault.ALONE: f"{who} is alone in it: nobody is called when they do not answer",
        Fault.NO_BACKUP: f"{who} has nobody behind them {when}, because the others are away",
        Fault.IN_A_ROW: f"{who} has two shifts in a row, {when}",
        Fault.MAY_NOT_ANSWER: f"{who} is no responder, so they could not acknowledge what they are called for",
        Fault.NOT_IN_SLACK: f"{who} is not in this Slack workspace, or was deactivated: no message reaches them",
    }[finding.fault]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _at(instant: datetime | None) -> str:
    return f"{{at:{int(instant.timestamp())}}}" if instant else ""
