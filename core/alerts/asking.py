"""What people ask a list of alerts for: words behind `/alerts list`. Pure rules."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core import spoken_span
from core.alerts.severity import Severity
from core.alerts.tables import GroupStatus
from core.config.fields import parse_duration
from core.config.named import find_person, near_people
from core.config.team import Team
from core.decision import quoted
from core.matchers import ROUND, Matcher, MatcherError, split
from core.matchers import parse as parse_matcher
from core.nearest import nearest
from core.spoken_time import MORNING

MOST = 1_000_000_000
SAID: dict[str, tuple[str, ...]] = {name: (name,) for name in ("pipeline", "severity", "older", "newer")}
SAID |= {"last": ("newer",), "since": ("newer",), "past": ("newer",), "for": ("older",)}
"""Words whose next word is a value."""

LATELY = frozenset(("since", "last", "past", "yesterday", "this"))
"""With these a time of the past begins, in words."""

ALONE = {"today": "newer=1d", "my": "mine", "me": "mine", "acked": "acknowledged", "closed": "resolved"}
ALONE |= {"unacked": "firing", "unacknowledged": "firing", "unanswered": "firing", "fixed": "resolved"}
LITTLE = frozenset(
    ("open", "the", "of", "in", "for", "with", "alerts", "alert", "and", "only", "-", "from", "about")
)
LITTLE |= {
    "is",
    "are",
    "going",
    "on",
    "wrong",
    "up",
    "there",
    "any",
    "anything",
    "everything",
    "current",
    "show",
    "by",
}
_CAMEL = re.compile(r"[a-z][A-Z]")
"""As alerts are mostly named."""

HELD = frozenset(("held", "acked", "acknowledged", "taken", "owned", "claimed", "assigned"))
"""With `by` or `to` behind one of these somebody's alerts are asked for."""

_LABEL = re.compile(r"[A-Za-z_][\w.]*(=~|!~|!=|=)\S.*", re.DOTALL)

NAMES = ("pipeline", "severity", "older", "newer", "storm", "page", "holder")
HELP = (
    "firing, acknowledged, silenced, inhibited, resolved, all, mine, held by NAME, pipeline=ID, severity=NAME, "
    "older=2h, newer=1d, any label=value"
)


@dataclass(frozen=True)
class Asked:
    """Which groups are wanted: of any of these states (open ones, if none is named), and of everything else that is
    not None: `holder` is who has acknowledged them, all of `labels` hold for one of their alerts. Every word of `named`
    is in their title. `page` counts from 1."""

    statuses: tuple[GroupStatus, ...] = ()
    everything: bool = False
    mine: bool = False
    pipeline: str | None = None
    severity: Severity | None = None
    older: timedelta | None = None
    newer: timedelta | None = None
    storm: int | None = None
    holder: str | None = None
    labels: tuple[Matcher, ...] = ()
    named: tuple[str, ...] = ()
    page: int = 1


