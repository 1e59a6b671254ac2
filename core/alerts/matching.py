"""Silences: which alerts a matcher means, as in Alertmanager. Pure rules."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any

from core.alerts.labels import Labels, RefusedError, shown
from core.alerts.silence_tables import Silence
from core.matchers import MAX_PATTERN, MatcherError, Values, full_match, parse

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
    """Silences, and which alerts they keep quiet; thousands of each may meet."""

    def __init__(self, silences: Iterable[Silence]) -> None:
        self._silences = list(silences)

    def __bool__(self) -> bool:
        return bool(self._silences)

    def of_all(self, alerts: Sequence[Labels]) -> list[list[Silence]]:
        """For each alert those that keep it quiet, in their order. Takes time in proportion to the silences, the
        alerts, and the pairs that match; only patterns that begin with none are put to every value of their label."""
        found: list[list[Silence]] = [[] for _ in alerts]
        if not self._silences:
            return found
        seen = _Seen(alerts, {matcher["name"] for silence in self._silences for matcher in silence.matchers})
        for silence in self._silences:
            for number in seen.by_all(silence.matchers):
                found[number].append(silence)
        return found


def longest(silences: Iterable[Silence]) -> Silence | None:
    """The one that keeps an alert quiet for the longest, if any does."""
    return max(silences, key=lambda silence: silence.ends_at, default=None)


class _Seen:
    """Alerts, by number, under the values that they have of some labels: a matcher is asked about each value once."""

    def __init__(self, alerts: Sequence[Labels], names: Set[str]) -> None:
        self._every = frozenset(range(len(alerts)))
        self._by_name: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for number, labels in enumerate(alerts):
            for name in names & labels.keys():
                self._by_name[name][labels[name]].add(number)
        self._values: dict[str, Values] = {}
        self._lacking: dict[str, Set[int]] = {}

    def by_all(self, matchers: Iterable[Mapping[str, Any]]) -> Set[int]:
        """The alerts for which every matcher holds; patterns, which take longer, are asked last."""
        left: Set[int] = self._every
        for matcher in sorted(matchers, key=_costs):
            hits = self._by(matcher)
            left = left & hits if matcher.get("isEqual", True) else left - hits
            if not left:
                break
        return left

    def _by(self, matcher: Mapping[str, Any]) -> Set[int]:
        """The alerts with a value that a matcher names; a label that is absent counts as empty."""
        name, value = matcher["name"], matcher["value"]
        known = self._by_name.get(name, _NOTHING)
        if not matcher["isRegex"]:
            return known.get(value, frozenset()) if value else self._without(name)
        hits = [known[each] for each in self._values_of(name).matched(value)]
        return frozenset().union(*hits, self._without(name) if full_match(value, "") else ())

    def _values_of(self, name: str) -> Values:
        if name not in self._values:
            self._values[name] = Values(self._by_name.get(name, _NOTHING))
        return self._values[name]

    def _without(self, name: str) -> Set[int]:
        if name not in self._lacking:
            having = (hits for value, hits in self._by_name.get(name, _NOTHING).items() if value)
            self._lacking[name] = self._every.difference(*having)
        return self._lacking[name]


_NOTHING: Mapping[str, set[int]] = {}


def _costs(matcher: Mapping[str, Any]) -> tuple[bool, bool]:
    return bool(matcher["isRegex"]), not matcher.get("isEqual", True)


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
