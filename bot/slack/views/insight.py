"""What the newest evaluation of a pipeline knows, one question at a time: slices, checks, objectives, labels, why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.slack.escape import escape, inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.evaluation import awaits_labels, estimated, goal_of, labels
from bot.slack.views.parts import picture, plural, section, when
from bot.slack.views.slices import example_lines, slice_line, usually
from core.config.metric import Metric, in_unit
from core.config.pipeline import Pipeline
from core.evaluation.live.slices import Sliced
from core.evaluation.slicing.found import SliceFound
from core.evaluation.tables import Evaluation, SloState

SHOWN = 10
UNREMARKABLE = "None does worse than its own past and chance explain."
NO_PAST = "Not known yet: there are too few windows before this one to tell what is usual."
NO_SLICES = "None has enough labels to tell."
STATES = {SloState.MET: "met", SloState.BREACHED: "missed", SloState.UNKNOWN: "not judged"}


def nothing(pipeline: Pipeline) -> Rendered:
    """The answer while no window has been evaluated."""
    name, comes = inline(pipeline.title, 80), pipeline.evaluation.spoken
    return Rendered(f"{name} has not been evaluated yet. It is evaluated {comes}.")


def slices(newest: Evaluation, pipeline: Pipeline) -> Rendered:
    """Sub-populations: those that stand out first, then those that people track, then the lowest of the rest."""
    worse = [_with_examples(each, pipeline) for each in newest.slices if each.get("worse")]
    calm = [each for each in newest.slices if not each.get("worse")]
    tracked = [_with_examples(each, pipeline) for each in calm if each.get("tracked")]
    lowest = [_with_examples(each, pipeline) for each in calm if not each.get("tracked")]
    known = {tuple(sorted(each["where"].items(), key=str)) for each in newest.slices}
    tested = newest.summary.get("tested", [])
    low = sorted((each for each in tested if each["labels"]), key=lambda each: each["right"] / each["labels"])
    others = [
        _tested(each, pipeline) for each in low if tuple(sorted(each["where"].items(), key=str)) not in known
    ]
    left_out = [f"• {escape(str(each))}" for each in newest.summary.get("left_out", ())]
    lists = [
        ("Worse than usual", worse or [_none_worse([*newest.slices, *tested])]),
        ("Tracked, since people asked for it", tracked),
        ("Lowest of the others", [*lowest, *others]),
        ("Not looked at", left_out),
        ("About these figures", _alone(newest)),
    ]
    return _answer(newest, pipeline, "Slices", lists)


def _alone(newest: Evaluation) -> list[str]:
    """That figures of slices do not add up to the whole's, where they do not."""
    metric = Metric(newest.metric)
    if metric.of_rows or not newest.slices:
        return []
    return [
        f"• {metric.begun} of a slice is that of its own rows: those of all slices do not add up to the whole's."
    ]


def _none_worse(found: Sequence[Mapping[str, Any]]) -> str:
    """Why no slice is called worse than usual."""
    if not found:
        return NO_SLICES
    return UNREMARKABLE if any(each.get("usual") is not None for each in found) else NO_PAST


def _with_examples(found: Mapping[str, Any], pipeline: Pipeline) -> str:
    return "\n".join([slice_line(found), *example_lines(found, pipeline)])


def deep_slices(newest: Evaluation, pipeline: Pipeline, sliced: Sliced) -> Rendered:
    """Slices of up to three attributes, worked out on demand, furthest from their usual first."""
    low = [each for each in sliced.found if each.worse or each.value < each.usual][:SHOWN]
    lines = ["\n".join([_found(each), *_examples(each, sliced, pipeline)]) for each in low]
    left_out = [f"• {escape(each)}" for each in sliced.left_out]
    none = [
        "No slice does worse than usual, or none has enough labels."
        if pipeline.slices
        else "`slices` in pipeline.yaml names no attribute."
    ]
    lists = [("Furthest from their usual, by up to three attributes", lines or none), ("Not looked at", left_out)]
    return _answer(newest, pipeline, "Slices", lists)


def _found(each: SliceFound) -> str:
    told = "*stands out* " if each.worse else ""
    return f"• {told}{escape(each.reason)}"


def _examples(each: SliceFound, sliced: Sliced, pipeline: Pipeline) -> list[str]:
    if not each.worse:
        return []
    return example_lines({"examples": sliced.examples(dict(each.where), each.loss)}, pipeline)


def checks(newest: Evaluation, pipeline: Pipeline, past: Sequence[Mapping[str, Any]]) -> Rendered:
    """What the data checks found, now and in earlier windows; `past` are earlier findings with their `day`."""
    now = [
        f"• {escape(str(each['reason']))} {escape(str(each.get('response') or ''))}" for each in newest.findings
    ]
    columns = len(newest.summary.get("columns", {}))
    calm = f"{plural(columns, 'column')} looked at, nothing unusual."
    before = [f"• {escape(str(each['day']))}: {escape(str(each['reason']))}" for each in past]
    lists = [("Now", now or [calm]), ("By slice", _watched(newest)), ("Earlier", before)]
    return _answer(newest, pipeline, "Data checks", lists)


