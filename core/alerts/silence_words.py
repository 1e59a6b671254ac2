"""A silence as people type it: `HighLatency 2h deploying`, `alertname=HighLatency host=a until 18:00`. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from core import spoken_span, spoken_time
from core.alerts.labels import RefusedError
from core.alerts.matching import parse_matcher
from core.matchers import ROUND, Matcher, split
from core.spoken_day import MONTHS

BECAUSE = frozenset(("because", "since", "reason:", "why:", "--", "-", "–", "—", "//", "cause"))
LITTLE = frozenset(("on", "in", "the", "of", "alert", "alerts", "and", "with", "all", "everything", "any", "for"))
OVER = frozenset(
    ("resolved", "resolves", "fixed", "over", "done", "ends", "ended", "gone", "recovers", "recovered")
)
STARTS = frozenset(("starting", "beginning", "begins", "after"))
"""What people write for `from`."""

LED = frozenset(("from", "between")) | STARTS
"""With these a time may begin inside a reason, too."""

AGAIN = frozenset(("every", "each", "daily", "nightly", "weekly", "always", "recurring", "weekdays"))
NOW = frozenset(("now", "immediately", "asap"))

LONGEST = {"forever": timedelta(days=30), "indefinitely": timedelta(days=30)}


@dataclass(frozen=True)
class Known:
    """What a word may name: alerts by `alertname`, pipelines by id, and labels that alerts have."""

    alerts: Collection[str] = ()
    pipelines: Collection[str] = ()
    labels: Collection[str] = ()


@dataclass(frozen=True)
class SilenceWords:
    """What was typed: matchers, a line each; for how long or until when, if that was said; until its alerts end; why.
    `start` is when it begins, where that is not now. `again` tells that it should repeat, which no silence does.
    `guessed` is a word that was taken for the name of an alert though no alert is known by it."""

    matchers: str = ""
    length: timedelta | None = None
    end: datetime | None = None
    with_alerts: bool = False
    comment: str = ""
    guessed: str | None = None
    start: datetime | None = None
    again: bool = False


class Time(NamedTuple):
    """A time in a text: when it begins, for how long, or until when, as far as it says so; it took `words` words."""

    words: int
    start: datetime | None = None
    length: timedelta | None = None
    end: datetime | None = None

    def joined(self, other: "Time | None") -> "Time | None":
        """With what another time adds, as in `2h from 22:00`; None where that adds nothing."""
        if other is None:
            return None
        if other.start is not None and self.start is None:
            length = self.length or (self.end and self.end - other.start)
            return Time(other.words, other.start, length) if length and length > timedelta() else None
        ends = self.length or self.end
        return None if ends or self.start is None else other._replace(start=self.start)


def parts(text: str) -> list[str]:
    """Typed matchers and words, apart."""
    plain = text.translate(ROUND).strip()
    inside, closed, behind = plain.rpartition("}") if plain.startswith("{") else ("", "", plain)
    return [*(split(inside + closed) if closed else ()), *split(behind)]


def read(text: str, known: Known, now: datetime, zone: str, *, of_alert: bool = False) -> SilenceWords:
    """Read what was typed behind `/alerts silence`; every text can be read, what is nothing else is the reason.

    Matchers and names come first, a time anywhere, and what is neither begins the reason. `of_alert`: which alerts is
    known already, so that no word names any.
    """
    words = parts(text)
    found: list[str] = []
    why: list[str] = []
    said, with_alerts, guessed, reason, at = Time(0), False, None, False, 0
    while at < len(words):
        rest = words[at:]
        if (taken := _until_over(rest)) and not with_alerts:
            with_alerts, at = True, at + taken
        elif (more := _added(said, rest, now, zone, bare=not reason)) is not None:
            said, at = more, at + more.words
        elif not reason and (taken := _now(rest)):
            at += taken
        elif not (reason or of_alert) and (named := _named(rest, known)) is not None:
            found, at = [*found, *named[1]], at + named[0]
        elif not reason and rest[0].casefold() in BECAUSE:
            reason, at = True, at + 1
        elif not reason and _says_little(rest, known, begun=bool(found or guessed)):
            at += 1
        elif not (reason or found or of_alert or guessed):
            guessed, at = rest[0].strip('"'), at + 1
        else:
            reason, why, at = True, [*why, rest[0]], at + 1
    if guessed and any(each.startswith("alertname") for each in found):
        guessed = None  # it was a word before the name
    found += [str(Matcher("alertname", guessed))] if guessed else []
    again = any(word.casefold() in AGAIN for word in words)
    comment = _plain(why)
    return SilenceWords("\n".join(found), said.length, said.end, with_alerts, comment, guessed, said.start, again)


def _added(said: Time, words: Sequence[str], now: datetime, zone: str, *, bare: bool) -> Time | None:
    """What was said of the time, with what these words begin with; None where that is nothing more."""
    found = _time(words, now, zone, bare=bare)
    return said.joined(found) if said.words else found


def _now(words: Sequence[str]) -> int:
    """How many words say that it begins now, as it does anyway: `from now`, `now`."""
    led = int(words[0].casefold() in LED)
    return led + 1 if words[led:] and words[led].casefold().strip(",") in NOW else 0


def _says_little(words: Sequence[str], known: Known, *, begun: bool) -> bool:
    """A word between names: before the first, behind the last, or with another name after it."""
    if words[0].casefold() not in LITTLE:
        return False
    return not begun or len(words) == 1 or words[1].casefold() in LITTLE or _named(words[1:], known) is not None


def _until_over(words: Sequence[str]) -> int:
    """How many words say that it lasts until its alerts end: `until resolved`, `until it is over`."""
    if words[0].casefold() not in spoken_time.ENDS:
        return 0
    ends = (number for number, word in enumerate(words[1:4], 2) if word.casefold().strip(".,!") in OVER)
    return next(ends, 0)


def _time(words: Sequence[str], now: datetime, zone: str, *, bare: bool) -> Time | None:
    first = words[0].casefold()
    if first in LONGEST:
        return Time(1, length=LONGEST[first])
    if first in spoken_time.ENDS:
        return _lasting(words, now, zone, bare=bare)
    if first == "in" and bare and (ahead := spoken_time.read(words[1:3], now, zone)) and ahead.length:
        return Time(1 + ahead.words, now + ahead.length)
    if (bare or first in LED) and first not in MONTHS:
        plain = ["from", *words[1:]] if first in STARTS else words
        span = spoken_span.stretch(plain, now, zone)
        if span is not None and (span.start > now or first in LED or not _lasting(words, now, zone, bare=True)):
            start = span.start if span.start > now else None
            return Time(span.words, start, None if span.assumed else span.end - span.start)
    return _lasting(words, now, zone, bare=bare)


def _lasting(words: Sequence[str], now: datetime, zone: str, *, bare: bool) -> Time | None:
    """A time that begins now."""
    found = spoken_time.read(words, now, zone, bare=bare)
    return Time(found.words, None, found.length, found.end) if found else None


def _named(words: Sequence[str], known: Known) -> tuple[int, list[str]] | None:
    """What the next words name, and how many they are: a matcher, `host a`, an alert or a pipeline."""
    word = words[0].strip('"')
    try:
        parse_matcher(words[0])
    except RefusedError:
        pass
    else:
        return 1, [words[0]]
    if word in known.labels and len(words) > 1 and words[1].casefold() not in spoken_time.SPANS | spoken_time.ENDS:
        return 2, [str(Matcher(word, words[1].strip('"')))]
    return next(((1, [str(each)]) for each in _meant(word, known)), None)


def _meant(word: str, known: Known) -> Iterator[Matcher]:
    kinds: Mapping[str, Collection[str]] = {"alertname": known.alerts, "pipeline": known.pipelines}
    for name, values in kinds.items():
        yield from (Matcher(name, each) for each in values if each.casefold() == word.casefold())


def _plain(words: Sequence[str]) -> str:
    joined = " ".join(words).strip()
    return joined[1:-1] if len(joined) > 1 and joined[0] == joined[-1] == '"' else joined
