"""Whom, when and why, as people type it behind `/oncall away` and `/oncall override`."""

from dataclasses import dataclass

from bot.slack.request import Request
from core import spoken_span
from core.config.declared import Person
from core.config.named import find_person, find_rotation
from core.spoken_time import Stretch

LITTLE = frozenset(("i", "am", "i'm", "is", "me", "on", "because", "for", "ill", "sick", "myself", "out", "do"))
LITTLE |= {
    "work",
    "my",
    "shift",
    "shifts",
    "from",
    "with",
    "over",
    "the",
    "im",
    "i’m",
    "be",
    "will",
    "call",
    "not",
}
LITTLE |= {"available", "in", "at", "to", "off", "oncall", "on-call", "away", "have", "has", "a"}
LONGEST_NAME = 3


@dataclass(frozen=True)
class TypedSpan:
    """The name of somebody or something (empty where none was typed), the time, and the rest as the reason."""

    name: str = ""
    span: Stretch | None = None
    why: str = ""


def read(request: Request, text: str) -> TypedSpan:
    """`jonas tomorrow dentist`, `from monday to friday`, `Maya Chen`. Without a time all of it is a name."""
    team = request.deps.config.team
    zone = request.person.timezone if request.person else "UTC"
    words = text.split()
    for at in range(min(len(words), LONGEST_NAME + 1)):
        span = spoken_span.stretch(words[at:], request.now, zone)
        if span is None:
            continue
        name = " ".join(word for word in words[:at] if word.casefold() not in LITTLE)
        behind = words[at + span.words :]
        if not name and behind and (find_person(team, behind[0]) or find_rotation(team, behind[0])):
            name, behind = behind[0], behind[1:]
        return TypedSpan(name, span, _plain(behind))
    if find_person(team, text) or find_rotation(team, text):
        return TypedSpan(text.strip())
    name = " ".join(word for word in words if word.casefold() not in LITTLE)
    return TypedSpan(name, None, "" if name else text.strip())


def meant(request: Request, text: str) -> tuple[Person | None, Stretch | None]:
    """The person and the time of a text, wherever they stand in it: `leo's shift tomorrow`, `friday with amina`."""
    team, zone = request.deps.config.team, request.person.timezone if request.person else "UTC"
    words = [word.removesuffix("'s").removesuffix("’s").rstrip("'’") for word in text.rstrip("?!. ").split()]
    people = (find_person(team, " ".join(words[at : at + n])) for n in (2, 1) for at in range(len(words) - n + 1))
    spans = (spoken_span.stretch(words[at:], request.now, zone) for at in range(len(words)))
    return next(filter(None, people), None), next(filter(None, spans), None)


def _plain(words: list[str]) -> str:
    return " ".join(words[1:] if words and words[0].casefold() in LITTLE else words)
