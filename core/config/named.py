"""Whom and what somebody means who types a name. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence

from core.config.declared import Person
from core.config.pipeline import Pipeline
from core.config.rotation import Rotation
from core.config.team import Team
from core.nearest import nearest

FILLER = frozenset(
    (
        *("is", "on", "call", "oncall", "on-call", "for", "in", "of", "the", "now", "right", "today", "currently"),
        *("duty", "am", "i", "my", "next", "turn", "shift", "shifts", "was", "will", "be", "been", "when", "who"),
        *("primary", "secondary", "shadow", "it", "me", "do", "does", "did", "start", "starts", "end", "ends"),
        *("after", "until", "long", "a", "how", "rotation", "we", "have", "has", "please", "and"),
    )
)
"""What people write beside a name who ask in a sentence."""


ABOUT_MODELS = FILLER | frozenset(
    (
        *(
            "a",
            "an",
            "and",
            "it",
            "its",
            "to",
            "with",
            "about",
            "please",
            "again",
            "all",
            "everything",
            "me",
            "we",
        ),
        *(
            "are",
            "does",
            "did",
            "do",
            "doing",
            "has",
            "have",
            "were",
            "so",
            "how",
            "what",
            "which",
            "why",
            "where",
        ),
        *(
            "model",
            "models",
            "pipeline",
            "pipelines",
            "version",
            "versions",
            "late",
            "live",
            "week",
            "last",
            "back",
        ),
        *("yesterday", "tomorrow", "tonight", "owns", "owner", "latest", "new", "newest", "previous", "budget"),
    )
)
"""What people write beside a pipeline's name."""

_VERSION = re.compile(r"v\d+")


def find_pipelines(known: Mapping[str, Pipeline], typed: str) -> list[Pipeline] | None:
    """The pipelines that a text names by id or title, also among other words; all of them where it names none at all,
    and None where it holds a name that nobody knows."""
    low = [word.casefold().strip("?!.,") for word in typed.split()]
    named = [each for each in known.values() if _holds(low, each.pipeline) or _holds(low, each.title)]
    if named:
        return named
    left = names_in(typed)
    return list(known.values()) if len(left) != 1 and not near_pipelines(known, left) else None


def names_in(typed: str) -> list[str]:
    """The words that may name a pipeline: without those of a sentence, and versions."""
    words = [word.strip("?!.,") for word in typed.split()]
    return [w for w in words if w and w.casefold() not in ABOUT_MODELS and not _VERSION.fullmatch(w.casefold())]


def near_pipelines(known: Collection[str], words: Sequence[str]) -> list[str]:
    """The ids that a word is like, or that all of them together are."""
    found = [near for word in (" ".join(words), *words) for near in nearest(word, known)]
    return list(dict.fromkeys(found))


def version_in(typed: str) -> int | None:
    """The version that a text names as `v7`."""
    words = (word.casefold().strip("?!.,") for word in typed.split())
    return next((int(word[1:]) for word in words if _VERSION.fullmatch(word) and len(word) < 10), None)


def _holds(words: Sequence[str], name: str) -> bool:
    wanted = name.casefold().split()
    return any(list(words[at : at + len(wanted)]) == wanted for at in range(len(words) - len(wanted) + 1))


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
