"""What stands in the way of a person, whatever they want: the first refusals of every rule about people. Pure."""

from core.config.declared import Person, Role
from core.decision import Decision, refuse

ANSWER = "answer alerts"


def stranger(wish: str) -> Decision:
    """They are nobody of the team, who `wish` to do something."""
    return refuse("unknown_person", f"You are not in this team's YAML, so you cannot {wish}.")


def without(role: Role, wish: str) -> Decision:
    return refuse("role_missing", f"Only people with the role “{role}” may {wish}.")


def barred(person: Person | None, wish: str = ANSWER, role: Role = Role.RESPONDER) -> Decision | None:
    """Whether they are in the team and have the role for what they `wish` to do."""
    if person is None:
        return stranger(wish)
    return None if role in person.roles else without(role, wish)
