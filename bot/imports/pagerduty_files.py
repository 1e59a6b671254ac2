"""What PagerDuty's API, its Python client or Terraform gave out, as lists of objects of the API. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.imports.draft import SourceError
from bot.imports.files import Source
from bot.imports.pagerduty_terraform import is_terraform, listed
from bot.imports.shapes import PAGERDUTY, Page, fit

KINDS = ("schedules", "escalation_policies", "services", "users")
ONE = {"schedule": "schedules", "escalation_policy": "escalation_policies", "service": "services", "user": "users"}
Found = tuple[str, dict[str, Any]]
"""Where an object stands, and the object."""


@dataclass
class Objects:
    """All objects by kind; of one that is there twice the last counts."""

    schedules: list[Found] = field(default_factory=list)
    escalation_policies: list[Found] = field(default_factory=list)
    services: list[Found] = field(default_factory=list)
    users: list[Found] = field(default_factory=list)

    def put(self, kind: str, where: str, value: dict[str, Any]) -> None:
        found: list[Found] = getattr(self, kind)
        found[:] = [each for each in found if each[1]["id"] != value["id"]]
        found.append((where, value))


def _plain(source: Source) -> Source:
    """The same, in the API's words."""
    return Source(source.file, listed(source.values)) if is_terraform(source.values) else source


def objects(sources: Sequence[Source]) -> Objects:
    """Every object of the files; SourceError for a file of something else, and where pages are missing."""
    made, pages = Objects(), dict[str, list[Source]]()
    for source in map(_plain, sources):
        fit(source, Page, source.values if isinstance(source.values, dict) else {})
        for kind, location, values in _lists(source):
            pages.setdefault(kind, []).append(source)
            for number, value in enumerate(values):
                made_at = source.at((*location, number))
                if not isinstance(value, dict) or not value.get("id"):
                    raise SourceError(f"{made_at}: an object with an id must be here; is the file whole?")
                fit(source, PAGERDUTY[kind], value, (*location, number))
                made.put(kind, f"{made_at} “{value.get('name') or value['id']}”", value)
    for kind, found in pages.items():
        _all_pages(kind, found)
    return made


def _lists(source: Source) -> Iterator[tuple[str, tuple[str, ...], list[Any]]]:
    values = source.values
    if isinstance(values, list):  # the Python client's list_all
        kinds = {str(each.get("type", "")).removesuffix("_reference") for each in values if isinstance(each, dict)}
        kind = ONE.get(kinds.pop()) if len(kinds) == 1 else None
        if kind is not None:
            yield kind, (), values
            return
    if isinstance(values, Mapping):
        found = [(kind, (kind,), values[kind]) for kind in KINDS if isinstance(values.get(kind), list)]
        found += [(kind, (one,), [values[one]]) for one, kind in ONE.items() if isinstance(values.get(one), dict)]
        if found:
            yield from found
            return
    raise SourceError(f"{source.file}:1: {_what(values)}")


def _what(values: Any) -> str:
    if isinstance(values, Mapping) and isinstance(values.get("error"), dict):
        return f"PagerDuty answered with an error ({values['error'].get('message')}); mend that and fetch it again"
    if isinstance(values, Mapping) and "results" in values:
        return "this looks like Grafana OnCall's API: goldilocks import grafana-oncall"
    return f"none of {', '.join(KINDS)} is in it, so PagerDuty's API did not answer this"


def _all_pages(kind: str, sources: Iterable[Source]) -> None:
    """Whether behind each page that says that there is more, another one was given."""
    pages = [each for each in sources if isinstance(each.values, Mapping)]
    begins = {int(page.values.get("offset") or 0) for page in pages}
    for page in pages:
        after = int(page.values.get("offset") or 0) + int(page.values.get("limit") or 0)
        if page.values.get("more") and after not in begins:
            raise SourceError(
                f"{page.file}: “more” is true, so {kind} go on after these {len(page.values.get(kind) or [])}: fetch "
                f"the next page with &offset={after} into a file of its own, and give both"
            )
