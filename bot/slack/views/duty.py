"""What people are told about their duty: the day before, at its start, when it moved, and when nobody has it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.slack.escape import escape, inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import context, menu_buttons, section, when
from bot.slack.views.people import People
from core.audit.tables import GOLDILOCKS, AuditEntry
from core.config.rotation import Rotation
from core.oncall.duty import Duty
from core.oncall.rota_tables import DutyRole, Notice, NoticeKind

SHOWN = 6
"""How many stretches one message lists."""

CHOICES = (("Schedule", "/oncall schedule"), ("Swap", "/oncall swap"), ("I am away", "/oncall away"))


def message(
    notice: Notice, rotation: Rotation | None, duty: Duty | None, entry: AuditEntry | None, people: People
) -> Rendered:
    """A notice; `duty` is what runs at its start, `entry` what moved it."""
    name = inline(rotation.title if rotation else notice.rotation, 80)
    if notice.kind == NoticeKind.MOVED:
        return _moved(notice, name, entry, people)
    if notice.kind == NoticeKind.GAP:
        return _gap(notice, name)
    what = _what(notice.role)
    until = f"until {when(notice.ends_at)}"
    if notice.kind == NoticeKind.TOMORROW:
        text = f"*{name}*: you are {what} from {when(notice.starts_at)} {until}.{_parts(notice)}"
    else:
        text = f"*{name}*: you are {what} now, {until}.{_parts(notice)}"
    return Rendered(f"{name}: you are {what}", [section(text), *_beside(notice, duty, people), _choices(notice)])


def _parts(notice: Notice) -> str:
    """Of a tour with breaks, its first part: nobody is told again of the others."""
    if len(notice.spans) < 2:
        return ""
    first = when(datetime.fromisoformat(notice.spans[0]["end"]))
    return (
        f"\nIn {len(notice.spans)} parts, the first until {first}; others have the time between. "
        "This is told once for all of them."
    )


def _beside(notice: Notice, duty: Duty | None, people: People) -> list[Json]:
    """Who is there besides."""
    if duty is None:
        return []
    if notice.role == DutyRole.SHADOW:
        return [context(f"The primary is {people.mention(duty.primary)}.")]
    shadow = f"{people.mention(duty.shadow)} goes along as shadow." if duty.shadow else ""
    backup = f"{people.mention(duty.backup)} is called when you do not answer." if duty.backup else ""
    return [context(shadow, backup)] if shadow or backup else []


def _moved(notice: Notice, name: str, entry: AuditEntry | None, people: People) -> Rendered:
    lines = [_piece(span, notice.role, people) for span in notice.spans[:SHOWN]]
    if len(notice.spans) > SHOWN:
        lines.append(f"… and {len(notice.spans) - SHOWN} more stretches; *Schedule* has what comes next.")
    why = [context(*_why(entry, people))] if entry else []
    head = section(f"*{name}*: your shift moved.\n" + "\n".join(lines))
    return Rendered(f"{name}: your shift moved", [head, *why, _choices(notice)])


def _piece(span: Mapping[str, Any], role: str, people: People) -> str:
    """What the person gained or lost, and who had it before or has it now."""
    start, end = (when(datetime.fromisoformat(span[each])) for each in ("start", "end"))
    stretch, other = f"{_what(role)} from {start} to {end}", span.get("other")
    if span["gained"]:
        instead = f", in place of {people.mention(other)}" if other else ""
        return f"You are now {stretch}{instead}."
    if other:
        return f"You are no longer {stretch}: {people.mention(other)} is."
    nobody = " *Nobody* is now." if "other" in span and role == DutyRole.PRIMARY else ""
    return f"You are no longer {stretch}.{nobody}"


def _what(role: str) -> str:
    return "shadow" if role == DutyRole.SHADOW else "on call"


def _why(entry: AuditEntry, people: People) -> Iterator[str]:
    """What moved it and by whom; who is on call now has been said."""
    why, comment = entry.data.get("why", ""), entry.data.get("comment", "")
    if why:
        yield people.fill(escape(why))
    if comment:
        yield f"“{inline(comment)}”"
    if entry.actor != GOLDILOCKS and f"{{person:{entry.actor}}}" not in why:
        yield f"by {people.mention(entry.actor)}"


def _gap(notice: Notice, name: str) -> Rendered:
    text = f"*{name}*: nobody is on call from {when(notice.starts_at)} to {when(notice.ends_at)}."
    hint = context("Everybody of the rotation would be called at once. Somebody should take it.")
    buttons = menu_buttons(f"duty:{notice.id}", (("Take it", "/oncall take"), ("Schedule", "/oncall schedule")))
    return Rendered(f"{name}: nobody will be on call", [section(text), hint, buttons])


def _choices(notice: Notice) -> Json:
    return menu_buttons(f"duty:{notice.id}", CHOICES)
