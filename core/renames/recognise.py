"""Whether something of the YAML is what it called otherwise before. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from core.config.escalation import EscalationPolicy
from core.config.rotation import Rotation
from core.config.team import Team
from core.db.naming import Kind


@dataclass(frozen=True)
class Called:
    """What has an id, how it is recognised under another one, and what the YAML says that it `was`."""

    kind: Kind
    id: str
    mark: str
    was: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rename:
    kind: Kind
    old: str
    new: str


def called(team: Team) -> list[Called]:
    """Everything that rows are kept under. A person is their Slack id, all else is what it says."""
    slack = {each.id: each.slack for each in team.people}
    return [
        *(Called(Kind.PERSON, each.id, each.slack, each.was) for each in team.people),
        *(Called(Kind.ROTATION, each.id, _content(each, slack), each.was) for each in team.rotations),
        *(Called(Kind.POLICY, each.id, _content(each, slack), each.was) for each in team.escalation),
    ]


def _content(declared: Rotation | EscalationPolicy, slack: Mapping[str, str]) -> str:
    """Equal for what says the same, also where people or it itself are called otherwise."""
    values = declared.model_dump(exclude={"id", "title", "was"})
    return sha256(json.dumps(_plain(values, slack), sort_keys=True, default=str).encode()).hexdigest()


def _plain(value: Any, slack: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {str(key): _plain(each, slack) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each, slack) for each in value]
        case frozenset():
            return sorted(str(each) for each in value)
        case str():
            return slack.get(value, value)
    return value


def renames(known: Sequence[Called], declared: Sequence[Called]) -> list[Rename]:
    """What has another id than it had, each old id once: by what it says that it was, else by how it is recognised."""
    found: dict[tuple[Kind, str], Rename] = {}
    for kind in Kind:
        before, now = ({each.id: each for each in some if each.kind is kind} for some in (known, declared))
        recognised = _by_slack_id(before, now) if kind is Kind.PERSON else _by_content(before, now)
        for each in (*_said(kind, before, now), *recognised):
            found.setdefault((kind, each.old), each)
    return list(found.values())


Ids = Mapping[str, Called]


def _said(kind: Kind, before: Ids, now: Ids) -> Iterator[Rename]:
    """What is said anew; and when a YAML from before comes back, which does not know that yet, the other way."""
    for each in now.values():
        known = before.get(each.id)
        yield from (Rename(kind, was, each.id) for was in each.was if known is None or was not in known.was)
    for gone in (before[name] for name in before.keys() - now.keys()):
        yield from (Rename(kind, gone.id, was) for was in gone.was if was in now and was not in before)


def _by_slack_id(before: Ids, now: Ids) -> Iterator[Rename]:
    owner = {each.mark: each.id for each in now.values()}
    for each in before.values():
        if owner.get(each.mark, each.id) != each.id:
            yield Rename(Kind.PERSON, each.id, owner[each.mark])


def _by_content(before: Ids, now: Ids) -> Iterator[Rename]:
    """One that is gone and one that is new, where no other is like them."""
    gone = [before[name] for name in sorted(before.keys() - now.keys())]
    new = [now[name] for name in sorted(now.keys() - before.keys())]
    for each in gone:
        alike = [[one for one in some if one.mark == each.mark] for some in (gone, new)]
        if [len(some) for some in alike] == [1, 1]:
            yield Rename(each.kind, each.id, alike[1][0].id)
