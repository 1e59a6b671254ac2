"""The people whom rotations and policies name, found in Slack by their mail addresses. Pure."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.imports.draft import Notes, SourceError
from bot.imports.names import Ids, said
from core.config.placeholders import placeholder


class Member(NamedTuple):
    """A member of the Slack workspace."""

    id: str
    name: str


class User(NamedTuple):
    """Somebody as the other tool knows them."""

    name: str
    email: str = ""
    timezone: str = ""
    slack: str = ""


@dataclass
class People:
    """Gives each of the other tool's `users` (by its own id) an id here when it is first named. Whom nothing names is
    left out."""

    users: Mapping[str, User]
    slack: Mapping[str, Member]
    notes: Notes
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ids: Ids = field(default_factory=lambda: Ids("person"))

    def of(self, user: str, where: str) -> str | None:
        """The id of this user; None, with a note, for one who is not among the users."""
        if user not in self.users:
            self.notes.add(
                where,
                f"the user {user}",
                "no file has this user",
                "fetch all users, or name somebody else by hand",
            )
            return None
        known = self.users[user]
        person = self._ids.of(user, known.name)
        if person not in self.found:
            self.found[person] = self._person(person, known, where)
        return person

    def left_out(self) -> int:
        return len(self.users) - len(self.found)

    def _person(self, person: str, user: User, where: str) -> dict[str, Any]:
        member = self.slack.get(user.email.casefold())
        taken = {each["slack"] for each in self.found.values()}
        slack = user.slack or (member.id if member else "")
        if slack in taken:
            self.notes.add(
                where, f"the Slack account of {user.name}", "somebody else has it, too", "look which is right"
            )
            slack = ""
        values: dict[str, Any] = {
            "id": person,
            "name": said(member.name if member and member.name else user.name, person),
            "slack": slack or placeholder("U", 1 + sum(each.startswith("UTODO") for each in taken)),
            "timezone": _zone(user.timezone),
        }
        return values | ({"email": user.email} if _is_address(user.email) else {})


def _is_address(email: str) -> bool:
    name, at, host = email.partition("@")
    return bool(name and at and host) and "@" not in host and not any(each.isspace() for each in email)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name


def slack_members(text: str, name: str) -> dict[str, Member]:
    """Slack's members by mail address in small letters: of `users.list` (JSON), or of a member list (CSV) with columns
    for the address and the id. SourceError for anything else, and for a first page alone."""
    if text.lstrip()[:1] in ("{", "["):
        return _of_json(text, name)
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = {(key or "").strip().casefold(): key for key in (rows[0] if rows else {})}
    email = next((columns[each] for each in ("email", "e-mail", "mail") if each in columns), None)
    slack = next((columns[each] for each in ("userid", "user_id", "id", "slack") if each in columns), None)
    if email is None or slack is None:
        raise SourceError(f"{name}:1: a CSV of Slack's members has the columns email and userid")
    full = next((columns[each] for each in ("fullname", "real_name", "name") if each in columns), "")
    return {
        row[email].strip().casefold(): Member(row[slack], (row.get(full) or "").strip())
        for row in rows
        if row[email]
    }


def _of_json(text: str, name: str) -> dict[str, Member]:
    try:
        answer = json.loads(text)
    except ValueError:
        raise SourceError(f"{name}: not valid JSON; fetch Slack's users.list again") from None
    members = answer.get("members") if isinstance(answer, dict) else answer
    if not isinstance(members, list):
        raise SourceError(f"{name}: no “members” in it; it must be what Slack's users.list answers")
    if isinstance(answer, dict) and (answer.get("response_metadata") or {}).get("next_cursor"):
        raise SourceError(
            f"{name}: this is the first page only; fetch the others with its next_cursor, or limit=1000"
        )
    found = {}
    for each in members:
        profile = each.get("profile") or {}
        if profile.get("email") and not each.get("deleted"):
            shown = profile.get("real_name") or each.get("real_name") or each.get("name") or ""
            found[str(profile["email"]).casefold()] = Member(str(each.get("id", "")), str(shown))
    return found
