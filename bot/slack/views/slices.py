"""Slices and wrong predictions, a line each."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.escape import inline
from bot.slack.rendered import Json
from bot.slack.views.parts import context, plural
from core.config.pipeline import Outcome, Pipeline
from core.evaluation.goal import (
    is_below_usual,
    slice_figure,
    slice_found_by,
    slice_metric_of,
    slice_shortfall,
    slice_written,
)

SHOWN_FEATURES = 6


def slice_line(found: Mapping[str, Any]) -> str:
    """`carrier EV, origin EWR: accuracy 41.0% now, usually 58.0 to 67.0%, on 120 labels`; before it what the slice is
    told by, where that is another figure: `finds 3 of 20 positives, usually 13 to 17; accuracy …`."""
    tracked = f" · tracked, v{found['version']}" if found.get("tracked") and found.get("version") else ""
    usual = "" if found.get("value") is None else usually(found)
    by = f"{inline(slice_found_by(found), 200)}; " if slice_found_by(found) else ""
    figures = f"{by}{slice_figure(found)}{usual} on {plural(found.get('labels', found['rows']), 'label')}"
    return f"• *{inline(str(found['name']), 120)}*: {figures}{tracked}"


def usually(found: Mapping[str, Any]) -> str:
    """What is usual for a slice, after its figure: in nine of ten windows, or on average where no more is known."""
    metric, low, high, usual = (
        slice_metric_of(found),
        *(found.get(f"usual{each}") for each in ("_low", "_high", "")),
    )
    if low is not None and high is not None:
        first = f"{low * 100:.1f}" if metric.share else metric.written(low)
        return f" now, usually {first} to {slice_written(found, high)},"
    return "" if usual is None else f" now, usually {slice_written(found, usual)},"


def tracked(slices: Sequence[Mapping[str, Any]]) -> list[Json]:
    """The slices that people track and that do not stand out: how many, and which is furthest short of what is usual
    for it, if any is."""
    calm = [each for each in slices if each.get("tracked") and not each.get("worse")]
    if not calm:
        return []
    below = [each for each in calm if is_below_usual(each)]
    if not below:
        return [context(f"{plural(len(calm), 'tracked slice')}, none below its usual")]
    furthest = max(below, key=slice_shortfall)
    said = slice_line({**furthest, "version": None}).removeprefix("• ")
    return [context(f"{plural(len(calm), 'tracked slice')}, furthest below its usual: {said}")]


def example_lines(found: Mapping[str, Any], pipeline: Pipeline | None) -> list[str]:
    """A slice's own wrong predictions, below its line."""
    return [f"      {row(each, pipeline)}" for each in found.get("examples", ())]


def row(example: Mapping[str, Any], pipeline: Pipeline | None) -> str:
    """A wrong prediction: what was said and what was true, and the features."""
    features = example.get("features", {})
    told = [f"{inline(name, 60)} {figure(value)}" for name, value in list(features.items())[:SHOWN_FEATURES]]
    told += [f"{len(features) - SHOWN_FEATURES} more"] if len(features) > SHOWN_FEATURES else []
    guess, was = (inline(outcome(example[name], pipeline), 80) for name in ("prediction", "label"))
    score = f" (score {example['score']:.2f})" if example.get("score") is not None else ""
    said = f"predicted {guess}{score}, was {was}:"
    return f"• *{inline(str(example['id']), 80)}* {said} {', '.join(told)}"


def outcome(value: Outcome, pipeline: Pipeline | None) -> str:
    """What people call a class or a number that was predicted or true."""
    return pipeline.outcome_name(value) if pipeline else str(value)


def figure(value: Any) -> str:
    """The value of a feature, rounded for people."""
    text = "missing" if value is None else f"{round(value, 2):g}" if isinstance(value, float) else str(value)
    return inline(text, 80)
