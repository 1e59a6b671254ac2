"""Alertmanager's inhibit rules as ours. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.imports.alertmanager_routes import checked, matchers
from bot.imports.draft import Notes
from bot.imports.files import Source
from bot.imports.names import Ids
from core.config.places import Location
from core.matchers import Matcher


def rules(source: Source, written: Any, notes: Notes) -> list[dict[str, Any]]:
    """Every rule that means something here; the others are noted."""
    ids, found = Ids("inhibit"), []
    for number, rule in enumerate(written):
        at: Location = ("inhibit_rules", number)
        made = {side: list(_side(source, rule, side, at)) for side in ("source", "target")}
        why = _refused(made["source"], made["target"])
        if why:
            notes.add(
                source.at(at), "this inhibition", why, "name what it is about, and write it into alerts.inhibit"
            )
            continue
        name = "-".join(each.value for each in made["source"])
        found.append({"id": ids.new(name), **made, "equal": list(rule.get("equal") or [])})
    return found


def _side(source: Source, rule: Mapping[str, Any], side: str, at: Location) -> Iterator[Matcher]:
    for key, is_regex in ((f"{side}_match", False), (f"{side}_match_re", True)):
        for name, value in (rule.get(key) or {}).items():
            yield checked(source, Matcher(name, str(value), is_regex), (*at, key, name))
    yield from matchers(source, rule.get(f"{side}_matchers"), (*at, f"{side}_matchers"))


def _refused(sources: list[Matcher], targets: list[Matcher]) -> str | None:
    if all(matcher.holds({}) for matcher in sources):
        return "its source holds for alerts that have none of its labels, so every alert would quieten others"
    if not targets:
        return "its target is every alert"
    if sources == targets:
        return "its source and its target are the same alerts"
    return None
