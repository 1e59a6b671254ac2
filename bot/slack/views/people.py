"""People in texts: ids of the team's YAML become mentions. Times in texts, too: everybody reads them in their zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.slack.escape import inline
from bot.slack.views.parts import when
from core.audit.tables import GOLDILOCKS
from core.config.team import Team

_TOKEN = re.compile(r"\{person:([^{}\s]{1,80})\}")
_TIME = re.compile(r"\{at:(\d{1,11})\}")
_STRANGER = re.compile(r"slack:([UW][A-Z0-9]{2,20})")


@dataclass(frozen=True)
class People:
    """Mentions of the people of a team."""

    team: Team

    def mention(self, person_id: str | None) -> str:
        """`<@U…>` for a person or `slack:U…`; the sender for `source:…`; the escaped name for anything else."""
        if person_id is None:
            return "nobody"
        if person_id == GOLDILOCKS:
            return "Goldilocks"
        if person := self.team.person(person_id):
            return f"<@{person.slack}>"
        if person_id.startswith("source:"):
            return f"its sender “{inline(person_id.removeprefix('source:'), 70)}”"
        stranger = _STRANGER.fullmatch(person_id)
        return f"<@{stranger[1]}>" if stranger else inline(person_id, 80)

    def mentions(self, ids: list[str]) -> str:
        """“A, B and C”."""
        return self._joined(ids, "and")

    def either(self, ids: list[str]) -> str:
        """“A, B or C”."""
        return self._joined(ids, "or")

    def _joined(self, ids: list[str], last: str) -> str:
        names = [self.mention(item) for item in ids]
        return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "nobody"

    def fill(self, escaped: str) -> str:
        """Text, already escaped, with every `{person:maya}` replaced by a mention, and `{at:EPOCH}` by a time."""
        return _TIME.sub(
            lambda found: when(_instant(found)), _TOKEN.sub(lambda found: self.mention(found[1]), escaped)
        )

    def named(self, text: str) -> str:
        """Text with plain names and times, for places that show no mentions."""
        named = _TOKEN.sub(lambda found: self.name(found[1]), text)
        return _TIME.sub(lambda found: f"{_instant(found):%a %-d %b %H:%M} UTC", named)

    def name(self, person_id: str | None) -> str:
        """A person's plain name, for fallback texts and confirm dialogs, where a mention would not show."""
        person = self.team.person(person_id) if person_id else None
        return inline(person.name, 80) if person else self.mention(person_id)


def _instant(found: re.Match[str]) -> datetime:
    return datetime.fromtimestamp(int(found[1]), UTC)
