"""Faults of everyday pipelines, written down and measured before any signal was made that could find them."""

from typing import Any

import numpy as np
import pandas as pd

from bench.faults import Fault, is_number, is_text, numbers_only, texts_only

FEW = 4
"""A column of fewer different texts has no tail."""


def _about_the_middle(factor: float) -> Fault:
    """The same middle, another width."""
    return lambda values, _column, _rng: values.median() + (values - values.median()) * factor


def _read_without_point(value: Any) -> Any:
    """12.5 written with a comma that the reader takes for a mark of thousands: 125."""
    return (
        float(repr(float(value)).removesuffix(".0").replace(".", "")) if "e" not in repr(float(value)) else value
    )


def _off_by_one(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    present = values.dropna()
    return values + 1 if len(present) and (present == present.round()).all() else None


def _sentinel(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    """What a writer puts for nothing, in a twentieth of the rows."""
    instead = -999 if is_number(values) else ("nan", "", "N/A")[rng.integers(3)] if is_text(values) else None
    return None if instead is None else values.astype(object).mask(rng.random(len(values)) < 0.05, instead)


def _tail_to_other(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """All but the three commonest texts become one that stands for the rest."""
    common = values.value_counts().index
    return values.where(values.isin(common[:3]) | values.isna(), "other") if len(common) >= FEW else None


def _recoded(values: Any, column: Any, rng: np.random.Generator) -> Any:
    """Each text stands for another one: the encoder was fitted again."""
    different = sorted(column.dropna().unique())
    codes = dict(zip(different, rng.permutation(np.array(different, dtype=object)), strict=True))
    return values.map(codes) if len(different) > 1 else None


def _half(change: Fault) -> Fault:
    """A fault of every second row, by chance: one of two writers has it."""
    return lambda values, column, rng: change(values, column, rng).where(rng.random(len(values)) < 0.5, values)


def _inverted(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    return ~values if pd.api.types.is_bool_dtype(values) else None


EVERYDAY: dict[str, Fault | None] = {
    "a deviation up": numbers_only(lambda values, column, _rng: values + column.std()),
    "wider by half": numbers_only(_about_the_middle(1.5)),
    "narrower by half": numbers_only(_about_the_middle(0.5)),
    "sign dropped": numbers_only(lambda values, _column, _rng: values.abs()),
    "comma lost": numbers_only(lambda values, _column, _rng: values.map(_read_without_point, na_action="ignore")),
    "off by one": numbers_only(_off_by_one),
    "halved": numbers_only(lambda values, _column, _rng: values / 2),
    "spikes": numbers_only(
        lambda values, _column, rng: values.where(rng.random(len(values)) >= 1 / 30, values * 100)
    ),
    "capped": numbers_only(lambda values, _column, _rng: values.clip(upper=values.quantile(0.85))),
    "half whole": numbers_only(_half(lambda values, _column, _rng: np.trunc(values))),
    "sentinel": _sentinel,
    "inverted": _inverted,
    "tail to other": texts_only(_tail_to_other),
    "recoded": texts_only(_recoded),
    "half upper": texts_only(_half(lambda values, _column, _rng: values.str.upper())),
    "first letter": texts_only(lambda values, _column, _rng: values.str[:1]),
    "joined texts": None,
    "ten times in a slice": None,
    "keys exchanged": None,
    "a quarter of yesterday": None,
}
"""Kinds by name. The stream makes those that need more than the column: another column's text behind it (joined
texts), ten times the number (of texts: a mark before it) where another column has one of its common values, the values
of two common values of another column for each other (keys exchanged), and those of the window before in a quarter of
the rows."""
