"""What follows when another YAML comes into service while something is open: no alert waits for a person, a rotation
or a policy that is not declared any more."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import past_store, store, storm_store
from core.alerts.routing import place
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.config.team import Team
from core.decision import allow, quoted
from core.oncall import store as pages
from core.outbox import store as outbox
from core.runs import store as runs
from workflows import escalate
from workflows.announce import note
from workflows.call import reaches_anybody
from workflows.give_back import let_go
from workflows.rename import recognise

OPEN = tuple(status for status in GroupStatus if status is not GroupStatus.RESOLVED)


def follow(session: Session, config: Config, now: datetime) -> int:
    """Look after what is open, once for each YAML that comes into service; how many alert groups that moved.

    A thread stays where it is as long as Slack has its channel; what was not posted yet goes to today's.
    """
    if not runs.is_new_yaml(session, config.digest, now):
        return 0
    recognise(session, config.team, now)
    return sum(_follow(session, config, group_id, now) for group_id in store.ids_of(session, *OPEN))


def _follow(session: Session, config: Config, group_id: int, now: datetime) -> bool:
    known = store.get_one(session, group_id)
    undeclared, left = not _is_declared(known, config.team), _has_left(known.acknowledged_by, config.team)
    if not (undeclared or left or _nobody_called(session, config, group_id)):
        return False
    group = store.lock(session, group_id)
    if group is None or group.status == GroupStatus.RESOLVED:
        return False
    if undeclared:
        _place_anew(session, config, group, now)
    if _has_left(group.acknowledged_by, config.team):
        detail = (
            f"{{person:{group.acknowledged_by}}}, who held it, has left the team: nobody holds it now, and it calls "
            "again."
        )
        let_go(session, config, group, allow("holder_left", detail), GOLDILOCKS, now)
    else:
        _call_anew(session, config, group, now)
    return True


def _is_declared(group: AlertGroup, team: Team) -> bool:
    return _has_people(group, team) and team.channel(group.channel) is not None


def _has_people(group: AlertGroup, team: Team) -> bool:
    """Whether its rotation and its policy are declared."""
    rotations, policies = {each.id for each in team.rotations}, {each.id for each in team.escalation}
    return group.rotation in rotations and group.policy in policies


def _has_left(person: str | None, team: Team) -> bool:
    """Whether this was somebody of the team; senders hold what they acknowledged."""
    return person is not None and not person.startswith("source:") and team.person(person) is None


def _nobody_called(session: Session, config: Config, group_id: int) -> bool:
    """Whether whoever was called last has left, so that a page waits for nobody."""
    page = pages.page_of(session, group_id)
    return page is not None and page.status in pages.UNANSWERED and not reaches_anybody(session, page, config.team)


def _place_anew(session: Session, config: Config, group: AlertGroup, now: datetime) -> None:
    """The group belongs where such alerts go today, as far as its own place is not declared any more."""
    members = storm_store.open_members(session, group.id) if group.is_storm else []
    labels = past_store.labels_of(session, members[-1].id if members else group.id, 1)
    today, team = place(labels[0] if labels else {}, config), config.team
    if team.channel(group.channel) is None:
        group.channel, group.copies = today.people.channel, list(today.copies)
        outbox.move(session, group.message, group.channel)
    session.flush()
    if _has_people(group, team):
        return
    group.pipeline, group.route = today.people.pipeline, today.route
    group.rotation, group.policy = today.people.rotation, today.people.policy
    title = quoted(team.rotation_title(group.rotation))
    detail = f"The YAML has changed: from now on this is {title}'s, by the policy “{group.policy}”."
    note(session, group, GOLDILOCKS, "alert.place", allow("yaml_changed", detail), now, quiet=group.revision == 0)


def _call_anew(session: Session, config: Config, group: AlertGroup, now: datetime) -> None:
    """A page begins again where its rotation or policy is not its group's any more, or nobody of its step is left."""
    page = pages.lock_page_of(session, group.id)
    if page is None:
        return
    policy = config.team.policy_for(group.policy, group.severity).id
    elsewhere = (page.rotation, page.policy) != (group.rotation, policy)
    if page.status in pages.UNANSWERED and (elsewhere or _nobody_called(session, config, group.id)):
        escalate.begin_again(session, config, group, page, "yaml_changed", now)
    elif elsewhere:
        page.rotation, page.policy = group.rotation, policy
