"""The report of a pipeline's week: one sentence and one picture, and its details as short lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.escape import escape, inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.colors import GOOD, QUIET, WRONG
from bot.slack.views.parts import context, picture, plural, section
from bot.slack.views.slices import slice_line
from core.config.metric import Metric
from core.config.pipeline import Pipeline
from core.evaluation.goal import Goal, stored_goal
from core.evaluation.tables import WeeklyReport

SHOWN = 10
STATES = {"met": "met", "breached": "missed", "unknown": "not judged"}


def message(report: WeeklyReport, pipeline: Pipeline | None) -> Rendered:
    """The week in the channel."""
    found, name = report.content, _name(report, pipeline)
    blocks = [
        section(f"*The week of {name}*\n{escape(found['sentence'])}"),
        context(escape(found["week"]), _held(found)),
    ]
    if report.chart:
        blocks.append(picture(report.chart, f"The week of {name}: {found['sentence']}"))
    return Rendered(f"The week of {name}: {escape(found['sentence'])}", blocks, _color(found["counts"]))


def details(report: WeeklyReport, pipeline: Pipeline | None) -> Rendered:
    """What the thread holds: windows, findings, slices and how late labels were."""
    found = report.content
    blocks = lists(found)
    return Rendered(f"Details of the week of {_name(report, pipeline)}", blocks)


def private(report: WeeklyReport, pipeline: Pipeline) -> Rendered:
    """The report with its details, for one reader."""
    told = message(report, pipeline)
    return Rendered(told.text, [*told.blocks, *lists(report.content)], told.color)


def nothing(pipeline: Pipeline) -> Rendered:
    """The answer before the first report."""
    name, comes = inline(pipeline.title, 80), pipeline.report_schedule.spoken
    return Rendered(f"{name} has no weekly report yet. It comes {comes}.")


def lists(found: Mapping[str, Any]) -> list[Json]:
    """The details; a list of nothing says so where that is news."""
    noun = str(found["noun"])
    goal = stored_goal(found.get("metric") or Metric.ACCURACY, found["objective"], found)
    days = [_day(each, goal) for each in found["days"]]
    findings = [f"• {escape(each['day'])}: {escape(each['reason'])}" for each in found["findings"]]
    slices = [f"{slice_line(each)}, {escape(each['day'])}" for each in found["slices"]]
    late = [_late(each) for each in found["days"] if each["median_hours"] is not None]
    return [
        _list(f"Each {noun}", days, "None was evaluated."),
        _list("Data findings", findings, "Nothing unusual.", found["finding_count"]),
        _list("Slices", slices, "None stood out."),
        _list("How late labels were, as first evaluated", late, "No label was in when it was evaluated."),
        *([context(_ever(found["delays"]))] if found["delays"] else []),
    ]


def _day(each: Mapping[str, Any], goal: Goal) -> str:
    """`Mon 4 Feb: met 76.2% (expected 71.0% to 79.0%) on 790 of 800 labels`; nothing of an estimate where none was."""
    labels = f"{each['labels']:,} of {plural(each['rows'], 'label')}"
    expected = ""
    if each["expected"] is not None:
        ends = {goal.written(each[name]) for name in ("value", "low", "high") if each[name] is not None}
        # Where nearly all labels were in, what lies outside may be less than the figures show.
        outside = "outside the expected" if each["within"] is False and len(ends) > 2 else "expected"
        one = goal.written(each["low"]) == goal.written(each["high"])
        range_ = goal.written(each["low"]) if one else goal.span(each["low"], each["high"])
        expected = f" ({outside} {range_})"
    value = f" {goal.written(each['value'])}" if each["value"] is not None else ""
    return f"• *{escape(each['day'])}*: {STATES[each['state']]}{value}{expected} on {labels}"


def _late(each: Mapping[str, Any]) -> str:
    nine = "" if each["p90_hours"] is None else f", nine in ten within {each['p90_hours']:.1f} h"
    return f"• {escape(each['day'])}: half within {each['median_hours']:.1f} h{nine}"


def _ever(delays: Mapping[str, Any]) -> str:
    half, came = f"{delays['median']:.1f} h", f"{delays['ever']:.0%}"
    return f"Over the week, half of the labels that come are in after {half}; of all labels {came} came so far."


def _held(found: Mapping[str, Any]) -> str:
    """How often the outcome was within what was expected; empty when that was never known."""
    known = [each["within"] for each in found["days"] if each["within"] is not None]
    if not known:
        return ""
    return f"{sum(known)} of {plural(len(known), 'estimate')} right: the outcome was within what was expected"


def _list(title: str, lines: Sequence[str], otherwise: str, total: int | None = None) -> Json:
    left = (total or len(lines)) - SHOWN
    more = f"\n… and {left:,} more" if left > 0 else ""
    return section(f"*{title}*\n" + ("\n".join(lines[:SHOWN]) + more if lines else otherwise))


def _name(report: WeeklyReport, pipeline: Pipeline | None) -> str:
    return inline(pipeline.title if pipeline else report.pipeline, 80)


def _color(counts: Mapping[str, int]) -> str:
    return WRONG if counts["breached"] else GOOD if counts["met"] else QUIET
