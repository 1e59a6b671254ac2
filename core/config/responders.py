"""Whether whoever an escalation policy calls may answer, with the place of each who may not. Pure."""

from collections.abc import Iterable, Iterator

from core.config.declared import Declared
from core.config.escalation import EscalationPolicy, Notify, Target
from core.config.places import Found
from core.config.rotation import Rotation


def missing(team: Declared) -> Found:
    """People whom a policy names, and rotations that it calls, who may not answer."""
    calling: dict[str, str] = {}
    for number, policy in enumerate(team.escalation):
        for step, place, one in _notified(policy):
            for rotation in _rotations(team, one):
                calling.setdefault(rotation.id, policy.id)
            if one.person is not None and not _may_answer(team, [one.person]):
                at = ("escalation", number, "steps", step, "notify", place, "person")
                yield (
                    at,
                    f"escalation policy {policy.id} calls “{one.person}”, who has not the role responder and may not "
                    "answer",
                )
    for number, rotation in enumerate(team.rotations):
        if rotation.id in calling:
            yield from _in_rotation(team, number, rotation, calling[rotation.id])


def _notified(policy: EscalationPolicy) -> Iterator[tuple[int, int, Notify]]:
    for number, step in enumerate(policy.steps):
        for place, one in enumerate(step.notify):
            yield number, place, one


def _rotations(team: Declared, one: Notify) -> list[Rotation]:
    """Whom it may call: a role is called in whichever rotation the alert has."""
    if one.rotation is not None:
        return [team.rotation(one.rotation)]
    return team.rotations if one.who not in (None, Target.SHADOW) else []


def _in_rotation(team: Declared, number: int, rotation: Rotation, policy: str) -> Found:
    learning = {each.person for each in rotation.shadowing}
    if not _may_answer(team, (member for member in rotation.members if member not in learning)):
        yield (
            ("rotations", number, "members"),
            f"escalation policy {policy} reaches nobody in rotation {rotation.id}: none of its members has the role "
            "responder",
        )
    for place, each in enumerate(rotation.shadowing):
        if not _may_answer(team, [each.person]) or (each.mentor and not _may_answer(team, [each.mentor])):
            yield (
                ("rotations", number, "shadowing", place),
                f"rotation {rotation.id}, shadowing: “{each.person}” and their mentor need the role responder",
            )


def _may_answer(team: Declared, people: Iterable[str]) -> bool:
    found = (team.person(person) for person in people)
    return any(person is not None and person.responds for person in found)
