"""Alertmanager's route tree as ours, and its matchers and times. Pure.

Both trees choose alike: the first child that matches, its children before itself, later ones only after `continue`.
In Alertmanager every route has groups of its own, so here each one says its `by`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from bot.imports.alertmanager_receivers import Receivers, Way
from bot.imports.draft import Notes, SourceError
from bot.imports.files import Source
from bot.imports.names import Ids
from core.config.places import Location
from core.matchers import MAX_PATTERN, Matcher, MatcherError, full_match, parse, without_braces

DEFAULTS = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
OURS = {"group_wait": "wait", "group_interval": "interval", "repeat_interval": "repeat"}
MOST = {"wait": timedelta(hours=1), "interval": timedelta(days=1)}
APART = ["alertname", "instance", "job"]
"""What stands for `group_by: ['...']`, where each alert is its own group."""

CARRIED = frozenset(
    (*OURS, "receiver", "group_by", "matchers", "match", "match_re", "continue", "routes", "active_time_intervals")
) | {"mute_time_intervals"}
_SPAN = re.compile(r"([0-9]+)(ms|[smhdwy])")
_SIZES = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', re.DOTALL)


class Tree:
    """Walks a tree; what it cannot carry it notes."""

    def __init__(self, source: Source, receivers: Receivers, notes: Notes) -> None:
        self._source, self._receivers, self._notes = source, receivers, notes
        self._ids = Ids("route")

    def alerts(self, root: Mapping[str, Any]) -> dict[str, Any]:
        """The section `alerts`: what the root says, and the routes below it."""
        at: Location = ("route",)
        by = self._by(root, at, [])
        way = self._way(root, at)
        found: dict[str, Any] = {"channel": way.channel, "rotation": "oncall", "policy": way.policy}
        found |= self._times({**DEFAULTS, **root}, at)
        found["routes"] = list(self._below(root, at, by, after_continue=False))
        found |= {"digest": True} if way.dropped else {}
        return {"by": by, **found}

    def _below(
        self, route: Mapping[str, Any], at: Location, by: list[str], *, after_continue: bool
    ) -> Iterator[dict[str, Any]]:
        children = route.get("routes") or []
        for number, child in enumerate(children):
            here = (*at, "routes", number)
            made = self._one(child, here, by, after_continue=after_continue)
            yield made
            if made.get("continue"):
                after_continue = True
            elif not made["match"]:
                self._unreached(here, len(children) - number - 1)
                return

    def _one(
        self, route: Mapping[str, Any], at: Location, around: list[str], *, after_continue: bool
    ) -> dict[str, Any]:
        by = self._by(route, at, around)
        made: dict[str, Any] = {"match": list(self._matchers(route, at))}
        name = str(route.get("receiver") or "-".join(each.value for each in made["match"]))
        made = {"id": self._ids.new(name), **made}
        if route.get("receiver"):
            way = self._way(route, at)
            made |= {"channel": way.channel, "policy": way.policy}
            made |= {"digest": way.dropped} if self._receivers.drops else {}
            self._called_in_vain(route, way, at, after_continue=after_continue)
        made |= {"by": by, **self._times(route, at)}
        if route.get("continue") == "true":
            made["continue"] = True
        self._left_behind(route, at)
        made["routes"] = list(self._below(route, at, by, after_continue=after_continue))
        return made

    def _way(self, route: Mapping[str, Any], at: Location) -> Way:
        return self._receivers.way(str(route.get("receiver", "")), (*at, "receiver"))

    def _by(self, route: Mapping[str, Any], at: Location, around: list[str]) -> list[str]:
        """An empty `group_by` below the root is as none: what is around it counts."""
        by = [each for each in route.get("group_by") or [] if each] or around
        if "..." not in by:
            return list(dict.fromkeys(by))
        self._notes.add(
            self._source.at((*at, "group_by")),
            "group_by: ['...'], every alert by itself",
            "here alerts are grouped by labels that are named",
            f"it became {', '.join(APART)}: name the labels that tell your alerts apart",
        )
        return APART

    def _matchers(self, route: Mapping[str, Any], at: Location) -> Iterator[Matcher]:
        for key, is_regex in (("match", False), ("match_re", True)):
            for name, value in (route.get(key) or {}).items():
                yield self._checked(Matcher(name, str(value), is_regex), (*at, key, name))
        yield from matchers(self._source, route.get("matchers"), (*at, "matchers"))

    def _checked(self, matcher: Matcher, at: Location) -> Matcher:
        return checked(self._source, matcher, at)

    def _times(self, route: Mapping[str, Any], at: Location) -> dict[str, timedelta]:
        found = {}
        for theirs, ours in OURS.items():
            if theirs not in route:
                continue
            span = self._span(str(route[theirs]), (*at, theirs))
            most = MOST.get(ours, timedelta(days=3660))
            if span > most:
                self._notes.add(
                    self._source.at((*at, theirs)), f"{theirs}: {route[theirs]}", f"{ours} is at most {most} here",
                    "look whether that suits you",
                )  # fmt: skip
            found[ours] = min(span, most)
        if timedelta(0) < found.get("repeat", timedelta(0)) < timedelta(minutes=1):
            found["repeat"] = timedelta(minutes=1)
        return found

    def _span(self, text: str, at: Location) -> timedelta:
        parts = _SPAN.findall(text)
        if text != "0" and "".join(number + unit for number, unit in parts) != text:
            raise SourceError(f"{self._source.at(at)}: “{text}” is not a duration")
        seconds = sum(float(number) * _SIZES[unit] for number, unit in parts)
        return timedelta(seconds=round(min(seconds, 3.0e8)))

    def _called_in_vain(self, route: Mapping[str, Any], way: Way, at: Location, *, after_continue: bool) -> None:
        if after_continue and way.calls_pager:
            self._notes.add(
                self._source.at(at),
                f"the pager of “{route['receiver']}”, for alerts that an earlier route with continue takes as well",
                "an alert has one owner here: the first route calls, later ones only show its message",
                "put the route that calls before the others, or its pager into the first one's policy",
            )

    def _unreached(self, at: Location, count: int) -> None:
        if count:
            self._notes.add(
                self._source.at(at),
                f"{count} route{'s' if count > 1 else ''} after this one",
                "it has no matchers and does not continue, so no alert gets past it",
                "nothing: Alertmanager does not reach them either",
            )

    def _left_behind(self, route: Mapping[str, Any], at: Location) -> None:
        for key in ("mute_time_intervals", "active_time_intervals"):
            if names := route.get(key):
                self._notes.add(
                    self._source.at((*at, key)),
                    f"{key}: {', '.join(map(str, names))}",
                    "routes have no hours here, so its alerts are told at any time",
                    "give the policy hours (docs/escalation.md), or a digest to the route",
                )
        for key in route.keys() - CARRIED:
            self._notes.add(self._source.at((*at, key)), f"“{key}”", "it is not known here", "look if you need it")


def matchers(source: Source, written: Any, at: Location) -> Iterator[Matcher]:
    """The matchers of a `matchers` list; one text may hold several, with commas or in braces."""
    texts = [written] if isinstance(written, str) else written or []
    for number, text in enumerate(texts):
        here = (*at, number) if isinstance(written, list) else at
        for part in _PARTS.findall(without_braces(str(text))):
            if not part.strip():
                continue
            try:
                yield checked(source, parse(part), here)
            except MatcherError as error:
                raise SourceError(f"{source.at(here)}: {error}") from None


def checked(source: Source, matcher: Matcher, at: Location) -> Matcher:
    try:
        if matcher.is_regex:
            full_match(matcher.value, "")
    except MatcherError as error:
        raise SourceError(f"{source.at(at)}: {error}") from None
    if max(len(matcher.name), len(matcher.value)) > MAX_PATTERN:
        raise SourceError(f"{source.at(at)}: a matcher has at most {MAX_PATTERN} characters on each side here")
    return matcher
