"""Whether everything that `team.yaml` names is declared in it, with the place of each name that is not. Pure."""

from collections.abc import Iterable, Iterator

from core.config.declared import Declared
from core.config.escalation import EscalationPolicy
from core.config.places import Found, Location, repeated, unknown
from core.config.rotation import Rotation

Used = Iterator[tuple[Location, str, str]]
"""Where a name is used, what it should be among, and the name."""


def twice(team: Declared) -> Found:
    """What has an id, or a Slack id, that something before it has."""
    for section in (
        "people",
        "channels",
        "rotations",
        "escalation",
        "sources",
        "pagers",
        "holidays",
        "heartbeats",
    ):
        yield from repeated((each.id for each in getattr(team, section)), section, (section,), "id")
    yield from repeated((person.slack for person in team.people), "people", ("people",), "slack")


def former(team: Declared) -> Found:
    """What something `was` that is declared still, or that another was."""
    for section in ("people", "rotations", "escalation"):
        here = getattr(team, section)
        ids, taken = {each.id for each in here}, set[str]()
        for number, each in enumerate(here):
            for was in each.was:
                if was in ids:
                    yield (section, number, "was"), f"“{was}” is declared still; remove that, or this line"
                elif was in taken:
                    yield (
                        (section, number, "was"),
                        f"“{was}” is said twice; one thing alone was called that before",
                    )
                taken.add(was)


def missing(team: Declared) -> Found:
    """Every name of something that is not declared."""
    known = {
        "people": {each.id for each in team.people},
        "channels": {each.id for each in team.channels},
        "rotations": {each.id for each in team.rotations},
        "escalation policies": {each.id for each in team.escalation},
        "pagers": {each.id for each in team.pagers},
        "holidays": {each.id for each in team.holidays},
    }
    for at, what, name in _used(team):
        if name not in known[what]:
            yield at, unknown(name, known[what], what)


def _used(team: Declared) -> Used:
    for number, person in enumerate(team.people):
        here: Location = ("people", number)
        yield from _each((*here, "holidays"), "holidays", person.holidays)
        yield from _one((*here, "pager"), "pagers", person.pager)
    for number, rotation in enumerate(team.rotations):
        yield from _in_rotation(rotation, ("rotations", number))
    for number, policy in enumerate(team.escalation):
        yield from _in_policy(policy, ("escalation", number))
    alerts: Location = ("alerts",)
    yield from _one((*alerts, "channel"), "channels", team.alerts.channel)
    yield from _one((*alerts, "rotation"), "rotations", team.alerts.rotation)
    yield from _one((*alerts, "policy"), "escalation policies", team.alerts.policy)
    for number, beat in enumerate(team.heartbeats):
        yield from _one(("heartbeats", number, "rotation"), "rotations", beat.rotation)


def _in_rotation(rotation: Rotation, here: Location) -> Used:
    yield from _each((*here, "members"), "people", rotation.members)
    yield from _each((*here, "shadows"), "people", rotation.shadows)
    for number, layer in enumerate(rotation.layers):
        yield from _each((*here, "layers", number, "members"), "people", layer.members)
    for number, plan in enumerate(rotation.shadowing):
        yield from _one((*here, "shadowing", number, "mentor"), "people", plan.mentor)
    yield from _one((*here, "channel"), "channels", rotation.channel)


def _in_policy(policy: EscalationPolicy, here: Location) -> Used:
    for number, step in enumerate(policy.steps):
        for place, one in enumerate(step.notify):
            at = (*here, "steps", number, "notify", place)
            yield from _one((*at, "person"), "people", one.person)
            yield from _one((*at, "rotation"), "rotations", one.rotation)
            yield from _one((*at, "channel"), "channels", one.channel)
            yield from _one((*at, "webhook"), "pagers", one.webhook)
    for severity, other in policy.by_severity.items():
        yield (*here, "by_severity", str(severity)), "escalation policies", other


def _each(at: Location, what: str, names: Iterable[str]) -> Used:
    for number, name in enumerate(names):
        yield (*at, number), what, name


def _one(at: Location, what: str, name: str | None) -> Used:
    if name is not None:
        yield at, what, name
