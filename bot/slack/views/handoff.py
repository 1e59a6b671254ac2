"""The end of a shift: the handoff with its Accept button, and the report in its thread."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.slack.escape import code, escape, inline
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views.colors import GOOD, WAITING
from bot.slack.views.parts import actions, button, context, modal, section, text_input, when
from bot.slack.views.people import People
from core.config.metric import Metric
from core.config.rotation import Rotation
from core.matchers import written
from core.oncall.handoff_text import KEPT
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.oncall.takeover import LONGEST
from core.oncall.watch import asked, named
from core.text import capital, in_minutes, shorten

SHOWN = 8
Entry = Mapping[str, Any]


def message(handoff: ShiftHandoff, rotation: Rotation | None, people: People) -> Rendered:
    """Who hands over to whom, the shift in one sentence, and Accept while nobody has."""
    name = inline(rotation.title if rotation else handoff.rotation, 80)
    name += f", layer {inline(handoff.layer, 40)}" if handoff.layer != handoff.rotation else ""
    outgoing, incoming = people.mention(handoff.outgoing), people.mention(handoff.incoming)
    blocks = [
        section(f"*{name}: handoff*\n{outgoing} hands over to {incoming}.\n{summary(handoff)}"),
        context(
            f"Shift from {when(handoff.shift_start)} to {when(handoff.shift_end)}",
            f"{people.mention(handoff.shadow)} went along as shadow" if handoff.shadow else "",
            f"Edited by {people.mention(handoff.edited_by)}" if handoff.edited_by else "",
        ),
    ]
    edit = button("Edit…", Action.EDIT_HANDOFF, handoff.id)
    export = button("Markdown", Action.EXPORT_HANDOFF, handoff.id)
    if handoff.status == HandoffStatus.ACCEPTED:
        at = f" {when(handoff.accepted_at)}" if handoff.accepted_at else ""
        blocks += [context(f"Accepted by {incoming}{at}."), actions(handoff.message, edit, export)]
        return Rendered(f"{name}: handoff accepted", blocks, GOOD)
    accept = button("Accept", Action.ACCEPT_HANDOFF, handoff.id, style="primary")
    blocks.append(actions(handoff.message, accept, edit, export))
    return Rendered(f"{name}: {outgoing} hands over to {incoming}", blocks, WAITING)


def report(handoff: ShiftHandoff, people: People, *, alone: bool = True) -> Rendered:
    """What happened in the shift; what is still open comes first. Below the handoff, which has the shift in one
    sentence, it does not stand `alone`."""
    values = {**handoff.report, "ended": _ended(handoff.report), "requests": _not_told(handoff.report)}
    parts: list[Json] = []
    for name, key, line in _PARTS:
        entries: Sequence[Entry] = values.get(key) or []
        lines = [line(entry, people) for entry in entries[:SHOWN]]
        more = f"\n… and {len(entries) - SHOWN:,} more" if len(entries) > SHOWN else ""
        parts += [section(f"*{name}*\n" + "\n".join(lines) + more)] if lines else []
    head = section("*What happened in the shift*" + (f"\n{summary(handoff)}" if alone else ""))
    watch = escape(handoff.to_watch)
    first = [section(f"*What to watch*\n{watch}")] if watch else []
    return Rendered("What happened in the shift", [head, *first, *parts])


def _ended(values: Mapping[str, Any]) -> list[Entry]:
    """The alerts that are not told as still open already."""
    return [each for each in values.get("alerts") or () if each.get("state") == "resolved"]


def summary(handoff: ShiftHandoff) -> str:
    """What the shift came to."""
    return escape(handoff.in_short)


def form(handoff: ShiftHandoff) -> Json:
    """The form that edits a handoff, filled with what it says now."""
    blocks = [
        text_input(Field.SUMMARY, "The shift in a few sentences", initial=handoff.in_short, long=True),
        text_input(
            Field.WATCH,
            "What to watch",
            initial=shorten(handoff.to_watch, LONGEST),
            long=True,
            optional=True,
        ),
    ]
    return modal(Callback.EDIT_HANDOFF, "Edit the handoff", blocks, submit="Save", data=str(handoff.id))


def _at(value: str | None) -> str:
    return when(datetime.fromisoformat(value)) if value else ""


def _open(entry: Entry, people: People) -> str:
    took = entry.get("minutes_to_acknowledge")
    held = f", held by {people.mention(entry['acknowledged_by'])}" if entry.get("acknowledged_by") else ""
    after = f" after {in_minutes(took)}" if took is not None and entry["state"] == "acknowledged" else ""
    what = f"{inline(entry['title'], 120)} ({inline(entry['severity'], 20)})"
    return f"• {what}: {escape(entry['state'])}{after}, open since {_at(entry['opened_at'])}{held}"


def _alert(entry: Entry, _people: People) -> str:
    took = entry.get("minutes_to_acknowledge")
    answered = f", acknowledged after {in_minutes(took)}" if took is not None else ""
    return f"• {inline(entry['title'], 120)} ({inline(entry['severity'], 20)}): {escape(entry['state'])}{answered}"


def _escalation(entry: Entry, people: People) -> str:
    return f"• {inline(entry['title'], 100)}: {people.mentions(list(entry['people']))} called {_at(entry['at'])}"


def _ticket(entry: Entry, _people: People) -> str:
    fixed = f": {inline(entry['resolution'], 150)}" if entry.get("resolution") else ""
    return f"• #{entry['ticket_id']} {inline(entry['title'], 120)} ({escape(entry['status'].replace('_', ' '))}){fixed}"


def _not_told(report: Mapping[str, Any]) -> list[Entry]:
    """The requests that did not become one of the deployments, which are told by themselves."""
    done = {(each["pipeline"], each["version"]) for each in report.get("deployments") or []}
    asked_for = report.get("requests") or []
    return [each for each in asked_for if not (each["outcome"] and (each["pipeline"], each["to_version"]) in done)]


def _request(entry: Entry, people: People) -> str:
    since = "" if entry["from_version"] is None else f"from v{entry['from_version']} "
    versions = f"{since}to v{entry['to_version']}"
    what = f"{capital(asked(entry))} of {inline(named(entry), 60)} {versions}"
    by = f" by {people.mention(entry['decided_by'])}" if entry.get("decided_by") else ""
    outcome = f", {escape(str(entry['outcome']))}" if entry.get("outcome") else ""
    return f"• {what}: {escape(entry['status'])}{by}{outcome}"


def _deployment(entry: Entry, people: People) -> str:
    verb = {"roll_back": "rolled back to", "promote": "promoted to"}.get(str(entry["action"]), "set to")
    return (
        f"• {inline(named(entry), 60)} {verb} v{entry['version']} by {people.mention(entry['by'])}: "
        f"{escape(entry['status'])}"
    )


def _change(entry: Entry, _people: People) -> str:
    return f"• {inline(str(entry['summary']), 150)}, {_at(entry['at'])}, told by {inline(entry['source'], 40)}"


def _noise(entry: Entry, people: People) -> str:
    return f"• {inline(entry['title'], 100)}: {inline(entry['reason'], 150)} ({people.mention(entry['given_by'])})"


def _retrain(entry: Entry, _people: People) -> str:
    why = f": {inline(str(entry['error']), 150)}" if entry.get("error") else ""
    return f"• {inline(named(entry), 60)}, {_at(entry['at'])}: {escape(entry['status'])}{why}"


def _silence(entry: Entry, people: People) -> str:
    which = written(entry["matchers"])
    begins = f" from {_at(entry['begins_at'])}" if entry.get("begins_at") else ""
    return f"• {code(which, 120)}{begins} until {_at(entry['ends_at'])}, by {people.mention(entry['created_by'])}"


def _day(entry: Entry, _people: People) -> str:
    day = inline(entry.get("name") or f"{datetime.fromisoformat(entry['day']):%a %-d %b}", 60)
    metric = Metric(entry["metric"])
    value = "unknown" if entry["value"] is None else metric.written(entry["value"], entry.get("unit") or "")
    return (
        f"• {inline(named(entry), 60)}, {day}: {metric.spoken} {inline(value, 60)}, "
        f"{KEPT.get(entry['state'], 'not judged')}"
    )


_PARTS: tuple[tuple[str, str, Callable[[Entry, People], str]], ...] = (
    ("Still open", "open", _open),
    ("Silences that go on", "silences", _silence),
    ("Requests", "requests", _request),
    ("Alerts that ended", "ended", _alert),
    ("Escalations", "escalations", _escalation),
    ("Bugs", "tickets", _ticket),
    ("Noise", "noise", _noise),
    ("Deployments", "deployments", _deployment),
    ("Changes", "changes", _change),
    ("Retraining", "retrains", _retrain),
    ("Days", "days", _day),
)
