"""Silences: the form with its look back, the list, and the word before one ends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.slack.escape import code, escape, inline
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import (
    actions,
    button,
    context,
    modal,
    option,
    plural,
    section,
    select,
    select_input,
    text_input,
    time_input,
    when,
)
from bot.slack.views.people import People
from core.alerts.silence_tables import Silence, SilenceState
from core.alerts.silencing import Preview
from core.audit.tables import AuditEntry
from core.matchers import written
from core.text import as_written

LENGTHS = {
    "1h": ("1 hour", timedelta(hours=1)),
    "4h": ("4 hours", timedelta(hours=4)),
    "1d": ("1 day", timedelta(days=1)),
    "3d": ("3 days", timedelta(days=3)),
    "7d": ("1 week", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
_LENGTH = re.compile(r"([0-9]{1,6})m|@([0-9]{1,11})")

UNTIL = {"time": "when the time is over", "alerts": "when its alerts have ended, if that is sooner"}
LOOKING = "Looking back over 30 days…"
ASK = "Do the matchers say what you mean?"
ONCE = "*A silence does not repeat*: this one is for one time."
SHOWN = 15


@dataclass(frozen=True)
class Entered:
    """What the form holds."""

    matchers: str = ""
    length: str = "4h"
    """A key of LENGTHS, or of what was typed: so many minutes (`90m`), or until an instant (`@EPOCH`)."""
    until: str = "time"
    comment: str = ""
    start: datetime | None = None
    """When it begins, where that is not now."""


def length_of(key: str, start: datetime) -> timedelta:
    """How long a silence lasts that begins then and was chosen like this; nothing for what nobody could choose."""
    found = _LENGTH.fullmatch(key)
    if found is None:
        return LENGTHS[key][1] if key in LENGTHS else timedelta()
    minutes, instant = found.groups()
    return timedelta(minutes=int(minutes)) if minutes else datetime.fromtimestamp(int(instant), UTC) - start


def _typed(key: str, zone: str) -> str:
    found = _LENGTH.fullmatch(key)
    if found is None:
        return ""
    minutes, instant = found.groups()
    if minutes:
        return as_written(timedelta(minutes=int(minutes)))
    return f"until {datetime.fromtimestamp(int(instant), ZoneInfo(zone)):%a %-d %b %H:%M} ({zone})"[:75]


def form(entered: Entered, looked: str, data: str = "", zone: str = "UTC", *, once: bool = False) -> Json:
    """The form; `looked` is what the look back found, already escaped. Times are told in `zone`; `once` says that it
    does not repeat."""
    lengths = [option(label, key) for key, (label, _) in LENGTHS.items()]
    if entered.length not in LENGTHS and (typed := _typed(entered.length, zone)):
        lengths.insert(0, option(typed, entered.length))
    ends = [option(label, key) for key, label in UNTIL.items()]
    blocks = [
        text_input(
            Field.MATCHERS, "Alerts with (one matcher a line, all must hold)", initial=entered.matchers, long=True
        ),
        context('For example `alertname="HighLatency"` or `host=~"web-.*"`; also `!=` and `!~`.'),
        time_input(Field.FROM, "Begins at, if not now", entered.start, optional=True),
        select_input(Field.LENGTH, "For", lengths, _chosen(lengths, entered.length)),
        select_input(Field.UNTIL, "It ends", ends, _chosen(ends, entered.until)),
        text_input(Field.WHY, "Why", initial=entered.comment),
        *([section(ONCE)] if once else []),
        section(looked),
        actions("silence-preview", button("Look back with these matchers", Action.SILENCE_PREVIEW, "look")),
    ]
    return modal(Callback.SILENCE, "Silence alerts", blocks, submit="Silence", data=data)


def _chosen(options: Sequence[Json], value: str) -> Json:
    return next((each for each in options if each["value"] == value), options[0])


def looked_back(firing: int, previews: Sequence[Preview], *, later: bool = False) -> str:
    """What it would have kept quiet, in a few lines; `later` tells that it does not begin yet."""
    if not firing and not any(each.alerts for each in previews):
        return f"*No alert has these labels*, now or in the last {max(each.days for each in previews)} days. {ASK}"
    fire = f"{plural(firing, 'alert')} that {'fires' if firing == 1 else 'fire'} now"
    lines = [f"*It would quieten {fire}*{', once it begins: until then they call as always' if later else ''}."]
    for preview in previews:
        least = "at least " if preview.capped else ""
        counted = f"{plural(preview.alerts, 'alert')}, {plural(preview.pages, 'call')} to people"
        lines.append(f"In the last {preview.days} days: {least}{counted}.")
    newest = previews[-1].last if previews else ()
    lines += [f"• {when(each.opened_at)}  *{each.id}* {inline(each.title, 100)}" for each in newest]
    return "\n".join(lines)


def listed(silences: Sequence[Silence], people: People) -> Rendered:
    """Silences in force and to come, the next to end first, each with what can be done."""
    if not silences:
        return Rendered("Nothing is silenced.", [section("*Nothing is silenced.*")])
    coming = sum(_coming(each) for each in silences)
    head = plural(len(silences), "silence") + (f", {coming} to come" if coming else "")
    blocks = [section(f"*{head}*"), *(block for each in silences[:SHOWN] for block in entry(each, people))]
    hidden = len(silences) - SHOWN
    return Rendered(head, [*blocks, *([context(f"… and {plural(hidden, 'more silence')}")] if hidden > 0 else [])])


def entry(silence: Silence, people: People) -> list[Json]:
    """One silence: what, from when if that is to come, until when, by whom and why, with its buttons."""
    ends = f"{when(silence.ends_at)}{', or with its alerts' if silence.until_resolved else ''}"
    begins = f"*not yet:* from {when(silence.starts_at)} " if _coming(silence) else ""
    text = (
        f"{code(written(silence.matchers), 400)}\n{begins}until {ends} · by {people.mention(silence.created_by)}"
        f" · {inline(silence.comment, 200)}"
    )
    return [section(text), buttons(silence.id, "Take back" if _coming(silence) else "End now")]


def _coming(silence: Silence) -> bool:
    return silence.applied == SilenceState.PENDING


def buttons(silence_id: str, end: str = "End now") -> Json:
    """Longer, or over now; the values carry the silence's id, `end` is what ending it is called."""
    longer = [option(f"by {label}", f"{silence_id}:{key}") for key, (label, _) in list(LENGTHS.items())[:4]]
    return actions(
        f"silence:{silence_id}",
        select(Action.SILENCE_EXTEND, "Extend…", longer),
        button(end, Action.SILENCE_END, silence_id),
    )


def ends_soon(entry: AuditEntry, silence: Silence | None, people: People) -> Rendered:
    """The word before a silence ends; once it is over or lasts longer, that in place of the buttons."""
    text = people.fill(escape(entry.detail))
    if silence is None:
        return Rendered(text, [section(text)])
    if silence.ended_by is not None:
        return Rendered(text, [section(text), context(f"Ended by {people.mention(silence.ended_by)}.")])
    if silence.warn_at is not None:
        return Rendered(text, [section(text), context(f"It was extended, until {when(silence.ends_at)}.")])
    return Rendered(text, [section(text), *([buttons(entry.subject_id)] if silence.ends_at > entry.at else [])])
