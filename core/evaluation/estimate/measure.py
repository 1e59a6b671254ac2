"""A window's metric from outcomes, known or expected."""

from dataclasses import dataclass, replace

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Flags, Floats
from core.evaluation.estimate.memory import Table
from core.evaluation.rows import Task

SURE = 1e-15
"""As close to 0 and 1 as a probability is taken in a logarithm."""
SIMULATED = frozenset({Measure.AUC, Measure.F1, Measure.PRECISION, Measure.RECALL})
"""Measures that no sum over rows makes; what single outcomes add to their variance is drawn."""
HALF_A_ROW = 0.5
"""A class counts in a mean over classes from so many expected rows on."""


@dataclass(frozen=True)
class Confusion:
    """Of MULTICLASS: which class it is when a prediction was wrong. `classes` (k numbers, ascending) as in `Table`;
    `share` (k x k) is by class that was called, each row sums to 1."""

    classes: Floats
    share: Floats


def learn_confusion(table: Table, known: Flags) -> Confusion:
    """From the rows whose label is known; a class called too seldom to tell is confused as all are."""
    called, actual = table.called[known], table.actual[known]
    classes = np.unique(np.concatenate([called, actual]))
    counts = np.zeros((len(classes), len(classes)))
    wrong = called != actual
    np.add.at(counts, (np.searchsorted(classes, called[wrong]), np.searchsorted(classes, actual[wrong])), 1.0)
    usual = (counts.sum(axis=0) + HALF_A_ROW) * (1 - np.eye(len(classes)))
    smooth = counts + 5 * usual / np.maximum(usual.sum(axis=1, keepdims=True), 1e-9)
    return Confusion(classes, smooth / np.maximum(smooth.sum(axis=1, keepdims=True), 1e-9))


def metrics(
    measure: Measure, task: Task, mean: Floats, weight: Floats, table: Table, confusion: Confusion | None = None
) -> Floats:
    """The metric of each draw, NaN where it is not defined (no weight; AUC of one class).

    `mean` (rows x draws) is each row's outcome or its expectation, `weight` how likely it counts. `confusion` spreads
    wrong predictions of MULTICLASS whose label is unknown; without it only known ones count.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if measure in (Measure.F1, Measure.PRECISION, Measure.RECALL):
            right, predicted, actual = (
                _of_class_one(mean, weight, table)
                if task is Task.BINARY
                else _by_class(mean, weight, table, confusion)
            )
            return _averaged(measure, right, predicted, actual)
        if measure is Measure.AUC:
            return _auc(mean * weight, (1 - mean) * weight, table.score)
        if measure is Measure.R2:
            return _r2(mean, weight, table)
        average = (_loss(measure, task, mean, table) * weight).sum(axis=0) / weight.sum(axis=0)
        if measure is Measure.ACCURACY:
            return np.asarray(1 - average)
        return np.asarray(np.sqrt(average) if measure is Measure.RMSE else average)


def noise(
    measure: Measure, task: Task, mean: Floats, weight: Floats, open_rows: Flags, table: Table, spread: float
) -> float:
    """The variance that single outcomes add when the means of the rows that are open are certain.

    `spread` is the squared relative spread of a regression's loss around its mean (its dispersion).
    """
    total, expected = max(float(weight.mean(axis=1).sum()), 1e-9), mean.mean(axis=1)
    if task is not Task.REGRESSION:
        step = _step(measure, table)
        return float((open_rows * expected * (1 - expected) * step**2).sum()) / total**2
    squared = float((open_rows * spread * expected**2).sum()) / total**2
    if measure is Measure.RMSE:
        return squared / max(4 * float(expected.mean()), 1e-12)
    if measure is Measure.R2:
        return squared / max(float(np.nanvar(table.called)) + float(expected.mean()), 1e-12) ** 2
    return squared


def drawn(
    measure: Measure, task: Task, mean: Floats, weight: Floats, table: Table, confusion: Confusion | None
) -> float:
    """The variance of the metric by shocks and single outcomes together, from draws of both; 0 when undefined."""
    outcome = (np.random.default_rng(1).random(mean.shape) < mean).astype(float)
    found = metrics(measure, task, outcome, weight, table, confusion)
    found = found[np.isfinite(found)]
    return float(np.var(found)) if len(found) > 1 else 0.0


def _step(measure: Measure, table: Table) -> Floats:
    """How far one row's outcome moves the sum of its losses."""
    if measure is Measure.BRIER:
        return np.asarray(1 - 2 * table.score)
    if measure is Measure.LOG_LOSS:
        sure = np.clip(table.score, SURE, 1 - SURE)
        return np.asarray(np.log(sure / (1 - sure)))
    return np.ones(len(table))


