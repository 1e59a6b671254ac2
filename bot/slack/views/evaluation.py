"""An evaluation: its line in the channel, and the evidence in an alert's thread."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.slack.escape import escape, inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.colors import GOOD, QUIET, WRONG
from bot.slack.views.parts import context, picture, section, when
from bot.slack.views.slices import example_lines, figure, row, slice_line, tracked
from core.config.metric import Task
from core.config.pipeline import Pipeline
from core.evaluation.charts.places import fired_picture
from core.evaluation.goal import Goal, is_below_usual, stored_goal
from core.evaluation.tables import Evaluation, SloState
from core.text import percent

COLORS = {SloState.MET: GOOD, SloState.BREACHED: WRONG, SloState.UNKNOWN: QUIET}
WORDS = {SloState.MET: "objective met", SloState.BREACHED: "objective missed", SloState.UNKNOWN: "not judged"}
COMPLETE = 0.98
"""From this share of labels on a figure will hardly move any more."""
SHOWN_FINDINGS, SHOWN_SLICES, SHOWN_EXAMPLES, SHOWN_SLOS = 5, 5, 5, 5


def message(evaluation: Evaluation, pipeline: Pipeline | None, alert: str = "") -> Rendered:
    """One window in the channel: the figure, how sure it is, what failed, and the picture.

    `alert` leads to the alert that it raised: the thread there has all of it, which is not told twice.
    """
    name, word = _title(evaluation, pipeline), _word(evaluation)
    blocks = [
        section(f"*{name}* · {_day(evaluation)} · {word}\n{escape(evaluation.reason)}"),
        context(labels(evaluation, beside=evaluation.reason), _versions(evaluation)),
        *_estimate(evaluation),
        *_slos(evaluation),
        *_late(evaluation),
        *([context(f"Its picture, its slices and examples: {alert}.")] if alert else _seen(evaluation, pipeline)),
    ]
    text = f"{name}, {_day(evaluation)}: {word}. {escape(evaluation.reason)}"
    return Rendered(text, blocks, COLORS[SloState(evaluation.state)])


def standing(evaluation: Evaluation) -> str:
    """How a window went, in a line."""
    return f"{_day(evaluation)}: {_word(evaluation)}. {escape(evaluation.reason)}"


def _word(evaluation: Evaluation) -> str:
    state = SloState(evaluation.state)
    by = ", as estimated" if evaluation.summary.get("estimated") and state is not SloState.UNKNOWN else ""
    return f"{WORDS[state]}{by}"


def _seen(evaluation: Evaluation, pipeline: Pipeline | None) -> list[Json]:
    """What stands out, at a glance."""
    return [
        *_findings(evaluation),
        *_slices(evaluation, pipeline, only_worse=True),
        *tracked(evaluation.slices),
        *_picture(evaluation, pipeline),
    ]


def evidence(evaluation: Evaluation, pipeline: Pipeline | None) -> Rendered:
    """What an alert rests on: picture, slices, checks and real rows, so that looking costs nothing."""
    blocks = [
        section(f"*Evidence* · {_title(evaluation, pipeline)} · {_day(evaluation)}\n{escape(evaluation.reason)}"),
        *_picture(evaluation, pipeline),
        context(labels(evaluation, beside=evaluation.reason), _versions(evaluation)),
        *_estimate(evaluation),
        *_slices(evaluation, pipeline, only_worse=False),
        *_as_usual(evaluation),
        *_findings(evaluation),
        *_fired(evaluation),
        *_examples(evaluation, pipeline),
    ]
    return Rendered(f"Evidence: {escape(evaluation.reason)}", blocks)


def labels(evaluation: Evaluation, *, beside: str = "") -> str:
    """How many labels the figure rests on, whether more are to come, and its interval; what is counted in the text
    `beside` it is not counted again."""
    if not evaluation.rows:
        return ""
    of = f"{evaluation.labels:,} of {evaluation.rows:,} labels are in"
    if evaluation.summary.get("settled") and evaluation.labels < COMPLETE * evaluation.rows:
        of = f"{of}, the others are overdue"
    said = [] if of in beside else [of]
    if evaluation.value is None or evaluation.low is None or evaluation.high is None:
        return " · ".join(said)
    goal = goal_of(evaluation)
    span = goal.span(evaluation.low, evaluation.high)
    if evaluation.summary.get("settled", True):
        return " · ".join([*said, f"95% interval {span}"])
    alone = "by these alone" if said else "By the labels that are in alone"
    return " · ".join([*said, f"{alone} {goal.written(evaluation.value)}, 95% interval {span}"])


def awaits_labels(evaluation: Evaluation) -> bool:
    """Whether so many labels are missing that the figure may still move."""
    return evaluation.labels < COMPLETE * evaluation.rows


def goal_of(evaluation: Evaluation) -> Goal:
    """What the window was held against."""
    return stored_goal(evaluation.metric, evaluation.objective, evaluation.summary)


def estimated(evaluation: Evaluation) -> str:
    """What the metric will be once every label is in, or why that cannot be said; empty where nothing estimates."""
    found = evaluation.summary.get("estimate")
    if not found:
        return ""
    if found["value"] is None:
        return f"It cannot be estimated. {escape(found['reason'])} {usually_by(evaluation)}".rstrip()
    goal = goal_of(evaluation)
    span = goal.span(found["low"], found["high"])
    return f"With all labels: {goal.written(found['value'])} ({span}). Chance of a miss {percent(found['risk'])}."


def usually_by(evaluation: Evaluation) -> str:
    """When the labels to come are usually in; empty where they are in."""
    found = evaluation.summary.get("labels") or {}
    if evaluation.summary.get("settled") or "usually_by" not in found:
        return ""
    if found["usually_by"] is None:
        return "No label has come yet, so nobody knows when they will."
    by = datetime.fromisoformat(found["usually_by"])
    if by <= evaluation.known_at:
        return "By now nearly all labels are usually in."
    return f"Nearly all labels are usually in by {when(by)}; then it is known."


def _unestimated(evaluation: Evaluation) -> list[Json]:
    """Why nothing can be said before the labels are in, and when they usually are."""
    found = evaluation.summary.get("estimate") or {}
    if not evaluation.rows or found.get("value") is not None or evaluation.summary.get("settled", True):
        return []
    told = str(found.get("reason", "")) in evaluation.reason
    said = usually_by(evaluation) if told else estimated(evaluation)
    return [context(said)] if said else []


def _estimate(evaluation: Evaluation) -> list[Json]:
    """Told while labels are still to come; after that the figure speaks for itself."""
    found = evaluation.summary.get("estimate") or {}
    if evaluation.summary.get("settled") and not evaluation.summary.get("estimated"):
        return []
    if found.get("value") is None:
        return _unestimated(evaluation)
    late = awaits_labels(evaluation)
    kept = evaluation.summary.get("alerting", {}).get("at_risk")
    if not late:
        return []
    said = (
        f"Chance of a miss {percent(found['risk'])}."
        if evaluation.summary.get("estimated")
        else estimated(evaluation)
    )
    return [context(said, "Kept on record; nobody is called." if kept else "")]


def _late(evaluation: Evaluation) -> list[Json]:
    """Rows of earlier windows that came since the evaluation before."""
    late = evaluation.summary.get("late") or {}
    return [context(escape(late["text"]))] if late.get("text") else []


def _title(evaluation: Evaluation, pipeline: Pipeline | None) -> str:
    return inline(pipeline.title if pipeline else evaluation.pipeline, 80)


def _day(evaluation: Evaluation) -> str:
    return escape(str(evaluation.summary.get("day", f"{evaluation.window_start:%Y-%m-%d}")))


def _versions(evaluation: Evaluation) -> str:
    served = ", ".join(f"v{escape(version)}" for version in evaluation.versions[:5])
    return f"served by {served}" if served else ""


def _picture(evaluation: Evaluation, pipeline: Pipeline | None) -> list[Json]:
    if not evaluation.chart:
        return []
    alt = f"{evaluation.metric} of {pipeline.title if pipeline else evaluation.pipeline}: {evaluation.reason}"
    return [picture(evaluation.chart, alt)]


def _slos(evaluation: Evaluation) -> list[Json]:
    """Rolling objectives, those that are in trouble first."""
    order = ("breached", "at risk", "unknown", "met")
    slos = sorted(evaluation.summary.get("slos", []), key=lambda each: order.index(each["state"]))
    lines = [f"• *{inline(each['name'], 80)}* {each['state']}: {escape(each['reason'])}" for each in slos]
    return _list("Objectives", lines[:SHOWN_SLOS], len(lines))


def _findings(evaluation: Evaluation) -> list[Json]:
    kept = evaluation.summary.get("alerting", {}).get("kept", [])
    shown, once = _told_once(evaluation.findings[:SHOWN_FINDINGS])
    lines = [_finding(each) + (" (kept, not told)" if place in kept else "") for place, each in enumerate(shown)]
    return [*_list("Checks that failed", lines, len(evaluation.findings)), *([context(once)] if once else [])]


def _told_once(found: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str]:
    """The findings without what is said of several of them in the same words about the metric; and those words."""
    effects = [each.get("expected_effect") or {} for each in found]
    said = Counter(str(each["sentence"]) for each in effects if each.get("value") is None and each.get("sentence"))
    again = {sentence for sentence, times in said.items() if times > 1}
    shown: list[Mapping[str, Any]] = []
    for each, effect in zip(found, effects, strict=True):
        sentence = str(effect.get("sentence"))
        reason = str(each.get("reason", ""))
        shown.append({**each, "reason": reason.removesuffix(f" {sentence}") if sentence in again else reason})
    return shown, " ".join(escape(each.replace("it does", "they do", 1)) for each in sorted(again))


def _finding(found: Mapping[str, Any]) -> str:
    """The reason, after the column that it is about unless it begins with it."""
    about, reason = str(found.get("column") or ""), str(found.get("reason", ""))
    return (
        f"• {escape(reason)}"
        if found.get("where") or reason.startswith(about)
        else f"• {inline(about, 80)}: {escape(reason)}"
    )


def _fired(evaluation: Evaluation) -> list[Json]:
    """The columns that failed, drawn beside their past, and rows that show it."""
    fired = evaluation.summary.get("fired")
    if not fired or not evaluation.chart:
        return []
    names = ", ".join(each["column"] or "rows" for each in fired["series"])
    within = fired["series"][0].get("slice")
    names = f"{names} where {within}" if within else names
    lines = [_values(each) for each in fired["rows"]]
    alt = f"What the checks found in {names}, beside the windows before."
    return [picture(fired_picture(evaluation.chart), alt), *_list("Rows of it", lines, len(lines))]


def _values(found: Mapping[str, Any]) -> str:
    told = ", ".join(f"{inline(name, 60)} {figure(value)}" for name, value in found["values"].items())
    return f"• *{inline(str(found['id']), 80)}* {told}"


def _slices(evaluation: Evaluation, pipeline: Pipeline | None, *, only_worse: bool) -> list[Json]:
    found = [
        each for each in evaluation.slices if each.get("worse") or (not only_worse and not _is_as_usual(each))
    ]
    lines = [slice_line(each) if only_worse else _with_examples(each, pipeline) for each in found[:SHOWN_SLICES]]
    return _list("Slices", lines, len(found))


def _as_usual(evaluation: Evaluation) -> list[Json]:
    """The tracked slices that do as they usually do, by name."""
    names = [inline(str(each["name"]), 120) for each in evaluation.slices if _is_as_usual(each)]
    more = f" and {len(names) - SHOWN_SLICES} more" if len(names) > SHOWN_SLICES else ""
    return [context(f"Tracked, and as usual: {'; '.join(names[:SHOWN_SLICES])}{more}")] if names else []


def _is_as_usual(found: Mapping[str, Any]) -> bool:
    return bool(found.get("tracked")) and not found.get("worse") and not is_below_usual(found)


def _with_examples(found: Mapping[str, Any], pipeline: Pipeline | None) -> str:
    return "\n".join([slice_line(found), *(example_lines(found, pipeline) if found.get("worse") else ())])


def _examples(evaluation: Evaluation, pipeline: Pipeline | None) -> list[Json]:
    examples = evaluation.summary.get("examples", [])
    lines = [row(each, pipeline) for each in examples[:SHOWN_EXAMPLES]]
    title = "Largest errors" if pipeline and pipeline.task is Task.REGRESSION else "Wrong predictions"
    return _list(title, lines, len(examples))


def _list(title: str, lines: Sequence[str], total: int) -> list[Json]:
    if not lines:
        return []
    more = f"\n… and {total - len(lines):,} more" if total > len(lines) else ""
    return [section(f"*{title}*\n" + "\n".join(lines) + more)]
