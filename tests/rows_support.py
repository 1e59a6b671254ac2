"""Rows of a log as the rules see them."""

from typing import Any

from core.evaluation.rows import Rows


def shuffled(rows: Rows, order: Any) -> Rows:
    """The same rows in another order."""
    score = None if rows.score is None else rows.score.iloc[order]
    at, called, true = (each.iloc[order] for each in (rows.at, rows.prediction, rows.label))
    return Rows(rows.task, at, called, true, rows.label_at.iloc[order], rows.features.iloc[order], score)
