"""PagerDuty's resources in Terraform's words, as objects of its API. Pure.

Read are `terraform show -json` and the state itself (version 4). The provider lists layers as PagerDuty shows them, the
first one first; the API lists them the other way round.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Resource = tuple[str, dict[str, Any]]
"""The type of a resource, and its values."""


def is_terraform(values: Any) -> bool:
    return isinstance(values, Mapping) and "terraform_version" in values


def listed(values: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The objects of the API that the resources stand for, by kind."""
    made: dict[str, list[dict[str, Any]]] = {}
    for kind, resource in _resources(values):
        if kind in _OBJECTS and resource.get("id"):
            name, convert = _OBJECTS[kind]
            made.setdefault(name, []).append(convert(resource))
    return made


def _resources(values: Mapping[str, Any]) -> Iterator[Resource]:
    yield from _in_module((_mapping(values.get("values"))).get("root_module"))
    for each in _mappings(values.get("resources")):
        for instance in _mappings(each.get("instances")):
            yield str(each.get("type")), dict(_mapping(instance.get("attributes")))


def _in_module(module: Any) -> Iterator[Resource]:
    for each in _mappings(_mapping(module).get("resources")):
        yield str(each.get("type")), dict(_mapping(each.get("values")))
    for each in _mappings(_mapping(module).get("child_modules")):
        yield from _in_module(each)


def _schedule(values: dict[str, Any]) -> dict[str, Any]:
    layers = [
        {
            **layer,
            "end": layer.get("end") or None,
            "users": [{"user": {"id": str(each)}} for each in layer.get("users") or []],
            "restrictions": layer.get("restriction") or [],
        }
        for layer in _mappings(values.get("layer"))
    ]
    return {**values, "schedule_layers": layers[::-1]}


def _policy(values: dict[str, Any]) -> dict[str, Any]:
    rules = [{**rule, "targets": rule.get("target") or []} for rule in _mappings(values.get("rule"))]
    return {**values, "escalation_rules": rules}


def _service(values: dict[str, Any]) -> dict[str, Any]:
    found = {**values, "escalation_policy": {"id": str(values.get("escalation_policy"))}}
    for name in ("acknowledgement_timeout", "auto_resolve_timeout"):  # texts there; “null” for none
        found[name] = None if found.get(name) in ("null", "") else found.get(name)
    for name in ("incident_urgency_rule", "alert_grouping_parameters"):
        found[name] = next(_mappings(values.get(name)), None)
    return {**found, "status": None}


_OBJECTS: Mapping[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "pagerduty_schedule": ("schedules", _schedule),
    "pagerduty_escalation_policy": ("escalation_policies", _policy),
    "pagerduty_service": ("services", _service),
    "pagerduty_user": ("users", dict),
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in (value if isinstance(value, list) else []) if isinstance(each, Mapping))
