"""Alerting policies: a proposed change with its replay, one that is in force, and the record behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.escape import escape, inline
from bot.slack.ids import Action
from bot.slack.rendered import Json, Rendered
from bot.slack.views.approval import title
from bot.slack.views.colors import GOOD, QUIET, WAITING
from bot.slack.views.parts import actions, button, confirm, context, picture, plural, section, when
from bot.slack.views.people import People
from core.approvals.decide import deciders
from core.approvals.tables import Approval, ApprovalStatus
from core.config.pipeline import Pipeline
from core.evaluation.tuning.policy import STARTS, AlertingPolicy
from core.evaluation.tuning.proposal import Nothing, Proposal
from core.evaluation.tuning.record import PAGES, Record, Share
from core.evaluation.tuning.tables import PolicyStatus, PolicyVersion

BRACKETS = "In brackets: between what and what the share may be by chance, with 95% certainty."
SHOWN_CHECKS, SHOWN_VERSIONS, SHOWN_HELD = 8, 6, 3
WORDS = {
    PolicyStatus.PROPOSED: "waits for a decision",
    PolicyStatus.ACTIVE: "in force",
    PolicyStatus.DECLINED: "not applied",
    PolicyStatus.REPLACED: "replaced",
    PolicyStatus.ROLLED_BACK: "rolled back",
}


@dataclass(frozen=True)
class PolicyState:
    """A pipeline's policy in force with its number, its versions (newest first), what the past verdicts of
    `windows` were worth under it, and what they ask for now."""

    pipeline: Pipeline
    number: int
    policy: AlertingPolicy
    versions: Sequence[PolicyVersion]
    records: Sequence[Record]
    outlook: Proposal | Nothing
    windows: int


def proposal(approval: Approval, version: PolicyVersion, pipeline: Pipeline | None, people: People) -> Rendered:
    """The request with Apply and Keep while it is open; afterwards what became of it, and the way back."""
    status, name = ApprovalStatus(approval.status), title(approval, pipeline)
    waits = status is ApprovalStatus.PENDING
    asked = f"\nTo be decided by {people.either(deciders(approval, people.team))}." if waits else ""
    blocks = [section(f"*{name}*\n{escape(version.why)}{asked}"), *_replayed(version)]
    blocks += (
        _open(approval, name) if waits else [context(_decided(approval, people)), *_way_back(version, people)]
    )
    headline = "Waits for a decision" if waits else WORDS[PolicyStatus(version.status)].capitalize()
    return Rendered(f"{headline}: {name}. {escape(version.why)}", blocks, _color(status, version))


def applied(version: PolicyVersion, pipeline: Pipeline | None, people: People) -> Rendered:
    """A change that the pipeline's YAML lets Goldilocks make by itself."""
    name = inline(pipeline.title if pipeline else version.pipeline, 80)
    told = f"*The alerting policy of {name} has changed: v{version.replaces} to v{version.version}*"
    since = f" since {when(version.active_from)}" if version.active_from else ""
    state = f"Applied by itself, as the pipeline's YAML allows; {WORDS[PolicyStatus(version.status)]}{since}."
    blocks = [
        section(f"{told}\n{escape(version.why)}"),
        *_replayed(version),
        context(state),
        *_way_back(version, people),
    ]
    active = version.status == PolicyStatus.ACTIVE
    return Rendered(
        f"The alerting policy of {name} has changed. {escape(version.why)}", blocks, GOOD if active else QUIET
    )


def status(states: Sequence[PolicyState], people: People) -> Rendered:
    """Each pipeline's thresholds, how right they have been, and where they came from."""
    lines = [f"{inline(each.pipeline.title, 80)}: alerting policy v{each.number} is in force" for each in states]
    return Rendered("\n".join(lines), [block for each in states for block in _one(each, people)])


def changes(before: AlertingPolicy, after: AlertingPolicy) -> list[str]:
    """One line for each threshold that differs."""
    lines = []
    if before.page_from != after.page_from:
        lines.append(
            f"Call somebody when a miss is at least {after.page_from:.0%} likely, not from {before.page_from:.0%} on"
        )
    if before.record_from != after.record_from:
        lines.append(
            f"Keep a possible miss on record from {after.record_from:.0%} on, not {before.record_from:.0%}"
        )
    for check in sorted({*before.notify_from, *after.notify_from}):
        old, new = (each.notify_from.get(check, STARTS) for each in (before, after))
        if old != new:
            lines.append(f"Speak of {inline(_words(check), 60)} {_from(new)}, not {_from(old)}")
    return lines


def _from(level: float) -> str:
    return "whenever it is found" if level <= STARTS else f"from {level:.2g} times the usual limit on"


def _words(check: str) -> str:
    return f"“{check.replace('_', ' ')}”"


def _color(status: ApprovalStatus, version: PolicyVersion) -> str:
    if status is ApprovalStatus.PENDING:
        return WAITING
    return GOOD if version.status == PolicyStatus.ACTIVE else QUIET


def _replayed(version: PolicyVersion) -> list[Json]:
    replay = version.replay
    current, new = replay.get("current"), AlertingPolicy.from_json(version.thresholds)
    lines = changes(AlertingPolicy.from_json(current), new) if current else []
    chart = replay.get("chart")
    return [
        *([picture(chart, version.why)] if chart else []),
        *([section("\n".join(f"• {line}" for line in lines[:SHOWN_CHECKS]))] if lines else []),
        *([context(*notes)] if (notes := _notes(replay)) else []),
    ]


