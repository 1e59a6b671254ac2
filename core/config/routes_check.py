"""What is wrong with the routes and inhibitions of `team.yaml`, with the place in the file of each problem."""

from collections.abc import Mapping

from core.config.alerts import Grouping, Inhibition, Route
from core.config.places import Found, Location, unknown

WHAT = {"pipeline": "pipelines", "channel": "channels", "rotation": "rotations", "policy": "escalation policies"}


def problems(alerts: Grouping, known: Mapping[str, set[str]]) -> Found:
    """Each problem with its place. `known` holds the ids that the field of this name may have."""
    seen: set[str] = set()
    yield from _routes(alerts.routes, ("alerts", "routes"), known, seen)
    yield from _inhibitions(alerts.inhibit)
    labels: set[str] = set()
    for number, cause in enumerate(alerts.causes):
        for name in cause.names:
            if name in labels:
                yield ("alerts", "causes", number), f"the label “{name}” names a cause twice"
            labels.add(name)


def _routes(routes: list[Route], at: Location, known: Mapping[str, set[str]], seen: set[str]) -> Found:
    taker: Route | None = None
    for number, route in enumerate(routes):
        here = (*at, number)
        if taker is not None:
            yield here, f"no alert gets here: route “{taker.id}” before it takes them all; put “{route.id}” first"
        if route.id in seen:
            yield (*here, "id"), f"two routes have the id “{route.id}”; each needs its own"
        seen.add(route.id)
        yield from _unknown(route, here, known)
        yield from _routes(route.routes, (*here, "routes"), known, seen)
        if taker is None:
            taker = _hides(route, routes[number + 1 :])


def _hides(route: Route, later: list[Route]) -> Route | None:
    """The route itself, when nothing gets past it: it has no matchers and does not go on."""
    return route if later and not route.match and not route.go_on else None


def _unknown(route: Route, at: Location, known: Mapping[str, set[str]]) -> Found:
    for field, ids in known.items():
        value = getattr(route, field)
        if value is not None and value not in ids:
            yield (*at, field), unknown(value, ids, WHAT[field])


def _inhibitions(rules: list[Inhibition]) -> Found:
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        here: Location = ("alerts", "inhibit", number)
        if rule.id in seen:
            yield (*here, "id"), f"two inhibitions have the id “{rule.id}”; each needs its own"
        seen.add(rule.id)
        if all(matcher.holds({}) for matcher in rule.source):
            yield (*here, "source"), "these matchers hold for alerts without any of these labels; name a value"
        if rule.source == rule.target:
            yield here, "source and target are the same alerts, and no alert inhibits its own kind"
