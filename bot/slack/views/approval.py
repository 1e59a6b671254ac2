"""A request that another person decides: evidence, deadline, Approve and Reject; and what became of it."""

from typing import Any

from bot.slack.escape import escape, inline, link
from bot.slack.ids import Action, Callback
from bot.slack.rendered import Json, Rendered
from bot.slack.views import comparison, evaluation
from bot.slack.views.colors import GOOD, QUIET, WAITING
from bot.slack.views.parts import actions, button, confirm, context, modal, picture, section, when
from bot.slack.views.people import People
from core.approvals.decide import deciders
from core.approvals.tables import Approval, ApprovalAction, ApprovalStatus
from core.config.pipeline import Pipeline
from core.evaluation.tables import Evaluation

COLORS = {
    ApprovalStatus.PENDING: WAITING,
    ApprovalStatus.APPROVED: GOOD,
    ApprovalStatus.REJECTED: QUIET,
    ApprovalStatus.EXPIRED: QUIET,
}
OUTCOMES = {
    "verified": "Done and verified: serving answers with v{to}.",
    "reverted": "Undone: serving did not follow, the champion is v{from} again.",
    "unseen": "v{to} is the champion; serving has not answered with it yet.",
    "superseded": "Not carried out: the champion changed meanwhile.",
}


def title(approval: Approval, pipeline: Pipeline | None) -> str:
    name = inline(pipeline.title if pipeline else approval.pipeline, 80)
    if approval.action == ApprovalAction.TUNE:
        return f"Change the alerting policy of {name}: v{approval.from_version} to v{approval.to_version}"
    if approval.action == ApprovalAction.ROLL_BACK:
        return f"Roll back {name} from v{approval.from_version} to v{approval.to_version}"
    if approval.from_version is None:
        return f"Put v{approval.to_version} of {name} in service, its first version"
    return f"Promote v{approval.to_version} of {name} in place of v{approval.from_version}"


def message(
    approval: Approval, pipeline: Pipeline | None, evidence: Evaluation | None, people: People
) -> Rendered:
    """The request with its buttons while it is open; afterwards who decided, when, and what came of it."""
    status = ApprovalStatus(approval.status)
    name = title(approval, pipeline)
    blocks = [
        section(f"*{name}*\n{_asked(approval, people)}"),
        *_evidence(approval, evidence),
        *(_open(approval, name) if status is ApprovalStatus.PENDING else [context(_decided(approval, people))]),
    ]
    return Rendered(f"{_headline(status)}: {name}", blocks, COLORS[status])


def listed(approval: Approval, pipeline: Pipeline | None, people: People) -> Json:
    """A request among others. It is decided where its evidence is seen, so the button shows that first."""
    asked = f"Asked by {people.mention(approval.requested_by)}, to be decided until {when(approval.due_at)}"
    shows = button("Decide…", Action.SHOW_APPROVAL, approval.id)
    return section(f"*{title(approval, pipeline)}*\n{asked}", shows)


def form(blocks: list[Json]) -> Json:
    """The message in a form, where its buttons work as well; pictures stay in the channel."""
    return modal(Callback.DETAILS, "Decide", [each for each in blocks if each["type"] != "image"])


def asked_already(approval: Approval, address: str | None, blocks: list[Json]) -> Json:
    """In place of the form that would ask: the request that waits or is carried out, and where it is."""
    place = f" {link(address, 'Its message')} is in the channel." if address else ""
    waits = approval.status == ApprovalStatus.PENDING
    now = "waits for a decision" if waits else "is being carried out"
    return form([section(f"This was asked for already, and {now}.{place}"), *blocks])


def _headline(status: ApprovalStatus) -> str:
    return "Waits for a decision" if status is ApprovalStatus.PENDING else status.value.capitalize()


def _asked(approval: Approval, people: People) -> str:
    why = str(approval.evidence.get("why") or "")
    asked = f"Asked by {people.mention(approval.requested_by)}" + (f": {escape(why)}" if why else "")
    if approval.status != ApprovalStatus.PENDING:
        return asked
    # Mentioned in the first block, so that those who have to decide are told; a long reason is cut at its end.
    return f"To be decided by {people.either(deciders(approval, people.team))}.\n{asked}"


def _evidence(approval: Approval, found: Evaluation | None) -> list[Json]:
    shown: list[Json] = []
    if approval.from_version is not None:
        shown = comparison.blocks(approval.evidence, approval.from_version, approval.to_version)
    if found is not None:
        shown += [section(f"{escape(found.reason)}\n{evaluation.labels(found)}")]
        shown += [picture(found.chart, found.reason)] if found.chart else []
    if reason := str(approval.evidence.get("reason") or ""):
        shown.append(context(escape(reason)))
    return shown


def _open(approval: Approval, name: str) -> list[Json]:
    approve = confirm("Approve?", f"{name}. It starts at once.", "Approve")
    reject = confirm("Reject?", f"{name}. Nothing will be changed.", "Reject", danger=True)
    return [
        context(f"Open until {when(approval.due_at)}. Who asks for it cannot decide it."),
        actions(
            approval.message,
            button("Approve", Action.APPROVE, approval.id, style="primary", confirm=approve),
            button("Reject", Action.REJECT, approval.id, style="danger", confirm=reject),
        ),
    ]


def _decided(approval: Approval, people: People) -> str:
    if approval.status == ApprovalStatus.EXPIRED:
        return f"Nobody decided until {when(approval.due_at)}. Nothing was changed."
    by = f"{approval.status.capitalize()} by {people.mention(approval.decided_by)}"
    at = f" {when(approval.decided_at)}" if approval.decided_at else ""
    note = f": {escape(approval.note)}" if approval.note else ""
    return f"{by}{at}{note}. {_outcome(approval)}".strip()


def _outcome(approval: Approval) -> str:
    if approval.outcome is None:
        return "It is being carried out." if approval.status == ApprovalStatus.APPROVED else ""
    values: dict[str, Any] = {"to": approval.to_version, "from": approval.from_version}
    known = OUTCOMES.get(approval.outcome)
    return known.format(**values) if known else escape(approval.outcome.replace("_", " "))
