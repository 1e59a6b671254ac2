"""Modals and App Home: the stack of each person, hashes, and what a view looks like when it is handed out."""

import copy
import secrets

from . import limits
from .config import WorkspaceConfig
from .errors import SlackError
from .messages import Json
from .state import WorkspaceState

_GIVEN = ("title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id")


class Views:
    """The open modals of everybody, innermost last, and their published home tabs."""

    def __init__(self, config: WorkspaceConfig, state: WorkspaceState) -> None:
        self._config = config
        self._state = state
        self._stacks: dict[str, list[Json]] = {}

    def stack(self, user_id: str) -> list[Json]:
        return self._stacks.get(user_id, [])

    def open(self, user_id: str, given: Json) -> Json:
        """Start a new stack with this view; what was open before is gone."""
        self._check_external_id(given)
        view = self._build(given)
        view["root_view_id"] = view["id"]
        self._stacks[user_id] = [view]
        self._announce(user_id)
        return view

    def push(self, user_id: str, given: Json) -> Json:
        """Put a view on top; Slack allows three."""
        stack = self._stacks.get(user_id)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= limits.VIEW_STACK:
            raise SlackError("push_limit_reached")
        self._check_external_id(given)
        view = self._build(given)
        view["root_view_id"], view["previous_view_id"] = stack[0]["id"], stack[-1]["id"]
        stack.append(view)
        self._announce(user_id)
        return view

    def update(self, view_id: str | None, external_id: str | None, given: Json, hash_: str | None) -> Json:
        """Replace a view's content in place; a stale hash is a conflict."""
        for user_id, stack in self._stacks.items():
            for index, old in enumerate(stack):
                if old["id"] == view_id or (external_id and old["external_id"] == external_id):
                    stack[index] = self._replace(old, given, hash_)
                    self._announce(user_id)
                    return stack[index]
        raise SlackError("not_found")

    def publish(self, user_id: str, given: Json, hash_: str | None) -> Json:
        """Set a person's home tab."""
        old = self._state.homes.get(user_id)
        view = self._build(given) if old is None else self._replace(old, given, hash_)
        view["root_view_id"] = view["id"]
        self._state.publish_home(user_id, view)
        return view

    def find(self, user_id: str, view_id: str) -> Json | None:
        """An open modal or the home tab of this person."""
        home = self._state.homes.get(user_id)
        candidates = [*self.stack(user_id), *([home] if home else [])]
        return next((view for view in candidates if view["id"] == view_id), None)

    def pop(self, user_id: str, view_id: str) -> None:
        """Close one view; what was below it shows again."""
        self._stacks[user_id] = [view for view in self.stack(user_id) if view["id"] != view_id]
        self._announce(user_id)

    def clear(self, user_id: str) -> list[Json]:
        """Close everything and return what was open, innermost first."""
        closed = self.stack(user_id)[::-1]
        self._stacks[user_id] = []
        self._announce(user_id)
        return closed

    def _check_external_id(self, given: Json) -> None:
        """An external id names one view in the whole workspace."""
        taken = {view["external_id"] for stack in self._stacks.values() for view in stack}
        if given.get("external_id") and given["external_id"] in taken:
            raise SlackError("duplicate_external_id")

    def _announce(self, user_id: str) -> None:
        self._state.announce("stack", user_id)

    def _build(self, given: Json) -> Json:
        view: Json = {
            "id": f"V{secrets.token_hex(5).upper()}",
            "team_id": self._config.team_id,
            "type": given["type"],
            "state": {"values": {}},
            "hash": _new_hash(),
            "title": None,
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": bool(given.get("clear_on_close", False)),
            "notify_on_close": bool(given.get("notify_on_close", False)),
            "previous_view_id": None,
            "root_view_id": None,
            "app_id": self._config.app_id,
            "app_installed_team_id": self._config.team_id,
            "bot_id": self._config.bot_id,
        }
        view |= {name: copy.deepcopy(given[name]) for name in _GIVEN if given.get(name) is not None}
        return view

    def _replace(self, old: Json, given: Json, hash_: str | None) -> Json:
        if hash_ is not None and hash_ != old["hash"]:
            raise SlackError("hash_conflict")
        view = self._build(given)
        view |= {name: old[name] for name in ("id", "root_view_id", "previous_view_id")}
        view["state"] = {"values": _kept_values(old, view)}
        return view


def _kept_values(old: Json, new: Json) -> Json:
    """What was typed survives an update where block and action ids stay the same."""
    blocks = {block.get("block_id") for block in new["blocks"]}
    return {block_id: values for block_id, values in old["state"]["values"].items() if block_id in blocks}


def _new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