class AskedError(ValueError):
    """Words that nobody understands; the message says which, and what there is. `meant` are the whole texts that were
    probably meant, if any."""

    def __init__(self, message: str, meant: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.meant = meant


def parse(
    text: str,
    pipelines: Collection[str] = (),
    now: datetime | None = None,
    zone: str = "UTC",
    team: Team | None = None,
) -> Asked:
    """The words in any order; raises AskedError. A word alone may be a severity, or one of `pipelines`; one that is
    nothing else, and like nothing else, is looked for in titles. With `now`, times of the past may be in words: `since
    monday`, `last night`; with `team`, people may be named: `held by jonas`."""
    wanted: dict[str, object] = {}
    statuses: list[GroupStatus] = []
    named: list[str] = []
    labels: list[Matcher] = []
    for word in _whole(_words(text), pipelines, now, zone, team):
        name, sign, value = word.lower().partition("=")
        if name in set(GroupStatus):
            statuses.append(GroupStatus(name))
        elif name in ("all", "mine"):
            wanted["everything" if name == "all" else "mine"] = True
        elif name not in NAMES and _LABEL.fullmatch(word) and not _slips(name, value, pipelines):
            labels.append(_label(word))
        elif not sign and not _near(name, ""):
            named.append(word)
        elif name == "severity" and name in wanted:
            both = [f"severity={each}" for each in (wanted[name], value)]
            raise AskedError("One severity at a time.", both)
        else:
            wanted[name] = _value(name, value, word, text)
    found = {"statuses": tuple(statuses), "named": tuple(named), "labels": tuple(labels)}
    return Asked(**found, **wanted)  # type: ignore[arg-type]


def _words(text: str) -> list[str]:
    """The words; a value in quotes is part of its word."""
    plain = text.translate(ROUND)
    return split(plain) if '"' in plain else plain.split()


def _label(word: str) -> Matcher:
    try:
        found = parse_matcher(word)
        found.holds({})  # so that a pattern is one
        return found
    except MatcherError as error:
        raise AskedError(quoted(str(error))) from None


def _slips(name: str, value: str, pipelines: Collection[str]) -> bool:
    """Whether `name=value` is a slip of what a list is asked for by, rather than a label: its value would fit there."""
    near = nearest(name, NAMES)
    spans = value[:1].isdecimal() and bool({"older", "newer", "page", "storm"} & set(near))
    return spans or ("pipeline" in near and value in pipelines) or ("severity" in near and value in set(Severity))


def fits(text: str, pipelines: Collection[str] = ()) -> bool:
    """Whether this asks for alerts, though nobody wrote `list` before it: `mine`, `critical`, `HighLatency`."""
    word = text.split()[0] if text.split() else ""
    known = {*GroupStatus, *Severity, "all", "mine", "my", *NAMES, *ALONE, *LATELY, *HELD, *pipelines}
    low = word.lower().partition("=")[0]
    is_known = low in known or low.removesuffix("s") in set(Severity)
    return is_known or _CAMEL.search(word) is not None or _LABEL.fullmatch(text.strip()) is not None


def is_name(text: str) -> bool:
    """Whether this is written as the name of an alert mostly is, in one word: `HighLatency`."""
    return " " not in text and _CAMEL.search(text) is not None


def _whole(
    words: Sequence[str], pipelines: Collection[str], now: datetime | None, zone: str, team: Team | None
) -> Iterator[str]:
    """The words as this reads them: `pipeline flights`, `last 24h` and `critical` are one `name=value` each."""
    words = [word for word in words if word.lower() != "than"]
    at = 0
    while at < len(words):
        word, behind = words[at].lower().strip(",?!"), words[at + 1] if at + 1 < len(words) else ""
        two = next((f"{name}={behind}" for name in SAID.get(word, ()) if _fits(name, behind)), None)
        taken, lately = _lately(words[at:], now, zone)
        held, holder = (0, ()) if team is None else _held(words[at:], team)
        at += taken or held or (2 if two else 1)
        if lately:
            yield lately
        elif held:
            yield from holder
        elif two:
            yield two
        elif word in ALONE:
            yield ALONE[word]
        elif word.removesuffix("s") in set(Severity):
            yield f"severity={word.removesuffix('s')}"
        elif word in pipelines:
            yield f"pipeline={word}"
        elif word and word not in LITTLE:
            yield words[at - 1].strip(",?!")


def _held(words: Sequence[str], team: Team) -> tuple[int, Sequence[str]]:
    """How many words say who holds them, and what they come to: `held by jonas`, `acked by me`."""
    low = [word.lower().strip(",?!") for word in words[:3]]
    if len(low) < 3 or low[0] not in HELD or low[1] not in ("by", "to"):
        return 0, ()
    if low[2] in ("me", "myself"):
        return 3, ("mine", "acknowledged")
    for taken in (4, 3):
        if (person := find_person(team, " ".join(words[2:taken]).strip(",?!"))) is not None:
            return min(taken, len(words)), (f"holder={person.id}",)
    near = near_people(team, low[2])
    raise AskedError(f"There is no person “{quoted(words[2][:60])}”.", [f"held by {each}" for each in near])


def _lately(words: Sequence[str], now: datetime | None, zone: str) -> tuple[int, str]:
    """How many words say since when, and what they come to: `since monday`, `last night`, `last 2 hours`; a day begins
    at midnight."""
    if now is None or words[0].lower() not in LATELY:
        return 0, ""
    led = int(words[0].lower() in ("since", "past"))
    for taken in range(min(4, len(words)), led, -1):
        said = words[led:taken]
        length = spoken_span.ahead([word for word in said if word.lower() != "last"], now, zone)
        if length is None and (since := spoken_span.instant(said, now, zone)) is not None:
            while since > now:  # `since monday`: the last one
                since -= spoken_span.WEEK
            here = since.astimezone(ZoneInfo(zone))
            length = now - (since - timedelta(hours=9) if here.time() == MORNING else since)
        if length:
            return taken, f"newer={max(1, int(length.total_seconds()))}s"
    return 0, ""


def _fits(name: str, value: str) -> bool:
    if name in ("newer", "older"):
        return value[:1].isdecimal()
    return bool(value) and "=" not in value


def _value(name: str, value: str, word: str, text: str) -> object:
    try:
        match name:
            case "pipeline" | "holder" if value:
                return value
            case "severity":
                return Severity(value)
            case "older" | "newer":
                return parse_duration(value)
            case "page" | "storm" if 1 <= int(value) <= MOST:
                return int(value)
    except ValueError:
        pass
    near = [mended(text, word, each) for each in _near(name, value)]
    about = f"“{quoted(word[:60])}” says nothing about alerts."
    raise AskedError(about if near else f"{about} There is: {HELP}.", near)


def _near(name: str, value: str) -> list[str]:
    """The words that somebody may have meant."""
    if name == "severity":
        return [f"severity={each}" for each in nearest(value, Severity)]
    if value:
        return [f"{each}={value}" for each in nearest(name, NAMES) if each != name]
    return nearest(name, (*GroupStatus, "open", "all", "mine", *Severity))


def mended(text: str, wrong: str, right: str) -> str:
    """The same words with one of them put right."""
    return " ".join(right if word == wrong else word for word in text.split())


def written(asked: Asked, page: int | None = None) -> str:
    """The words that ask for the same list, or for another page of it."""
    words: list[str] = [*asked.statuses]
    words += [name for name, said in (("all", asked.everything), ("mine", asked.mine)) if said]
    words += asked.named
    words += map(str, asked.labels)
    told = ("pipeline", "severity", "storm", "holder")
    words += [f"{name}={value}" for name in told if (value := getattr(asked, name))]
    spans = (("older", asked.older), ("newer", asked.newer))
    words += [f"{name}={int(span.total_seconds())}s" for name, span in spans if span is not None]
    return " ".join([*words, *([f"page={page}"] if page is not None else [])])
