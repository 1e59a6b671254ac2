"""Where an alert goes and with which others it is handled: routes, causes, the team's defaults. Pure rules."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from core.alerts.grouping import Route as People
from core.alerts.grouping import group_key, group_labels, route
from core.alerts.labels import Labels
from core.config.alerts import Cause, Grouping, Route, Timing, walk
from core.config.load import Config
from core.decision import quoted
from core.text import as_written

T = TypeVar("T")
Path = tuple[Route, ...]
"""A route with those around it, the outermost first."""


class Reason(NamedTuple):
    """Why something was decided: a stable name, and the sentence that people see."""

    name: str
    detail: str


class Placement(NamedTuple):
    """Where an alert goes. Alerts of one `key` are one group; `labels` are what they have in common.

    `copies` are further channels that see the group's message; `route` is the path of the route that took it.
    """

    key: str
    labels: dict[str, str]
    people: People
    copies: tuple[str, ...]
    route: str
    timing: Timing


def place(labels: Labels, config: Config) -> Placement:
    """Where an alert with these labels goes."""
    alerts = config.team.alerts
    taken, *others = matching(alerts.routes, labels) or [()]
    people = _people(taken, labels, config)
    by, shown = _by(taken, labels, alerts)
    return Placement(
        key=group_key(shown, by, _own(taken)),
        labels=group_labels(shown, by),
        people=people,
        copies=_copies(people, others, labels, config),
        route=named(taken),
        timing=_timing(taken, alerts),
    )


def place_all(alerts: Sequence[Labels], config: Config) -> list[Placement]:
    """Where each of these alerts goes. Those that look alike to every rule are decided once."""
    names, known = _decided(config)
    placed = []
    for labels in alerts:
        seen = tuple(map(labels.get, names))
        found = known.get(seen)
        if found is None:
            if len(known) >= _MOST_DECIDED:
                known.clear()
            found = known[seen] = place(labels, config)
        placed.append(found)
    return placed


_MOST_DECIDED = 10_000
Decided = tuple[tuple[str, ...], dict[tuple[str | None, ...], Placement]]
_of_config: list[tuple[Config, Decided]] = []


def _decided(config: Config) -> Decided:
    """The labels that the rules of this configuration ask for, and what was decided by it lately."""
    for known, decided in _of_config:
        if known is config:
            return decided
    made: Decided = (_asked(config.team.alerts), {})
    _of_config[:] = [(config, made), *_of_config[:3]]
    return made


def _asked(alerts: Grouping) -> tuple[str, ...]:
    """Every label that the rules ask for."""
    names = {"pipeline", "rotation", *alerts.by}
    for cause in alerts.causes:
        names.update(cause.names, cause.within)
    for each in walk(alerts.routes):
        names.update((matcher.name for matcher in each.match), each.by or ())
    return tuple(names)


def matching(routes: Sequence[Route], labels: Labels) -> list[Path]:
    """The routes that take an alert, the innermost of each: the first match, and with `continue` also later ones."""
    found: list[Path] = []
    for each in routes:
        if not all(matcher.holds(labels) for matcher in each.match):
            continue
        found += [(each, *inner) for inner in matching(each.routes, labels)] or [(each,)]
        if not each.go_on:
            break
    return found


def named(path: Iterable[Route]) -> str:
    """A path in one word: `data/warehouse`."""
    return "/".join(each.id for each in path)


def timing_of(config: Config, path: str) -> Timing:
    """The times of the route of this path; the team's defaults where the YAML no longer has it."""
    routes, taken = config.team.alerts.routes, []
    for name in path.split("/") if path else ():
        found = next((each for each in routes if each.id == name), None)
        if found is None:
            return _timing((), config.team.alerts)
        taken.append(found)
        routes = found.routes
    return _timing(taken, config.team.alerts)


def cause_of(labels: Labels, causes: Iterable[Cause]) -> tuple[Cause, str] | None:
    """The first cause that the alert names, with its value."""
    for cause in causes:
        value = next((labels[name] for name in cause.names if labels.get(name)), None)
        if value is not None:
            return cause, value
    return None


def explain(labels: Labels, config: Config) -> list[Reason]:
    """The story of `place`: why these people, and why this group."""
    taken, *others = matching(config.team.alerts.routes, labels) or [()]
    placed = place(labels, config)
    return [
        _why_here(taken, labels, config),
        *(_why_copied(path, placed, labels, config) for path in others),
        _why_together(taken, placed, labels, config),
        *_why_later(placed.timing),
    ]


def _set(path: Sequence[Route], field: str, otherwise: T) -> T:
    """The innermost value of a field that a route of the path sets."""
    values: list[Any] = [value for each in path if (value := getattr(each, field)) is not None]
    return values[-1] if values else otherwise


