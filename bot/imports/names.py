"""Ids made of names, each once, and placeholders for the ids of Slack that an import cannot know. Pure."""

import re
import unicodedata
from dataclasses import dataclass, field

from core.config.placeholders import placeholder

MOST = 63
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{7,}")


def slug(name: str, otherwise: str) -> str:
    """A name as an id: lower-case letters, digits and hyphens; `otherwise` where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MOST].rstrip("-") or otherwise


def said(name: str, otherwise: str, most: int = 80) -> str:
    """A name as people read it: on one line, not blank, and without the braces that the YAML fills in."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    return plain.replace("{", "(").replace("}", ")")[:most].strip() or otherwise


@dataclass
class Ids:
    """Gives each thing of the other tool an id of its own, and the same one whenever it is asked again."""

    otherwise: str
    known: dict[str, str] = field(default_factory=dict)

    def of(self, key: str, name: str) -> str:
        if key not in self.known:
            self.known[key] = self._free(slug(name, self.otherwise))
        return self.known[key]

    def new(self, name: str) -> str:
        """An id that nothing has yet."""
        return self.of(f"\0{len(self.known)}", name)

    def _free(self, wanted: str) -> str:
        taken, number, found = set(self.known.values()), 1, wanted
        while found in taken:
            number += 1
            found = f"{wanted[: MOST - len(str(number)) - 1]}-{number}"
        return found


@dataclass
class Channels:
    """The Slack channels that are named, in the order in which they were."""

    ids: Ids = field(default_factory=lambda: Ids("channel"))
    found: dict[str, dict[str, str]] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """The id of a channel that is called `#name`, or by its id in Slack."""
        bare = name.strip().removeprefix("#").strip()
        return self.by_id(bare, bare)

    def by_id(self, slack: str, name: str) -> str:
        """The id of a channel of which Slack's id is known, or what stood for it."""
        channel = self.ids.of(slack, name)
        if channel not in self.found:
            known = slack if CHANNEL_ID.fullmatch(slack) else placeholder("C", len(self.found) + 1)
            self.found[channel] = {"id": channel, "name": said(name, channel), "slack": known}
        return channel
