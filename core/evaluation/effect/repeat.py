"""The change that a window shows, made again on past rows: ranks and shares stay."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.finding import Finding

PERMUTED = ("apart", "stale", "repeated", "shifted")
"""Directions of findings whose values are usual, but in the wrong rows."""


def repeated(finding: Finding, past: pd.DataFrame, window: pd.DataFrame) -> pd.DataFrame:
    """Past features, changed in the finding's columns as the window's are; deterministic."""
    rng, changed = np.random.default_rng(0), past.copy()
    columns = [name for name in finding.columns if name in past.columns and name in window.columns]
    if finding.direction == "swapped" and len(columns) == 2:
        first, second = columns
        return changed.assign(**{first: past[second], second: past[first]})
    order = rng.permutation(len(past))
    for name in columns:
        if finding.direction in PERMUTED:
            changed[name] = past[name].to_numpy()[order]
        elif pd.api.types.is_numeric_dtype(past[name]) and pd.api.types.is_numeric_dtype(window[name]):
            turned = "sign turned" in finding.reason
            changed[name] = _by_rank(past[name].to_numpy(float), window[name].to_numpy(float), rng, turned)
        else:
            changed[name] = _by_commonness(past[name], window[name], rng)
    return changed


def _by_rank(past: Any, window: Any, rng: np.random.Generator, turned: bool) -> Any:
    """Each past value becomes the window's value of the same rank (the opposite one where the sign is turned)."""
    seen = np.sort(window[~np.isnan(window)])
    found = np.full(len(past), np.nan)
    known = ~np.isnan(past)
    if len(seen) and known.any():
        place = (pd.Series(past[known]).rank(method="average").to_numpy() - 0.5) / known.sum()
        place = 1 - place if turned else place
        found[known] = seen[np.minimum((place * len(seen)).astype(int), len(seen) - 1)]
    return _thinned(found, float(np.isnan(window).mean()) if len(window) else 0.0, rng)


def _thinned(values: Any, missing: float, rng: np.random.Generator) -> Any:
    """As many missing as in the window, at random; where fewer are missing there, none is made up."""
    known = np.flatnonzero(~np.isnan(values))
    wanted = round(missing * len(values)) - (len(values) - len(known))
    if wanted > 0:
        values[rng.choice(known, min(wanted, len(known)), replace=False)] = np.nan
    return values


def _by_commonness(past: "pd.Series[Any]", window: "pd.Series[Any]", rng: np.random.Generator) -> "pd.Series[Any]":
    """Known values stay; those that the window does not have become the new ones, the commonest the commonest."""
    before, now = (_levels(each) for each in (past, window))
    gone = [level for level in before if level not in set(now)]
    new = [level for level in now if level not in set(before)]
    names = dict(zip(gone, new, strict=False)) | dict.fromkeys(gone[len(new) :], new[-1] if new else None)
    text = past.astype(object).where(past.notna(), None).map(lambda value: names.get(str(value), value))
    missing, share = text.isna().to_numpy(), float(window.isna().mean()) if len(window) else 0.0
    wanted = round(share * len(text)) - int(missing.sum())
    if wanted > 0:
        known = np.flatnonzero(~missing)
        text.iloc[rng.choice(known, min(wanted, len(known)), replace=False)] = None
    return text


def _levels(values: "pd.Series[Any]") -> Sequence[str]:
    return [str(level) for level in values.dropna().astype(str).value_counts().index]
