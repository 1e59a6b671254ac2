"""What Grafana OnCall's API gave out, as lists by resource. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.imports.draft import SourceError
from bot.imports.files import Source
from bot.imports.shapes import GRAFANA, Page, fit

RESOURCES = (
    "users",
    "schedules",
    "on_call_shifts",
    "escalation_chains",
    "escalation_policies",
    "integrations",
    "routes",
    "user_groups",
    "slack_channels",
)
SHAPES = (
    ("on_call_shifts", {"type", "start", "duration"}),
    ("routes", {"integration_id", "routing_regex"}),
    ("escalation_policies", {"escalation_chain_id", "position"}),
    ("integrations", {"link", "default_route"}),
    ("users", {"username", "email"}),
    ("schedules", {"type", "on_call_now"}),
    ("user_groups", {"id", "slack", "type"}),
    ("slack_channels", {"slack_id"}),
    ("escalation_chains", {"id", "name", "team_id"}),
)
"""By what an object of each is known; the first that fits counts."""

Found = tuple[str, dict[str, Any]]
"""Where an object stands, and the object."""


@dataclass
class Answers:
    """The objects of each resource; of one that is there twice the last counts."""

    found: dict[str, dict[str, Found]] = field(default_factory=dict)

    def of(self, resource: str) -> list[Found]:
        return list(self.found.get(resource, {}).values())

    def by_id(self, resource: str, name: object) -> Found | None:
        return self.found.get(resource, {}).get(str(name))


def answers(sources: Sequence[Source]) -> Answers:
    """Every object of the files; SourceError for a file of something else, and where pages are missing."""
    made, pages = Answers(), dict[str, list[Source]]()
    for source in sources:
        results = _results(source)
        fit(source, Page, source.values if isinstance(source.values, dict) else {})
        resource = _resource(source, results)
        if resource is None:
            continue
        pages.setdefault(resource, []).append(source)
        for number, value in enumerate(results):
            where = f"{source.file.name} results.{number}"
            name = value.get("id") or value.get("slack_id")
            if not name:
                raise SourceError(f"{where}: an object with an id must be here; is the file whole?")
            fit(source, GRAFANA[resource], value, ("results", number))
            shown = value.get("name") or value.get("username") or name
            made.found.setdefault(resource, {})[str(name)] = (f"{where} “{shown}”", value)
    for resource, found in pages.items():
        _all_pages(resource, found, len(made.found.get(resource, {})))
    return made


def _results(source: Source) -> list[dict[str, Any]]:
    values = source.values
    results = values.get("results") if isinstance(values, Mapping) else values
    if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
        raise SourceError(f"{source.file}:1: {_what(values)}")
    return results


def _what(values: Any) -> str:
    if isinstance(values, Mapping) and values.get("detail"):
        return f"Grafana OnCall answered with an error ({values['detail']}); mend that and fetch it again"
    if isinstance(values, Mapping) and {"schedules", "escalation_policies", "services"} & values.keys():
        return "this looks like PagerDuty's API: goldilocks import pagerduty"
    return "no “results” are in it, so Grafana OnCall's API did not answer this"


def _resource(source: Source, results: list[dict[str, Any]]) -> str | None:
    """By the first object's keys; of an empty answer none."""
    if not results:
        return None
    fits = (resource for resource, keys in SHAPES if keys <= results[0].keys())
    found = next(fits, None)
    if found is None:
        named = (each for each in RESOURCES if source.file.stem.startswith(each))
        found = next(named, None)
    if found is None:
        raise SourceError(
            f"{source.file}:1: it holds none of {', '.join(RESOURCES)}; keep only what the recipe fetches"
        )
    return found


def _all_pages(resource: str, pages: Iterable[Source], read: int) -> None:
    """Whether as many objects were read as the API says that there are."""
    for page in pages:
        values = page.values
        count = int(values.get("count") or 0) if isinstance(values, Mapping) else 0
        if isinstance(values, Mapping) and values.get("next") and read < max(count, 1 + len(values["results"])):
            raise SourceError(
                f"{page.file}: only a page of {resource}: {read} of {count}. Its “next” says where the others are: "
                "fetch each into a file of its own beside it"
            )
