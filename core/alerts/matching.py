"""Silences: which alerts a matcher means, as in Alertmanager. Pure rules."""

from collections.abc import Iterable, Mapping, Sequence
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


def match_all(matchers: Iterable[Mapping[str, Any]], labels: Labels) -> bool:
    """Whether every one of them holds."""
    return all(matches(matcher, labels) for matcher in matchers)


def silenced_by(labels: Labels, silences: Iterable[Silence]) -> Silence | None:
    """The silence that keeps these labels quiet for the longest, if any does."""
    hits = [s for s in silences if match_all(s.matchers, labels)]
    return max(hits, key=lambda silence: silence.ends_at, default=None)


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
