"""The weekly failure review: which wrong predictions are worth a look, and what they may have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from typing import Any

from core.config.pipeline import Outcome
from core.evaluation.log.prediction_log import LoggedRow, Value

CANDIDATES = 25
"""Of each day and predicted class, how many of the most confident wrong predictions are considered."""
LIKENESS_COSTS = 0.5
"""How much confidence a prediction gives up when it is just like one that was picked before."""


class FailureMode(StrEnum):
    """The ways in which predictions usually fail; people may also write their own."""

    MISSING_DATA = "Missing or stale features"
    UPSTREAM_CHANGE = "Upstream data changed"
    WORLD_CHANGED = "The world changed"
    RARE_CASE = "Rare case, too few examples"
    UNSEEN_CAUSE = "Cause the model cannot see"
    WRONG_LABEL = "The label is wrong"


@dataclass(frozen=True)
class CardFinding:
    """What people found in a wrong prediction: a failure mode (of the list, or their own words), and, if they name
    it, the slice it belongs to: rows whose features equal `where`."""

    failure_mode: str
    slice_name: str | None = None
    where: dict[str, Value] = field(default_factory=dict)


def pick(rows: Sequence[LoggedRow], attributes: Sequence[str], count: int) -> list[LoggedRow]:
    """The `count` most instructive of these wrong predictions: grave, and unlike each other.

    Greedy maximal marginal relevance (Carbonell and Goldstein, 1998): each next one maximises its gravity (of a class
    the confidence, of a number the error as a share of the largest) minus its likeness to those picked before, over
    the attributes, the kind of error and the day. Deterministic: ties go to the smaller id. Fewer rows than `count`
    give fewer.
    """
    left = sorted(rows, key=lambda row: row.id)
    gravest = max((row.gravity for row in left if isinstance(row.prediction, float)), default=1.0) or 1.0
    picked: list[LoggedRow] = []
    while left and len(picked) < count:
        best = max(
            left, key=lambda row: row.gravity / gravest - LIKENESS_COSTS * _repeats(row, picked, attributes)
        )
        picked.append(best)
        left.remove(best)
    return picked


def _repeats(row: LoggedRow, picked: Sequence[LoggedRow], attributes: Sequence[str]) -> float:
    """How much a prediction repeats what was picked: half by the one most like it, half by all together."""
    likenesses = [_likeness(row, other, attributes) for other in picked]
    return (max(likenesses) + sum(likenesses) / len(likenesses)) / 2 if likenesses else 0.0


def _likeness(one: LoggedRow, other: LoggedRow, attributes: Sequence[str]) -> float:
    """The share of traits that two predictions have in common, in [0, 1]."""
    same: list[bool] = [one.features.get(name) == other.features.get(name) for name in attributes]
    same += [_kind(one) == _kind(other), one.predicted_at.date() == other.predicted_at.date()]
    return sum(same) / len(same)


def _kind(row: LoggedRow) -> Outcome:
    """Which mistake it is: the class that was predicted, or whether a number was too high."""
    if isinstance(row.prediction, float) and isinstance(row.label, float):
        return row.prediction > row.label
    return row.prediction


def suggest_where(
    features: Mapping[str, Any], tested: Sequence[Mapping[str, Any]], attributes: Sequence[str]
) -> dict[str, Value]:
    """A slice that a wrong prediction may stand for, as a default that people change.

    Of the slices that hold it (`tested`: where, labels, right, usual; several windows add up) the one that did
    worst against its usual, in standard errors. Without any, the prediction's own first two attributes.
    """
    sums: dict[tuple[tuple[str, Value], ...], list[float]] = {}
    for entry in tested:
        where = entry["where"]
        if entry["usual"] is not None and all(features.get(name) == value for name, value in where.items()):
            labels, right, usual = entry["labels"], entry["right"], entry["usual"]
            key = tuple(sorted(where.items()))
            added = (labels * usual - right, labels * usual * (1 - usual))
            sums[key] = [a + b for a, b in zip(sums.get(key, [0.0, 0.0]), added, strict=True)]
    badness = [(excess / sqrt(spread), repr(key), key) for key, (excess, spread) in sums.items() if spread > 0]
    if badness and max(badness)[0] > 0:
        return dict(max(badness)[2])
    return {name: features[name] for name in attributes[:2] if name in features}