def _loss(measure: Measure, task: Task, mean: Floats, table: Table) -> Floats:
    """The expected loss of each row and draw; for ACCURACY whether it was wrong."""
    score = table.score[:, None]
    if measure is Measure.BRIER:
        return np.asarray(mean * (1 - score) ** 2 + (1 - mean) * score**2)
    if measure is Measure.LOG_LOSS:
        sure = np.clip(score, SURE, 1 - SURE)
        return np.asarray(-(mean * np.log(sure) + (1 - mean) * np.log(1 - sure)))
    if measure is Measure.ACCURACY and task is Task.BINARY:
        return np.abs(table.called[:, None] - mean)
    return mean


def _of_class_one(mean: Floats, weight: Floats, table: Table) -> tuple[Floats, Floats, Floats]:
    """Right, predicted and actual rows of class 1, each as 1 x draws."""
    called = table.called[:, None]
    sums = ((called * mean * weight), (called * weight), (mean * weight))
    right, predicted, actual = (each.sum(axis=0)[None, :] for each in sums)
    return right, predicted, actual


def _by_class(
    mean: Floats, weight: Floats, table: Table, confusion: Confusion | None
) -> tuple[Floats, Floats, Floats]:
    """Right, predicted and actual rows of each class, as classes x draws."""
    known = ~np.isnan(table.actual)
    classes = np.unique(np.concatenate([table.called, table.actual[known]]))
    if confusion is not None:
        classes = np.unique(np.concatenate([classes, confusion.classes]))
    called = _indicator(table.called, classes)
    wrong = mean * weight
    right = called @ (weight - wrong)
    actual = right + _indicator(np.where(known, table.actual, np.nan), classes) @ np.where(
        known[:, None], wrong, 0.0
    )
    if confusion is not None:
        waiting = _indicator(table.called, confusion.classes) @ np.where(known[:, None], 0.0, wrong)
        np.add.at(actual, np.searchsorted(classes, confusion.classes), confusion.share.T @ waiting)
    return right, called @ weight, actual


def _indicator(values: Floats, classes: Floats) -> Floats:
    return np.asarray(classes[:, None] == values[None, :], float)


def _averaged(measure: Measure, right: Floats, predicted: Floats, actual: Floats) -> Floats:
    """The plain mean over the classes for which the measure is defined."""
    if measure is Measure.PRECISION:
        part, whole, rows = right, predicted, predicted
    elif measure is Measure.RECALL:
        part, whole, rows = right, actual, actual
    else:
        part, whole, rows = 2 * right, predicted + actual, predicted + actual
    value = np.where(rows >= HALF_A_ROW, part / whole, np.nan)
    defined = np.isfinite(value)
    return np.asarray(np.where(defined, value, 0.0).sum(axis=0) / defined.sum(axis=0))


def _r2(mean: Floats, weight: Floats, table: Table) -> Floats:
    """By the labels that are known, and where they are not by predictions that err to no side."""
    known = ~np.isnan(table.actual)[:, None]
    place = np.where(known[:, 0], table.actual, table.called)[:, None]
    middle = (place * weight).sum(axis=0) / weight.sum(axis=0)
    total = (((place - middle) ** 2 + np.where(known, 0.0, mean)) * weight).sum(axis=0)
    return np.asarray(1 - (mean * weight).sum(axis=0) / np.where(total > 0, total, np.nan))


def _auc(positive: Floats, negative: Floats, score: Floats) -> Floats:
    """How often a positive scores above a negative, ties half, by weights."""
    _, tie = np.unique(score, return_inverse=True)
    groups = int(tie.max()) + 1 if len(tie) else 0
    up = np.stack([np.bincount(tie, column, groups) for column in positive.T], axis=1)
    down = np.stack([np.bincount(tie, column, groups) for column in negative.T], axis=1)
    below = np.cumsum(down, axis=0) - down / 2
    return np.asarray((up * below).sum(axis=0) / (up.sum(axis=0) * down.sum(axis=0)))


def hidden(table: Table, arrived: Flags) -> Table:
    """The table without the labels that have not arrived."""
    return replace(table, actual=np.where(arrived, table.actual, np.nan))
