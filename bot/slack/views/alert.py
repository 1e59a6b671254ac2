"""The parent message of an alert group: what is wrong, who holds it, and what can be done now."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.slack.escape import code, cut, escape, inline
from bot.slack.ids import Action
from bot.slack.rendered import Json, Rendered
from bot.slack.views import storm
from bot.slack.views.change import after, around
from bot.slack.views.colors import EXPLAINED, GOOD, HELD, QUIET, WRONG
from bot.slack.views.parts import (
    actions,
    button,
    context,
    link_button,
    option,
    overflow,
    plural,
    section,
    select,
    when,
)
from bot.slack.views.people import People
from bot.slack.views.state import AlertLine, GroupState
from core.alerts.lifecycle import held_by_sender
from core.alerts.tables import AlertGroup, GroupStatus
from core.text import length

COLORS = {
    GroupStatus.FIRING: WRONG,
    GroupStatus.ACKNOWLEDGED: HELD,
    GroupStatus.SILENCED: QUIET,
    GroupStatus.INHIBITED: EXPLAINED,
    GroupStatus.RESOLVED: GOOD,
}
WORDS = {
    GroupStatus.FIRING: "Firing",
    GroupStatus.ACKNOWLEDGED: "Acknowledged",
    GroupStatus.SILENCED: "Silenced",
    GroupStatus.INHIBITED: "Inhibited",
    GroupStatus.RESOLVED: "Resolved",
}
SILENCES = {"1h": ("1 hour", timedelta(hours=1)), "4h": ("4 hours", timedelta(hours=4))}
SILENCES |= {"1d": ("1 day", timedelta(days=1)), "end": ("as long as it fires", timedelta(days=7))}
UNTIL_IT_ENDS, BY_FORM = "end", "form"
SHOWN_ALERTS = 5
SUMMARY = 1_200
SHOWN_LABELS = 4
NAME = "alertname"


def message(state: GroupState, people: People) -> Rendered:
    """The message of a group, in the colour of its state."""
    group = state.group
    status = GroupStatus(group.status)
    name = storm.title(state.storm) if state.storm else inline(group.title)
    return Rendered(text=f"{WORDS[status]}: {name}", blocks=blocks(state, people), color=COLORS[status])


def shown(state: GroupState, people: People) -> Rendered:
    """The same for one person who asks, with what changed around its beginning."""
    drawn = message(state, people)
    return replace(drawn, blocks=[*drawn.blocks, *around(state.changes, state.group.opened_at)])


def blocks(state: GroupState, people: People) -> list[Json]:
    group = state.group
    if state.storm is not None:
        return storm.blocks(state, state.storm, holder(state, people))
    differing = {each.label for each in state.spread} or _differing(state.alerts)
    lines = [_line(alert, differing) for alert in state.alerts[:SHOWN_ALERTS]] if state.total > 1 else []
    hidden = state.total - len(lines) if lines else 0
    return [
        section(f"*{inline(group.title)}*\n{_summary(state)}".rstrip()),
        context(_facts(state)),
        context(
            holder(state, people),
            _verdict(state, people),
            after(state.after, group.opened_at) if state.after else "",
        ),
        *_in_short(state),
        *([section("\n".join(lines))] if lines else []),
        *([context(f"… and {plural(hidden, 'more alert')}; “Details” lists them")] if hidden else []),
        *buttons(state),
    ]


def _in_short(state: GroupState) -> list[Json]:
    """Many alerts by what they differ in, before the first few of them."""
    return [section(f"*{storm.how_many(state)}*"), *storm.values(state.spread)] if state.spread else []


def _summary(state: GroupState) -> str:
    """The group's paragraph, cut to a calm length; what is missing is counted, and “Details” shows it. One that says no
    more than the title is left out."""
    whole = "" if state.group.summary == state.group.title else escape(_whole(state))
    return whole if len(whole) <= SUMMARY else f"{cut(whole, SUMMARY)} (“Details” shows all of it)"


def _whole(state: GroupState) -> str:
    """The stored summary is cut; the annotation that it was made from has all of it."""
    stored = state.group.summary
    if not stored.endswith("…"):
        return stored
    told = (text.strip() for alert in state.alerts for text in alert.annotations.values())
    return next((text for text in told if text.startswith(stored[:-1])), stored)


def _facts(state: GroupState) -> str:
    group, pipeline = state.group, state.pipeline
    facts = [
        f"*{WORDS[GroupStatus(group.status)]}*",
        inline(group.severity, 40),
        inline(pipeline.title, 80) if pipeline else inline(group.pipeline or "", 80),
        f"since {when(group.opened_at)}",
        plural(state.total, "alert") if state.total > 1 else "",
        f"delivered {state.delivered:,} times" if state.delivered > max(state.total, 1) else "",
        " ".join(f"bug #{ticket}" for ticket in state.tickets),
        f"told with storm *{group.storm_id}*" if group.storm_id else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def holder(state: GroupState, people: People) -> str:
    """Who has it, in one sentence."""
    group = state.group
    match GroupStatus(group.status):
        case GroupStatus.FIRING:
            return "Nobody has acknowledged it yet."
        case GroupStatus.ACKNOWLEDGED:
            at = f" since {when(group.acknowledged_at)}" if group.acknowledged_at else ""
            return f"Held by {people.mention(group.acknowledged_by)}{at}."
        case GroupStatus.SILENCED:
            until = f" until {when(state.silenced_until)}" if state.silenced_until else ""
            who = f" by {people.mention(state.silenced_by)}" if state.silenced_by else ""
            return f"Silenced{who}{until}."
        case GroupStatus.INHIBITED:
            return f"Calls nobody while {_explanation(state)} fires, which explains it."
        case GroupStatus.RESOLVED:
            by = f" by {people.mention(group.resolved_by)}" if group.resolved_by else ""
            took = f" after {length(group.resolved_at - group.opened_at)}" if group.resolved_at else ""
            return f"Resolved{by}{took}."


def _after(state: GroupState) -> str:
    return after(state.after, state.group.opened_at) if state.after else ""


def _verdict(state: GroupState, people: People) -> str:
    found = state.verdict
    return f"Noise, says {people.mention(found.given_by)}: {inline(found.reason, 200)}" if found else ""


def _explanation(state: GroupState) -> str:
    return f"“{inline(state.inhibitor.title)}” (*{state.inhibitor.id}*)" if state.inhibitor else "something else"


def _differing(alerts: Sequence[AlertLine]) -> set[str]:
    """The labels in which these few differ, where it was not counted for all, as when none fires any more."""
    names = {name for each in alerts for name in each.labels}
    return {name for name in names if len({each.labels.get(name) for each in alerts}) > 1 and name != "severity"}


def _line(alert: AlertLine, differing: Collection[str]) -> str:
    """One alert by its name and labels; only by what tells it from the others, where that is known."""
    told = {name: value for name, value in alert.labels.items() if name in differing or not differing}
    labels = [f"{name}={value}" for name, value in sorted(told.items()) if name != NAME]
    text = alert.annotations.get("summary", "")
    parts = [
        "•" if alert.firing else "✓",
        inline(alert.labels.get(NAME, ""), 120) if NAME in differing or not labels else "",
        code(", ".join(labels[:SHOWN_LABELS]), 120) if labels else "",
        f"+{len(labels) - SHOWN_LABELS}" if len(labels) > SHOWN_LABELS else "",
        inline(text, 120),
    ]
    return " ".join(part for part in parts if part)


def buttons(state: GroupState) -> list[Json]:
    """What can be done in this state; values carry the group's id."""
    group = state.group
    block_id = f"alert-group:{group.id}"
    row = actions(
        block_id,
        _acknowledge(group),
        _resolve(group),
        _silence(group),
        button(f"Bug #{state.bug}" if state.bug else "File bug", Action.FILE_BUG, group.id),
        _roll_back(state),
        button("Details", Action.ALERT_DETAILS, group.id),
        link_button("Runbook", runbook(state)),
        _unmark(state),
        overflow(Action.ALERT_MORE, _more(state)),
    )
    return [row]


