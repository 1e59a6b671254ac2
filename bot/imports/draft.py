"""What an import makes: a team, and what of the other tool could not be carried over."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from core.config.team import Team


class SourceError(Exception):
    """A file that cannot be imported; the message says where, what is wrong, and what to do."""


@dataclass(frozen=True)
class Note:
    """Something that was not carried over, or means something else here: where it stands in the other tool's file, what
    it is, why, and what to do."""

    where: str
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.why}. {self.remedy[:1].upper()}{self.remedy[1:]}."


@dataclass
class Notes:
    """The notes of an import, in the order in which they were found."""

    found: list[Note] = field(default_factory=list)

    def add(self, where: str, what: str, why: str, remedy: str) -> None:
        note = Note(where, what, why, remedy)
        if note not in self.found:
            self.found.append(note)


@dataclass(frozen=True)
class Draft:
    """A team to be reviewed; `comments` stand beside what they are about, by `section.id` (`people.maya`)."""

    team: Team
    notes: tuple[Note, ...] = ()
    comments: Mapping[str, str] = field(default_factory=dict)


def team_of(values: Mapping[str, object], source: str) -> Team:
    """The values as a team; SourceError where our own rules refuse what the other tool allows."""
    try:
        return Team.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SourceError(
            f"{source}: what was read of it breaks a rule here, at {place}: "
            f"{first['msg'].removeprefix('Value error, ')}. Mend that in the source, or import without that part"
        ) from None
