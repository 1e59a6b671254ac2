"""Which keys a place of the YAML may have: what a mistyped one was probably meant to be."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from core.config.places import Location


def keys_at(model: type[BaseModel], at: Location) -> list[str]:
    """The keys that a mapping may have at this place of the model's YAML; none where it is no such place."""
    schema = model.model_json_schema()
    nodes = [schema]
    for step in at:
        nodes = [inner for node in nodes for inner in _inside(node, step, schema)]
    return sorted({key for node in nodes for each in _choices(node, schema) for key in each.get("properties", ())})


def _inside(node: dict[str, Any], step: int | str, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in _choices(node, schema):
        values = each.get("properties", {})
        found = each.get("items") if isinstance(step, int) else values.get(step, each.get("additionalProperties"))
        if isinstance(found, dict):
            yield found


def _choices(node: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the node may be, where it refers to something else or is one of several."""
    if "$ref" in node:
        yield from _choices(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
    for each in (*node.get("anyOf", ()), *node.get("allOf", ())):
        yield from _choices(each, schema)
    yield node
