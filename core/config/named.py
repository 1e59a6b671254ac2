"""Whom and what somebody means who types a name. Pure."""

from core.config.rotation import Rotation
from core.config.team import Person, Team
from core.nearest import nearest

FILLER = frozenset(
    (
        "is",
        "on",
        "call",
        "oncall",
        "on-call",
        "for",
        "in",
        "of",
        "the",
        "now",
        "right",
        "today",
        "currently",
        "duty",
        "am",
        "i",
        "my",
        "next",
        "turn",
        "shift",
        "shifts",
        "was",
        "will",
        "be",
        "been",
        "when",
        "who",
    )
)
"""What people write beside a name who ask in a sentence."""


def find_person(team: Team, typed: str) -> Person | None:
    """A person by id, name, first name where one alone has it, Slack id or mention (`@maya`, `<@U0MAYA>`)."""
    name = _bare(typed)
    exact = [
        each
        for each in team.people
        if name in (each.id.casefold(), each.name.casefold(), each.slack.casefold(), *each.was)
    ]
    first = [each for each in team.people if each.name.split()[0].casefold() == name]
    return exact[0] if exact else first[0] if len(first) == 1 else None


def find_rotation(team: Team, typed: str) -> Rotation | None:
    """A rotation by id or title."""
    name = _bare(typed)
    rotations = team.rotations
    return next(
        (each for each in rotations if name in (each.id.casefold(), each.title.casefold(), *each.was)), None
    )


def without_filler(typed: str) -> str:
    """A name without the words that a sentence has around it: `is on call for flights?` is `flights`."""
    return " ".join(word for word in typed.rstrip("?!. ").split() if word.casefold() not in FILLER)


def near_people(team: Team, typed: str) -> list[str]:
    """The ids of people whose id, name or first name is like what was typed, the likeliest first."""
    names = [(name, each.id) for each in team.people for name in (each.id, each.name, each.name.split()[0])]
    return _near(typed, names)


def near_rotations(team: Team, typed: str) -> list[str]:
    """The ids of rotations whose id or title is like what was typed, the likeliest first."""
    return _near(typed, [(name, each.id) for each in team.rotations for name in (each.id, each.title)])


def _near(typed: str, names: list[tuple[str, str]]) -> list[str]:
    found = nearest(_bare(typed), [name for name, _ in names])
    return list(dict.fromkeys(owner for near in found for name, owner in names if name == near))


def _bare(typed: str) -> str:
    """Without what makes it a mention."""
    inside = typed.strip().removeprefix("<").removesuffix(">").partition("|")[0]
    return inside.removeprefix("@").casefold()