def _people(path: Sequence[Route], labels: Labels, config: Config) -> People:
    pipeline = _set(path, "pipeline", labels.get("pipeline", ""))
    base = route({**labels, "pipeline": pipeline}, config)
    return People(
        base.pipeline,
        _set(path, "channel", base.channel),
        _set(path, "rotation", base.rotation),
        _set(path, "policy", base.policy),
    )


def _copies(people: People, others: Iterable[Path], labels: Labels, config: Config) -> tuple[str, ...]:
    channels = [_people(path, labels, config).channel for path in others]
    return tuple(dict.fromkeys(channel for channel in channels if channel != people.channel))


def _by(path: Sequence[Route], labels: Labels, alerts: Grouping) -> tuple[list[str], Labels]:
    """The labels that the group has in common, and the alert's labels with its cause under its first name."""
    by = _set(path, "by", None)
    cause = cause_of(labels, alerts.causes) if by is None else None
    if cause is None:
        return alerts.by if by is None else by, labels
    rule, value = cause
    return [rule.label, *rule.within], {**labels, rule.label: value}


def _own(path: Path) -> str:
    """The route of the path whose groups are its own, because it says itself what it groups by; empty if none does."""
    own = [number for number, each in enumerate(path, 1) if each.by is not None]
    return named(path[: own[-1]]) if own else ""


def _timing(path: Sequence[Route], alerts: Grouping) -> Timing:
    return Timing.model_construct(
        wait=_set(path, "wait", alerts.wait),
        interval=_set(path, "interval", alerts.interval),
        repeat=_set(path, "repeat", alerts.repeat),
        digest=_set(path, "digest", alerts.digest),
    )


def _why_here(path: Sequence[Route], labels: Labels, config: Config) -> Reason:
    people = _people(path, labels, config)
    channel, rotation = config.team.channel_name(people.channel), config.team.rotation_title(people.rotation)
    where = f"to {channel}, rotation “{rotation}”, policy “{people.policy}”"
    if path:
        inner = path[-1]
        line = config.lines.get(inner.id)
        place_in_file = f" (team.yaml:{line})" if line else ""
        matched = ", ".join(str(matcher) for each in path for matcher in each.match) or "everything"
        return Reason("route", f"Route “{named(path)}”{place_in_file} takes {matched}: {where}.")
    if people.pipeline:
        title = config.pipelines[people.pipeline].title
        return Reason("pipeline", f"No route takes it; its label pipeline names “{title}”: {where}.")
    if labels.get("rotation") == people.rotation:
        return Reason("rotation", f"No route takes it; its label rotation names “{rotation}”: {where}.")
    return Reason(
        "catch_all", f"No route takes it and it names no known pipeline, so the catch-all does: {where}."
    )


def _why_copied(path: Path, placed: Placement, labels: Labels, config: Config) -> Reason:
    channel = _people(path, labels, config).channel
    if channel == placed.people.channel:
        return Reason("also_matches", f"Route “{named(path)}” matches too, and has the same channel.")
    name = config.team.channel_name(channel)
    return Reason("copied", f"Route “{named(path)}” matches too: {name} gets a copy that calls nobody.")


def _why_together(path: Sequence[Route], placed: Placement, labels: Labels, config: Config) -> Reason:
    common = quoted(", ".join(f"{name}={value}" for name, value in placed.labels.items())) or "none of the labels"
    cause = cause_of(labels, config.team.alerts.causes) if _set(path, "by", None) is None else None
    if cause is not None:
        return Reason(
            "cause", f"Grouped by its cause, {cause[0].label} “{quoted(cause[1])}”: one group for {common}."
        )
    owner = "route" if _set(path, "by", None) is not None else "team"
    by = ", ".join(_set(path, "by", config.team.alerts.by)) or "nothing"
    return Reason("labels", f"Grouped by what the {owner} groups by ({by}): one group for {common}.")


def _why_later(timing: Timing) -> list[Reason]:
    if timing.digest:
        return [Reason("in_digest", "Unless it is critical, the channel's digest tells it, and nobody is called.")]
    reasons = []
    if timing.wait:
        reasons.append(
            Reason("waits", f"People hear of it {as_written(timing.wait)} after it opens, for more to come in.")
        )
    if timing.interval:
        reasons.append(
            Reason("interval", f"Alerts that join or end are told every {as_written(timing.interval)} at most.")
        )
    if timing.repeat:
        reasons.append(
            Reason("repeats", f"While it goes on, people are reminded every {as_written(timing.repeat)}.")
        )
    return reasons
