"""A ticket before it is filed: prefilled from an alert group, and checked. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.alerts.tables import AlertGroup
from core.evaluation.goal import is_below_usual, stored_goal
from core.evaluation.tables import Evaluation, SloState
from core.text import shorten
from core.tickets.tables import Severity, Symptom

TITLE_LIMIT = 150
"""Characters of a title: it has to fit into the header of a message."""

DESCRIPTION_LIMIT = 3000
"""Characters of a description: it has to fit into one section of a message."""

_SEVERITIES = {
    "critical": Severity.CRITICAL,
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "info": Severity.LOW,
}

_MISSING = re.compile(r"\b(missing|nulls?|empty|no ?data|absent|stale|completeness)")

_WORDS = (
    (Symptom.LATE_LABELS, re.compile(r"\blabels?\b")),
    (Symptom.MISSING_DATA, _MISSING),
    (Symptom.BAD_DATA, re.compile(r"\b(schema|drift|out of range|column|corrupt|invalid|data quality)")),
    (Symptom.SLICE, re.compile(r"\b(slice|segment)")),
    (Symptom.TRAINING, re.compile(r"\b(re)?train(ing|er)?\b")),
    (Symptom.SERVING, re.compile(r"\b(latency|serving|5xx|timeouts?|unavailable|down|error rate|crash)")),
    (Symptom.METRIC_DROP, re.compile(r"\b(accuracy|auc|objective|slo|metric|performance)\b")),
)
"""The words that tell a symptom, the more telling ones first."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class TicketDraft:
    """What somebody is about to file. `group_id` leads to the alert group it comes from, if any."""

    title: str
    description: str = ""
    pipeline: str | None = None
    severity: str = Severity.MEDIUM
    symptom: str = Symptom.OTHER
    group_id: int | None = None
    assignee: str | None = None


def draft_from(group: AlertGroup, evaluation: Evaluation | None, pipelines: Collection[str]) -> TicketDraft:
    """The draft that an alert group suggests, ready to be filed; the person who files it has the last word."""
    paragraphs = [group.summary, *(_evidence(evaluation, group.summary) if evaluation else [])]
    return TicketDraft(
        title=shorten(group.title, TITLE_LIMIT),
        description=shorten("\n".join(part for part in paragraphs if part), DESCRIPTION_LIMIT),
        pipeline=group.pipeline if group.pipeline in pipelines else None,
        severity=_SEVERITIES.get(group.severity, Severity.MEDIUM),
        symptom=symptom_of(group, evaluation),
        group_id=group.id,
    )


def symptom_of(group: AlertGroup, evaluation: Evaluation | None) -> Symptom:
    """What the bug looks like: by what the evaluation found, else by the words of the alert."""
    if evaluation is not None:
        if evaluation.state == SloState.BREACHED:
            return Symptom.METRIC_DROP
        if evaluation.findings:
            return _data_symptom(evaluation.findings)
        if evaluation.state == SloState.UNKNOWN:
            return Symptom.LATE_LABELS
    text = _CAMEL.sub(" ", f"{group.labels.get('alertname', '')} {group.title}").replace("_", " ").lower()
    return next((symptom for symptom, words in _WORDS if words.search(text)), Symptom.OTHER)


def check_draft(draft: TicketDraft, pipelines: Collection[str], people: Collection[str]) -> dict[str, str]:
    """What is wrong with a draft, by field, in words for the person who typed it; empty when it can be filed."""
    errors: dict[str, str] = {}
    if not draft.title.strip():
        errors["title"] = "Please give the bug a title."
    elif len(draft.title) > TITLE_LIMIT:
        errors["title"] = f"This is {len(draft.title)} characters long; at most {TITLE_LIMIT} fit."
    if len(draft.description) > DESCRIPTION_LIMIT:
        errors["description"] = (
            f"This is {len(draft.description)} characters long; at most {DESCRIPTION_LIMIT} fit."
        )
    if draft.pipeline is not None and draft.pipeline not in pipelines:
        known = ", ".join(sorted(pipelines))
        errors["pipeline"] = f"There is no pipeline “{draft.pipeline}”. Known: {known}."
    if draft.severity not in set(Severity):
        errors["severity"] = f"“{draft.severity}” is not a severity: {', '.join(Severity)}."
    if draft.symptom not in set(Symptom):
        errors["symptom"] = f"“{draft.symptom}” is not a symptom: {', '.join(Symptom)}."
    if draft.assignee is not None and draft.assignee not in people:
        errors["assignee"] = f"“{draft.assignee}” is not in the team's YAML."
    return errors


def _data_symptom(findings: list[Any]) -> Symptom:
    kinds = " ".join(f"{finding.get('check', '')} {finding.get('reason', '')}" for finding in findings).lower()
    return Symptom.MISSING_DATA if _MISSING.search(kinds.replace("_", " ")) else Symptom.BAD_DATA


def _evidence(evaluation: Evaluation, said: str) -> list[str]:
    """What the evaluation adds to what is `said` already."""
    lines = []
    if evaluation.value is not None:
        goal = stored_goal(evaluation.metric, evaluation.objective, evaluation.summary)
        figure = f"{goal.begun} was {goal.written(evaluation.value)}"
        lines += [] if figure in said else [f"{figure}; the objective is {goal.stated}."]
    if evaluation.rows:
        day = (evaluation.summary or {}).get("day") or f"{evaluation.window_start:%Y-%m-%d}"
        served = (
            f", served by {', '.join(f'v{each}' for each in evaluation.versions)}" if evaluation.versions else ""
        )
        lines.append(f"{day}{served}: {evaluation.labels:,} of {evaluation.rows:,} labels were in.")
    new = [each for each in evaluation.findings if str(each.get("reason", "")).removesuffix(".") not in said]
    if new:
        findings = [_finding(one) for one in new[:5]]
        lines.append("Checks that failed: " + "; ".join(findings) + _more(new, 5))
    worst = [each for each in evaluation.slices if each.get("worse") or is_below_usual(each)]
    if worst:
        names = "; ".join(str(one.get("name", "")) for one in worst[:3])
        lines.append(f"Worst slices: {names}{_more(worst, 3)}")
    return lines


def _finding(found: Mapping[str, Any]) -> str:
    """The reason, after the column that it is about if it does not begin with it; without its own full stop."""
    column, reason = str(found.get("column") or ""), str(found.get("reason", "")).removesuffix(".")
    return reason if reason.startswith(column) else f"{column}: {reason}"


def _more(items: list[Any], shown: int) -> str:
    return f" and {len(items) - shown} more." if len(items) > shown else "."
