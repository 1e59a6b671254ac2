"""The models whose daily accuracy is estimated on the flights: good and poor ones, with good scores, bad ones or none.

All are fitted to the same months and frozen; each logs the features that it reads, and calls a flight late from one
half on. What can be known of a day before its labels are in depends on the model, so goals are held against several.
"""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from core.evaluation.rows import Rows, Task
from examples.flights import model
from examples.flights.columns import CATEGORICAL, FEATURES, NUMERIC, as_features

FEW = ("carrier", "hour", "distance", "visib")
COMMON = 200
"""Codes with fewer flights than this share one column: a rare airport is a column of nearly nothing but zeros."""


@dataclass(frozen=True)
class Kind:
    """One way to model: `build` makes the untrained pipeline over `features`; without `scored` the log has no score."""

    build: Any
    features: tuple[str, ...] = FEATURES
    scored: bool = True


def linear() -> Any:
    from sklearn.linear_model import LogisticRegression

    return _over(FEATURES, LogisticRegression(max_iter=300))


def few() -> Any:
    from sklearn.linear_model import LogisticRegression

    return _over(FEW, LogisticRegression(max_iter=300), common=COMMON)


def bayes() -> Any:
    """Takes features for independent, so its scores run into 0 and 1."""
    from sklearn.naive_bayes import GaussianNB

    return _over(FEATURES, GaussianNB(), common=COMMON)


def balanced() -> Any:
    """Trees that give late flights as much weight as all others: every score is far too high."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    shape = {"max_iter": 80, "max_leaf_nodes": 15, "random_state": 0}
    return _over(FEATURES, HistGradientBoostingClassifier(class_weight="balanced", **shape), common=COMMON)


def trees() -> Any:
    return model.build(0)


KINDS = {
    "trees": Kind(trees),
    "linear": Kind(linear),
    "bayes": Kind(bayes),
    "balanced": Kind(balanced),
    "few": Kind(few, FEW),
    "unscored": Kind(trees, scored=False),
}


def predicted(name: str, taught: pd.DataFrame, later: pd.DataFrame) -> Rows:
    """The log of the model of this name, taught on labelled flights, over later ones."""
    kind = KINDS[name]
    with model.one_thread():
        fitted = kind.build().fit(as_features(taught), taught["label"].astype(int))
        score = pd.Series(fitted.predict_proba(as_features(later))[:, 1], index=later.index)
    called = score.ge(model.THRESHOLD).astype(float)
    rows = Rows(
        Task.BINARY,
        later["predicted_at"],
        called,
        later["label"],
        later["label_at"],
        later[list(kind.features)],
        score,
    )
    return rows if kind.scored else replace(rows, score=None)


def _over(features: tuple[str, ...], learner: Any, common: int | None = None) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    codes = OneHotEncoder(handle_unknown="ignore", min_frequency=common, sparse_output=common is None)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = [
        ("codes", codes, [name for name in features if name in CATEGORICAL]),
        ("numbers", numbers, [name for name in features if name in NUMERIC]),
    ]
    return make_pipeline(ColumnTransformer(columns), learner)
