"""What the next person should keep an eye on, drafted from the report of a shift. Pure.

Sentences name pipelines by their titles, as they came; whoever shows them escapes them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]

SHOWN = 5
"""More sentences than this are not read at a change of shift."""

ALERTS = 3
"""How many of them may be about alerts that nobody has taken."""


def watch(report: Entry) -> list[str]:
    """At most SHOWN sentences, the most pressing first; empty after a quiet shift."""
    return list(_sentences(report))[:SHOWN]


def named(entry: Entry) -> str:
    """What people call the pipeline of an entry; reports drafted before titles were kept have its key alone."""
    return str(entry.get("pipeline_title") or entry["pipeline"])


def asked(request: Entry) -> str:
    """What a request is for, before “of” and its pipeline."""
    return {"roll_back": "rollback", "tune": "change of the alerting policy"}.get(request["action"], "promotion")


def _sentences(report: Entry) -> Iterator[str]:
    yield from _unanswered([alert for alert in report["open"] if alert["state"] == "unanswered"])
    for change in report["deployments"]:
        if change["status"] not in ("verified", "reverted") and change["action"] != "initial":
            yield f"{named(change)} was moved to v{change['version']}, and serving has not confirmed it yet."
    for pipeline in _missed_last(report):
        yield f"{pipeline} missed its objective on the last day that was judged."
    for retrain in report["retrains"]:
        if retrain["status"] == "failed":
            yield f"The last retraining of {named(retrain)} failed: {retrain['error'] or 'no reason was given'}."
    waiting = [request for request in report["requests"] if request["status"] == "pending"]
    for request in waiting:
        yield f"A {asked(request)} of {named(request)} to v{request['to_version']} waits for approval."
    if count := sum(1 for each in report["silences"] if not each.get("begins_at")):
        yield f"{count} silence{' is' if count == 1 else 's are'} still on."
    critical = [
        ticket for ticket in report["tickets"] if ticket["severity"] == "critical" and not ticket["closed"]
    ]
    for ticket in critical:
        yield f"Bug #{ticket['ticket_id']} is critical and not closed: {ticket['title']}."


def _unanswered(alerts: Sequence[Entry]) -> Iterator[str]:
    """Many alerts take two of the sentences and a count, so that they do not crowd out everything else."""
    named = alerts if len(alerts) <= ALERTS else alerts[: ALERTS - 1]
    for alert in named:
        yield f"“{alert['title']}” still fires, and nobody has taken it."
    if len(alerts) > len(named):
        yield f"{len(alerts) - len(named):,} more alerts still fire that nobody has taken."


def _missed_last(report: Entry) -> list[str]:
    """Pipelines whose last judged day missed the objective."""
    last: dict[str, Entry] = {}
    for day in report["days"]:
        if day["state"] != "unknown" and day["day"] >= last.get(day["pipeline"], day)["day"]:
            last[day["pipeline"]] = day
    return [named(day) for day in last.values() if day["state"] == "breached"]
