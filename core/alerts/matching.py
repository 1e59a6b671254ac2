"""Silences: which alerts a matcher means, as in Alertmanager. Pure rules."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from core.alerts.labels import Labels, RefusedError, shown
from core.alerts.silence_tables import Silence
from core.matchers import MAX_PATTERN, MatcherError, full_match, parse

MAX_MATCHERS = 32


def matches(matcher: Mapping[str, Any], labels: Labels) -> bool:
    """Whether one matcher holds; a label that is absent counts as empty. Raises RefusedError for a bad pattern."""
    value = labels.get(matcher["name"], "")
    try:
        found = full_match(matcher["value"], value) if matcher["isRegex"] else matcher["value"] == value
    except MatcherError as error:
        raise RefusedError(str(error)) from None
    return found == bool(matcher.get("isEqual", True))


def match_all(matchers: Collection[Mapping[str, Any]], labels: Labels) -> bool:
    """Whether every one of them holds; patterns, which take longer, are asked last."""
    plain = all(matches(matcher, labels) for matcher in matchers if not matcher["isRegex"])
    return plain and all(matches(matcher, labels) for matcher in matchers if matcher["isRegex"])


class Silencing:
    """Silences, ready for many alerts: those that name a value are found by it, and only the others looked through."""

    def __init__(self, silences: Iterable[Silence]) -> None:
        self._named: defaultdict[tuple[str, str], list[Silence]] = defaultdict(list)
        self._others: list[Silence] = []
        for silence in silences:
            named = _value_named(silence.matchers)
            (self._named[named] if named else self._others).append(silence)

    def __bool__(self) -> bool:
        return bool(self._named or self._others)

    def of(self, labels: Labels) -> Silence | None:
        """The silence that keeps these labels quiet for the longest, if any does."""
        near = chain(self._others, *(self._named.get(pair, ()) for pair in labels.items()))
        hits = [silence for silence in near if match_all(silence.matchers, labels)]
        return max(hits, key=lambda silence: silence.ends_at, default=None)


def _value_named(matchers: Iterable[Mapping[str, Any]]) -> tuple[str, str] | None:
    """A label and its value without which none of these labels are meant; None where there is none."""
    for matcher in matchers:
        if matcher["value"] and not matcher["isRegex"] and matcher.get("isEqual", True):
            return matcher["name"], matcher["value"]
    return None


def check_matchers(matchers: Sequence[Mapping[str, Any]]) -> None:
    """Raises RefusedError for what Alertmanager refuses too: no matchers, bad patterns, or matching everything."""
    if not 1 <= len(matchers) <= MAX_MATCHERS:
        raise RefusedError(f"a silence needs between 1 and {MAX_MATCHERS} matchers, this one has {len(matchers)}")
    for matcher in matchers:
        if not matcher["name"]:
            raise RefusedError("a matcher needs the name of a label")
        if (
            max(map(len, (matcher["name"], matcher["value"]))) > MAX_PATTERN
            or "\x00" in matcher["name"] + matcher["value"]
        ):
            raise RefusedError(
                f"the matcher of {shown(matcher['name'])} is longer than {MAX_PATTERN} characters or holds NUL"
            )
    if all(matches(matcher, {}) for matcher in matchers):
        every = "these would hold for every alert without such a label"
        raise RefusedError(f"at least one matcher must not match the empty string: {every}")


def parse_matcher(text: str) -> dict[str, Any]:
    """A matcher as people write it: `name="value"`, also with `!=`, `=~`, `!~`; raises RefusedError."""
    try:
        return parse(text).stored()
    except MatcherError as error:
        raise RefusedError(str(error)) from None
