"""Modals and App Home: the stack of each person, hashes, and what a view looks like when it is handed out."""

import copy
import secrets

from . import limits
from .config import WorkspaceConfig
from .errors import SlackError
from .messages import Json
from .state import WorkspaceState

PAGES = 20
"""On how many pages one person can have something open."""

_GIVEN = ("title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id")


class Views:
    """The open modals of everybody, innermost last, and their published home tabs.

    A stack belongs to the page on which it was opened, as in Slack to one client; one of no page is shown on all.
    """

    def __init__(self, config: WorkspaceConfig, state: WorkspaceState) -> None:
        self._config = config
        self._state = state
        self._stacks: dict[tuple[str, str], list[Json]] = {}

    def stack(self, user_id: str, page: str | None = None) -> list[Json]:
        """What is open on a page; without one, the person's newest."""
        if page is None:
            page = next((other for user, other in reversed(self._stacks) if user == user_id), "")
        return self._stacks.get((user_id, page), [])

    def shown(self, user_id: str, page: str) -> list[Json]:
        """What a page shows that is loaded: its own, else what was opened on none."""
        return self.stack(user_id, page) or self.stack(user_id, "")

    def open(self, user_id: str, given: Json, page: str = "") -> Json:
        """Start a new stack with this view; what was open on this page before is gone."""
        self._check_external_id(given)
        view = self._build(given)
        view["root_view_id"] = view["id"]
        self._put((user_id, page), [view])
        return view

    def push(self, user_id: str, given: Json, on: str | None = None) -> Json:
        """Put a view on top of the stack in which the view `on` is, else of the newest; Slack allows three."""
        place = self._place(user_id, on) if on else None
        stack = self._stacks[place] if place else self.stack(user_id)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= limits.VIEW_STACK:
            raise SlackError("push_limit_reached")
        self._check_external_id(given)
        view = self._build(given)
        view["root_view_id"], view["previous_view_id"] = stack[0]["id"], stack[-1]["id"]
        stack.append(view)
        self._announce(self._place(user_id, view["id"]))
        return view

    def update(self, view_id: str | None, external_id: str | None, given: Json, hash_: str | None) -> Json:
        """Replace a view's content in place; a stale hash is a conflict."""
        for place, stack in self._stacks.items():
            for index, old in enumerate(stack):
                if old["id"] == view_id or (external_id and old["external_id"] == external_id):
                    stack[index] = self._replace(old, given, hash_)
                    self._announce(place)
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
        return home if home and home["id"] == view_id else self.find_open(user_id, view_id)

    def find_open(self, user_id: str, view_id: str) -> Json | None:
        """An open modal of this person."""
        place = self._place(user_id, view_id)
        return (
            next((view for view in self._stacks.get(place, ()) if view["id"] == view_id), None) if place else None
        )

    def pop(self, user_id: str, view_id: str) -> None:
        """Close one view; what was below it shows again."""
        if place := self._place(user_id, view_id):
            self._put(place, [view for view in self._stacks[place] if view["id"] != view_id])

    def clear(self, user_id: str, view_id: str) -> list[Json]:
        """Close the stack in which this view is, and return what was open, innermost first."""
        place = self._place(user_id, view_id)
        closed = self._stacks[place][::-1] if place else []
        if place:
            self._put(place, [])
        return closed

    def _place(self, user_id: str, view_id: str) -> tuple[str, str] | None:
        """Whose stack, on which page, this view is in."""
        places = ((place, stack) for place, stack in self._stacks.items() if place[0] == user_id)
        return next((place for place, stack in places if any(view["id"] == view_id for view in stack)), None)

    def _put(self, place: tuple[str, str], stack: list[Json]) -> None:
        """Let a page show this stack; the person's oldest go once they have left many pages with a form open."""
        self._stacks.pop(place, None)
        if stack:
            mine = [other for other in self._stacks if other[0] == place[0]]
            for old in mine[: max(0, len(mine) + 1 - PAGES)]:
                del self._stacks[old]
            self._stacks[place] = stack
        self._announce(place)

    def _check_external_id(self, given: Json) -> None:
        """An external id names one view in the whole workspace."""
        taken = {view["external_id"] for stack in self._stacks.values() for view in stack}
        if given.get("external_id") and given["external_id"] in taken:
            raise SlackError("duplicate_external_id")

    def _announce(self, place: tuple[str, str] | None) -> None:
        self._state.announce("stack", place)

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
