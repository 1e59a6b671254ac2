"""Faults that were written down before the checks were last changed, and looked at only when that was done."""

from typing import Any

import numpy as np
import pandas as pd

from bench.faults import Fault, is_number, is_text, numbers_only, texts_only


def _placed(values: Any, index: Any) -> Any:
    return pd.Series(np.asarray(values), index=index)


def _partly(share: float, change: Fault) -> Fault:
    """A fault in a share of the rows, wherever they are."""

    def partly(values: Any, column: Any, rng: np.random.Generator) -> Any:
        instead = change(values, column, rng)
        return None if instead is None else instead.where(rng.random(len(values)) < share, values)

    return partly


def _two_digits(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    size = 10.0 ** (np.floor(np.log10(values.abs().where(values != 0, 1.0))) - 1)
    return (values / size).round() * size


def _next_category(values: Any, column: Any, _rng: np.random.Generator) -> Any:
    """An index that is off by one: each value becomes the one after it."""
    different = sorted(column.dropna().unique())
    after = dict(zip(different, [*different[1:], different[0]], strict=True))
    return values.map(after) if len(different) > 1 else None


def _ramp(values: Any, column: Any, _rng: np.random.Generator) -> Any:
    """A sensor that runs away in the course of the window."""
    return values + column.std() * 1.5 * np.arange(len(values)) / max(1, len(values))


def _carried_on(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    """Lost values are filled with the last one that came."""
    return values.astype(object).mask(rng.random(len(values)) < 0.5, None).ffill()


def _half_permuted(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    chosen = np.flatnonzero(rng.random(len(values)) < 0.5)
    found = values.to_numpy().copy()
    found[chosen] = found[rng.permutation(chosen)]
    return _placed(found, values.index)


def _evened(values: Any, column: Any, rng: np.random.Generator) -> Any:
    """Each value of the column is as common as any other."""
    different = column.dropna().unique()
    return _placed(np.asarray(different)[rng.integers(len(different), size=len(values))], values.index)


def _late_join(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """The last eighth of the rows came before what is joined to them."""
    return values.astype(object).where(np.arange(len(values)) < len(values) * 7 / 8, None)


def _half_defaulted(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """The second half of the rows has a default instead."""
    instead = 0 if is_number(values) else "default" if is_text(values) else None
    return (
        None if instead is None else values.astype(object).where(np.arange(len(values)) < len(values) / 2, instead)
    )


LATER: dict[str, Fault | None] = {
    "blurred": numbers_only(lambda values, column, rng: values + rng.normal(0, 0.5, len(values)) * column.std()),
    "floored": numbers_only(lambda values, _column, _rng: values.clip(lower=values.quantile(0.3))),
    "no last letter": texts_only(lambda values, _column, _rng: values.str[:-1]),
    "two digits": numbers_only(_two_digits),
    "next category": texts_only(_next_category),
    "copied": None,
    "half of last week": None,
    "sign in a slice": None,
    "default in a slice": None,
    "doubled in a quarter": numbers_only(_partly(0.25, lambda values, _column, _rng: values * 2)),
    "half permuted": _half_permuted,
    "whole": numbers_only(lambda values, _column, _rng: np.floor(values)),
    "running away": numbers_only(_ramp),
    "carried on": _carried_on,
    "evened": _evened,
    "late join": _late_join,
    "half defaulted": _half_defaulted,
    "prefix in a third": texts_only(_partly(0.34, lambda values, _column, _rng: "x_" + values)),
}
"""Kinds by name. The stream makes those that need more than the column: another column's values (copied), those of
seven windows before in half of the rows, and what happens to one value of another column only."""