def _more(state: GroupState) -> list[Json]:
    """What is wanted less often."""
    choices = [("Why?", "why"), ("Call somebody…", "page")]
    choices += [("Give back", "unack")] if state.group.status == GroupStatus.ACKNOWLEDGED else []
    choices += [] if state.verdict else [("This is noise…", "noise")]
    return [option(label, f"{verb}:{state.group.id}") for label, verb in choices]


def _unmark(state: GroupState) -> Json | None:
    return button("Not noise", Action.UNMARK_NOISE, state.group.id) if state.verdict else None


def _acknowledge(group: AlertGroup) -> Json | None:
    if group.status not in (GroupStatus.FIRING, GroupStatus.INHIBITED) and not held_by_sender(group):
        return None
    return button("Acknowledge", Action.ACKNOWLEDGE, group.id, style="primary")


def _resolve(group: AlertGroup) -> Json | None:
    return None if group.status == GroupStatus.RESOLVED else button("Resolve", Action.RESOLVE, group.id)


def _silence(group: AlertGroup) -> Json | None:
    if group.status in (GroupStatus.SILENCED, GroupStatus.RESOLVED):
        return None
    options = [option(f"Silence {_for(key)}", f"{group.id}:{key}") for key in SILENCES]
    options.append(option("Other alerts, other times…", f"{group.id}:{BY_FORM}"))
    return select(Action.SILENCE, "Silence…", options)


def _for(key: str) -> str:
    label, _ = SILENCES[key]
    return label if key == UNTIL_IT_ENDS else f"for {label}"


def _roll_back(state: GroupState) -> Json | None:
    """Opens a modal that names both versions; nothing happens by this click alone."""
    group = state.group
    if state.pipeline is None or state.pipeline.deployment is None or group.status == GroupStatus.RESOLVED:
        return None
    return button("Roll back…", Action.ROLL_BACK, group.id, style="danger")


def runbook(state: GroupState) -> str:
    """Of the pipeline; else alerts may carry theirs as an annotation."""
    own = state.pipeline.runbook if state.pipeline else ""
    return own or next((url for alert in state.alerts if (url := alert.annotations.get("runbook_url"))), "")
