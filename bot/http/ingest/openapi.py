"""The OpenAPI document of the senders' paths, made of the table that answers them and the types that read them."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec

from bot.http.ingest.routes import KEYED, SIGNED, TOKEN, Doc, Route

Json = dict[str, Any]

_SECURITY: dict[str, list[Json]] = {TOKEN: [{"bearer": []}, {"basic": []}], SIGNED: [{"mlflow": []}], KEYED: []}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "the token of a source in team.yaml"},
    "basic": {"type": "http", "scheme": "basic", "description": "the same token as password, with any user name"},
    "mlflow": {
        "type": "apiKey",
        "in": "header",
        "name": "X-MLflow-Signature",
        "description": "v1 HMAC-SHA256 of delivery id, timestamp and body, by the source's secret",
    },
}
_FILTERS = [
    {
        "name": "filter",
        "in": "query",
        "description": 'a matcher such as alertname="HighLatency"; all must hold',
        "schema": {"type": "array", "items": {"type": "string"}},
    }
]
_FORMS = {"/api/v2/silence/{id}": {"type": "string", "format": "uuid"}}
"""The path parameters that are not just any text."""


def document(routes: Iterable[Route]) -> bytes:
    """The document as JSON."""
    table = list(routes)
    taken = [each for route in table for each in route.doc.takes]
    schemas, components = msgspec.json.schema_components(taken, ref_template="#/components/schemas/{name}")
    bodies = iter(schemas)
    paths: dict[str, Json] = {}
    for route in table:
        taken_here = [next(bodies) for _ in route.doc.takes]
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, taken_here)
    about = {
        "title": "Goldilocks: what senders send",
        "version": version("goldilocks-oncall"),
        "description": "2xx means that it is on disk. See docs/ingest.md.",
    }
    made = {"openapi": "3.1.0", "info": about, "paths": paths}
    made["components"] = {"schemas": components, "securitySchemes": _SCHEMES}
    return msgspec.json.encode(made)


def _operation(route: Route, bodies: list[Json]) -> Json:
    doc = route.doc
    operation: Json = {
        "summary": doc.summary,
        "operationId": _name(route),
        "security": _SECURITY[doc.security],
        "responses": {str(status): {"description": text} for status, text in sorted(_replies(doc).items())},
    }
    parameters = [*_path_parameters(route.path), *(_FILTERS if doc.filtered else [])]
    if parameters:
        operation["parameters"] = parameters
    if bodies:
        body = bodies[0] if len(bodies) == 1 else {"anyOf": bodies}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _replies(doc: Doc) -> dict[int, str]:
    unknown = "nobody that team.yaml knows, or somebody who must sign"
    away = {503: "the database is away or does not answer; send it again"}
    return {**away, **doc.replies, 401: unknown, 500: "it could not be stored; send it again"}


def _path_parameters(path: str) -> list[Json]:
    name = path.rpartition("{")[2].rstrip("}")
    schema = _FORMS.get(path, {"type": "string"})
    return [{"name": name, "in": "path", "required": True, "schema": schema}] if "{" in path else []


def _name(route: Route) -> str:
    words = route.path.replace("{", "").replace("}", "").replace("/", " ").split()
    return "_".join((route.method.lower(), *words))
