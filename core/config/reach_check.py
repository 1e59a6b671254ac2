"""Whether every route's escalation policy reaches somebody for the alerts that must not be missed."""

from collections.abc import Iterator, Sequence

from core.config.alerts import Route
from core.config.places import Found, Location
from core.config.team import URGENT, Team


def unreachable(team: Team) -> Found:
    """Each route under whose policy an urgent alert would call nobody, with its place; unknown policies are left to
    `routes_check`. A route that its matchers keep from urgent alerts may have any policy."""
    known = {policy.id for policy in team.escalation}
    for at, path in _paths(team.alerts.routes, ("alerts", "routes"), ()):
        policy = path[-1].policy
        if policy not in known or policy is None:
            continue
        for severity in URGENT:
            chosen = team.policy_for(policy, severity)
            if _may_have(path, severity) and not chosen.calls_people:
                yield (
                    (*at, "policy"),
                    f"for severity {severity} the escalation policy {chosen.id} reaches nobody: it only posts in "
                    f"channels; add by_severity, or keep such alerts away from route “{path[-1].id}” by a matcher",
                )
                break


def _paths(
    routes: Sequence[Route], at: Location, around: tuple[Route, ...]
) -> Iterator[tuple[Location, tuple[Route, ...]]]:
    for number, route in enumerate(routes):
        here, path = (*at, number), (*around, route)
        yield here, path
        yield from _paths(route.routes, (*here, "routes"), path)


def _may_have(path: Sequence[Route], severity: str) -> bool:
    """Whether an alert of this severity can get here, as far as the matchers on the severity tell."""
    matchers = (matcher for route in path for matcher in route.match)
    return all(matcher.holds({"severity": severity}) for matcher in matchers if matcher.name == "severity")
