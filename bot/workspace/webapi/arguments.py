"""Arguments of a Web API call: form fields or JSON, with lists and objects possibly JSON-encoded in text."""

import json
from collections.abc import Mapping
from typing import Any

from ..errors import SlackError
from ..messages import Json


class Arguments:
    """Reads arguments by type; a missing or malformed one raises SlackError in Slack's words."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name)
        return default if value is None else str(value)

    def optional(self, name: str) -> str | None:
        return self.text(name) or None

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        value = self.text(name)
        if not value:
            detail = [f"missing required field: {name}"] if error == "invalid_arguments" else []
            raise SlackError(error, detail)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def integer(self, name: str, default: int) -> int:
        value = self._values.get(name)
        try:
            return default if value in (None, "") else int(str(value))
        except ValueError:
            raise SlackError("invalid_arguments", [f"must be an integer [json-pointer:/{name}]"]) from None

    def items(self, name: str, error: str) -> list[Any]:
        """A list, empty when it is missing; raises SlackError(error) when it is something else."""
        value = self._decoded(name, error)
        if value is None:
            return []
        if not isinstance(value, list):
            raise SlackError(error, [f"must provide an array [json-pointer:/{name}]"])
        return value

    def object(self, name: str, error: str) -> Json | None:
        value = self._decoded(name, error)
        if value is not None and not isinstance(value, dict):
            raise SlackError(error, [f"must provide an object [json-pointer:/{name}]"])
        return value

    def words(self, name: str) -> list[str]:
        """A comma-separated text, or a list, of words."""
        value = self._values.get(name)
        words = value if isinstance(value, list) else self.text(name).split(",")
        return [str(word).strip() for word in words if str(word).strip()]

    def _decoded(self, name: str, error: str) -> Any:
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error, [f"must be valid JSON [json-pointer:/{name}]"]) from None
