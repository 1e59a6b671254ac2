"""The report of a shift as Markdown, to be kept outside Slack. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.config.metric import Metric
from core.matchers import written
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.oncall.watch import asked, named
from core.text import as_paragraphs, capital, in_minutes

Entry = Mapping[str, Any]
Name = Callable[[str | None], str]
"""From a person's id to their name."""
KEPT = {"met": "met", "breached": "missed"}
"""What people say of an objective's state; of all others that it was not judged."""


def markdown(handoff: ShiftHandoff, title: str, name: Name) -> str:
    """The whole report, with every entry; times are in UTC. Text from outside cannot form headings or tables."""
    report = handoff.report
    accepted = (
        f"accepted {_time(handoff.accepted_at)}" if handoff.status == HandoffStatus.ACCEPTED else "not accepted"
    )
    shadow = f", {name(handoff.shadow)} as shadow" if handoff.shadow else ""
    parts = [
        f"# {_line(title)}: handoff of {handoff.shift_end:%-d %B %Y}",
        f"{name(handoff.outgoing)} to {name(handoff.incoming)}{shadow} ({accepted}). "
        f"Shift from {_time(handoff.shift_start)} to {_time(handoff.shift_end)}.",
        as_paragraphs(handoff.in_short),
    ]
    drafted = "\n".join(f"- {_line(each)}" for each in report.get("watch", ()))
    watch = as_paragraphs(handoff.watch) if handoff.edited_by else drafted
    parts += [f"## What to watch\n\n{watch}"] if watch else []
    for heading, key, line in _SECTIONS:
        entries: Sequence[Entry] = report.get(key) or []
        if entries:
            parts.append(f"## {heading}\n\n" + "\n".join(f"- {_line(line(each, name))}" for each in entries))
    return "\n\n".join(parts) + "\n"


def _alert(entry: Entry, name: Name) -> str:
    took = entry.get("minutes_to_acknowledge")
    by = f", acknowledged by {name(entry['acknowledged_by'])}" if entry.get("acknowledged_by") else ""
    after = f" after {in_minutes(took)}" if took is not None else ""
    return f"{_time(entry['opened_at'])} {entry['title']} ({entry['severity']}): {entry['state']}{by}{after}"


def _call(entry: Entry, name: Name) -> str:
    people = ", ".join(name(person) for person in entry["people"])
    return f"{_time(entry['at'])} {entry['title']}: {people} called ({str(entry['reason']).replace('_', ' ')})"


def _ticket(entry: Entry, _name: Name) -> str:
    fixed = f"; {entry['resolution']}" if entry.get("resolution") else ""
    return (
        f"#{entry['ticket_id']} {entry['title']} ({entry['severity']}, {entry['status'].replace('_', ' ')}){fixed}"
    )


def _request(entry: Entry, name: Name) -> str:
    by = f" by {name(entry['decided_by'])}" if entry.get("decided_by") else ""
    return f"{capital(asked(entry))} of {named(entry)} to v{entry['to_version']}: {entry['status']}{by}"


def _deployment(entry: Entry, name: Name) -> str:
    return f"{_time(entry['at'])} {named(entry)} to v{entry['version']} by {name(entry['by'])}: {entry['status']}"


def _retrain(entry: Entry, _name: Name) -> str:
    return f"{_time(entry['at'])} {named(entry)}: {entry['status']}" + (
        f", {entry['error']}" if entry.get("error") else ""
    )


def _change(entry: Entry, _name: Name) -> str:
    return f"{_time(entry['at'])} {entry['summary']} (told by {entry['source']})"


def _noise(entry: Entry, name: Name) -> str:
    return f"{entry['title']}, says {name(entry['given_by'])}: {entry['reason']}"


def _silence(entry: Entry, name: Name) -> str:
    which = written(entry["matchers"])
    begins = f" from {_time(entry['begins_at'])}" if entry.get("begins_at") else ""
    return f"{which}{begins} until {_time(entry['ends_at'])}, by {name(entry['created_by'])}: {entry['comment']}"


def _day(entry: Entry, _name: Name) -> str:
    metric, unit = Metric(entry["metric"]), entry.get("unit") or ""
    value = "unknown" if entry["value"] is None else metric.written(entry["value"], unit)
    labels = f"{entry['labels']:,} of {entry['rows']:,} labels in"
    kept = f"objective {metric.declared(entry['objective'], unit)} {KEPT.get(entry['state'], 'not judged')}"
    day = entry.get("name") or entry["day"][:10]
    return f"{day} {named(entry)}: {metric.spoken} {value}, {labels}, {kept}"


_SECTIONS: tuple[tuple[str, str, Callable[[Entry, Name], str]], ...] = (
    ("Still open", "open", _alert),
    ("Alerts", "alerts", _alert),
    ("Escalations", "escalations", _call),
    ("Noise", "noise", _noise),
    ("Bugs", "tickets", _ticket),
    ("Requests", "requests", _request),
    ("Deployments", "deployments", _deployment),
    ("Changes", "changes", _change),
    ("Retraining", "retrains", _retrain),
    ("Silences that go on", "silences", _silence),
    ("Days", "days", _day),
)


def _time(at: datetime | str | None) -> str:
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "an unknown time"


def _line(text: str) -> str:
    """On one line, without a start that Markdown would read as a heading, list or quote."""
    return " ".join(text.split()).lstrip("#>-*+ ") or "(empty)"