def _watched(newest: Evaluation) -> list[str]:
    """The slices whose columns are checked, too; nothing where none are asked for."""
    found = newest.summary.get("by_slice")
    if not found:
        return []
    by = " and ".join(inline(str(each), 80) for each in found["by"])
    waiting = found["watched"] - found["judged"]
    few = f"; {plural(waiting, 'slice')} with too few rows or windows yet" if waiting else ""
    return [f"• {plural(found['judged'], 'slice')} by {by} checked like the whole{few}."]


def slo(newest: Evaluation, pipeline: Pipeline) -> Rendered:
    """The objective of each window, and the rolling ones with what is left of their budgets."""
    goal = goal_of(newest)
    own = [f"• *{goal.title}* {inline(goal.bound, 80)}: {escape(newest.reason)}"]
    rolling = [_budget(each) for each in newest.summary.get("slos", [])]
    return _answer(newest, pipeline, "Objectives", [("Each window", own), ("Over time", rolling)])


def late(newest: Evaluation, pipeline: Pipeline) -> Rendered:
    """How many labels are in, how long they take, and what the figure will be once they all are."""
    found = newest.summary.get("labels", {})
    quantiles = [f"• {name} within {found[key]:.1f} h" for key, name in _DELAYS if found.get(key) is not None]
    estimate = [f"• {estimated(newest)}"] if newest.summary.get("estimate") and awaits_labels(newest) else []
    lists = [
        ("In so far", [f"• {labels(newest)}"]),
        ("Delay", quantiles),
        ("To come", _to_come(newest)),
        ("Which come late", [f"• {escape(str(each))}" for each in found.get("late") or ()]),
        ("Estimate", estimate),
    ]
    return _answer(newest, pipeline, "Labels", lists)


def _to_come(newest: Evaluation) -> list[str]:
    """What share of the labels will be in a window later and at last, and when the figure can be trusted."""
    ahead = (newest.summary.get("labels") or {}).get("outlook")
    if not ahead or newest.summary.get("settled"):
        return []
    parts = [f"{share:.0%} by {when(datetime.fromisoformat(at))}" for at, share in ahead["forecast"]]
    parts.append(f"{ahead['ever']:.0%} at last")
    lines = [f"• expected to be in: {', '.join(parts)}"]
    if ahead["nearly_all_at"] is None:
        return lines
    by = when(datetime.fromisoformat(ahead["nearly_all_at"]))
    return [*lines, f"• nearly all of these probably by {by}; from then on the figure hardly changes"]


def why(newest: Evaluation, pipeline: Pipeline) -> Rendered:
    """Why the newest verdict is what it is, in the order in which one would ask."""
    estimate = (newest.summary.get("estimate") or {}) if awaits_labels(newest) else {}
    rests = "" if estimate.get("value") is None else f" {escape(str(estimate.get('reason', '')))}"
    parts = [
        f"• The objective was {STATES[SloState(newest.state)]}: {escape(newest.reason)}",
        *(f"• {each}" for each in [labels(newest, beside=newest.reason)] if each),
        *([f"• {estimated(newest)}{rests}"] if estimate else []),
        *(f"• {escape(str(each['reason']))}" for each in newest.findings[:3]),
        *(slice_line(each) for each in newest.slices if each.get("worse")),
        *(_budget(each) for each in newest.summary.get("slos", []) if each["state"] != "met"),
    ]
    if not newest.findings:
        parts.append("• The data looked as it usually does.")
    return _answer(newest, pipeline, "Why", [("In order", parts)], newest.chart)


def _answer(
    newest: Evaluation,
    pipeline: Pipeline,
    what: str,
    lists: Sequence[tuple[str, Sequence[str]]],
    chart: str | None = None,
) -> Rendered:
    name, day = inline(pipeline.title, 80), escape(str(newest.summary.get("day", "")))
    blocks: list[Json] = [section(f"*{name}* · {what.lower()} · {day}")]
    for title, lines in lists:
        if lines:
            more = f"\n… and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
            blocks.append(section(f"*{title}*\n" + "\n".join(lines[:SHOWN]) + more))
    if chart:
        blocks.append(picture(chart, f"{newest.metric} of {pipeline.title}: {newest.reason}"))
    return Rendered(f"{name}, {what.lower()} of {day}", blocks)


def _tested(each: Mapping[str, Any], pipeline: Pipeline) -> str:
    name = ", ".join(f"{key} {'missing' if value is None else value}" for key, value in each["where"].items())
    share = each["right"] / each["labels"]
    told = f"accuracy {share:.1%}"
    if each.get("within") is not None:
        told = f"errors within {inline(in_unit(each['within'], pipeline.unit), 80)} {share:.1%}"
    figures = f"{told}{usually(each)}"
    return f"• {inline(name, 120)}: {figures} on {plural(each['labels'], 'label')}"


def _budget(each: Mapping[str, Any]) -> str:
    spent = f", {each['spent']:.0%} of the budget spent" if each.get("spent") is not None else ""
    return (
        f"• *{inline(str(each['name']), 80)}* {escape(str(each['state']))}{spent}: {escape(str(each['reason']))}"
    )


_DELAYS: tuple[tuple[str, str], ...] = (
    ("median_hours", "half of them"),
    ("p90_hours", "nine in ten"),
    ("longest_hours", "all that are in"),
)