def _notes(replay: Mapping[str, Any]) -> list[str]:
    """How far the replay can be trusted."""
    notes = [_forward(replay), _confidence(replay)]
    return [*(note for note in notes if note), *(escape(held) for held in replay.get("held", [])[:SHOWN_HELD])]


def _forward(replay: Mapping[str, Any]) -> str:
    forward = replay.get("forward")
    if not forward or not forward["drops"]:
        return ""
    told = f"fitted on the older half alone, {forward['told']} of {forward['drops']} real drops of the newer half"
    if replay.get("forward_keeps"):
        return f"Tried forward: {told} would have been told."
    return f"Take care: {told} would have been told, fewer than were asked for."


def _confidence(replay: Mapping[str, Any]) -> str:
    after = replay.get("after") or {}
    if not after.get("drops"):
        return ""
    share = Share(after["told"], after["drops"])
    low, high = share.interval
    asked = f"at least {replay['recall']:.0%} was asked for"
    return f"{share.part} of {share.whole} drops bear out a recall of {low:.0%} to {high:.0%}; {asked}."


def _open(approval: Approval, name: str) -> list[Json]:
    apply = confirm("Apply?", f"{name}. It holds from the next evaluation on, and can be rolled back.", "Apply")
    keep = confirm("Keep?", "The thresholds stay as they are.", "Keep")
    return [
        context(f"Open until {when(approval.due_at)}."),
        actions(
            approval.message,
            button("Apply", Action.APPROVE, approval.id, style="primary", confirm=apply),
            button("Keep", Action.REJECT, approval.id, confirm=keep),
        ),
    ]


def _decided(approval: Approval, people: People) -> str:
    if approval.status == ApprovalStatus.EXPIRED:
        return f"Nobody decided until {when(approval.due_at)}. Nothing was changed."
    if approval.outcome == "superseded":
        return "Not applied: another alerting policy is in force meanwhile."
    verb = "Applied" if approval.status == ApprovalStatus.APPROVED else "Kept as it was"
    at = f" {when(approval.decided_at)}" if approval.decided_at else ""
    return f"{verb} by {people.mention(approval.decided_by)}{at}."


def _way_back(version: PolicyVersion, people: People) -> list[Json]:
    if version.status == PolicyStatus.ROLLED_BACK:
        at = f" {when(version.ended_at)}" if version.ended_at else ""
        return [context(f"Rolled back to v{version.replaces} by {people.mention(version.ended_by)}{at}.")]
    if version.status != PolicyStatus.ACTIVE or version.replaces is None:
        return []
    sure = confirm(
        "Roll back?", f"The thresholds of v{version.replaces} hold again at once.", "Roll back", danger=True
    )
    back = f"Roll back to v{version.replaces}"
    return [
        actions(version.message, button(back, Action.ROLL_BACK_POLICY, version.id, style="danger", confirm=sure))
    ]


def _one(state: PolicyState, people: People) -> list[Json]:
    pages, *checks = state.records
    lines = [_record(each) for each in checks if each.messages][:SHOWN_CHECKS]
    shown = [
        section(
            f"*{inline(state.pipeline.title, 80)}*: alerting policy v{state.number}\n{_thresholds(state.policy)}"
        ),
        section(
            "\n".join([f"*Record* of {plural(state.windows, 'window')} with their labels", _record(pages), *lines])
        ),
        *([context(BRACKETS)] if any(each.messages for each in state.records) else []),
        context(_outlook(state.outlook)),
    ]
    history = [_version(each, people) for each in state.versions[:SHOWN_VERSIONS]]
    shown += [section("*Versions*\n" + "\n".join(history))] if history else []
    active = next((each for each in state.versions if each.status == PolicyStatus.ACTIVE), None)
    return [*shown, *(_way_back(active, people) if active else [])]


def _thresholds(policy: AlertingPolicy) -> str:
    told = [f"Somebody is called when a miss is at least {policy.page_from:.0%} likely"]
    told.append(f"a possible miss is kept on record from {policy.record_from:.0%} on")
    told += [f"{inline(_words(check), 60)} is told {_from(level)}" for check, level in policy.notify_from.items()]
    return "; ".join(told[: SHOWN_CHECKS + 2]) + "."


def _record(found: Record) -> str:
    name = "Pages" if found.name == PAGES else inline(_words(found.name).strip("“”").capitalize(), 60)
    right = f"{_share(found.precision)} worth it" if found.precision.whole else "none so far"
    drops = f"; {_share(found.recall)} real drops paged" if found.name == PAGES and found.recall.whole else ""
    return f"• {name}: {right}{drops}"


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{share.part} of {share.whole} ({low:.0%} to {high:.0%})"


def _outlook(outlook: Proposal | Nothing) -> str:
    said = outlook.detail if isinstance(outlook, Nothing) else f"A change would be proposed: {outlook.sentence}"
    return escape(said)


def _version(version: PolicyVersion, people: People) -> str:
    at = version.active_from or version.made_at
    by = f" by {people.mention(version.ended_by)}" if version.ended_by else ""
    word = WORDS[PolicyStatus(version.status)]
    return f"• v{version.version}, {when(at)}: {word}{by if word != 'in force' else ''}. {escape(version.why)}"
