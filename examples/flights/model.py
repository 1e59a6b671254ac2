"""The model: gradient-boosted trees over the feature columns, kept as a skops file.

A skops file is data, not code: loading it builds only objects of the types that are named here.
"""

from pathlib import Path
from typing import Any

from examples.flights.columns import CATEGORICAL, NUMERIC, as_features

THRESHOLD = 0.5
"""A flight is called late from this probability on: the cut that errs least often when both errors cost
the same, which is what accuracy, the pipeline's metric, counts."""

TRUSTED_TYPES = (
    "functools.partial",  # the trees check their numbers with it; skops audits what it wraps, too
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
)
"""What this model is made of, beyond the types that skops trusts by itself."""


def build(seed: int) -> Any:
    """An untrained model. Small trees and many rows a leaf: a month holds 26,000 flights, and storms are few."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=float("nan"))
    columns = ColumnTransformer([("codes", codes, list(CATEGORICAL)), ("numbers", "passthrough", list(NUMERIC))])
    trees = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.08,
        max_leaf_nodes=15,
        min_samples_leaf=50,
        l2_regularization=1.0,
        categorical_features=list(range(len(CATEGORICAL))),
        early_stopping=False,
        random_state=seed,
    )
    return Pipeline([("columns", columns), ("trees", trees)])


def fit(frame: Any, seed: int) -> Any:
    """A model that has learned from the labels of these rows."""
    with one_thread():
        return build(seed).fit(as_features(frame), frame["label"].astype(int))


def scores(model: Any, frame: Any) -> Any:
    """Probability of landing late for each row, as an array of floats in [0, 1]."""
    with one_thread():
        return model.predict_proba(as_features(frame))[:, 1]


def one_thread() -> Any:
    """The trees are small: on a busy machine, threads would wait for each other longer than they help.

    Only libraries that are loaded can be limited, so the trees' is loaded first.
    """
    import sklearn.ensemble  # noqa: F401 -- it brings the threads
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(limits=1)


def save(model: Any, path: Path) -> None:
    """Write the model as a skops file; raises ValueError when it holds a type that is not trusted here."""
    from skops import io

    path.parent.mkdir(parents=True, exist_ok=True)
    io.dump(model, path)
    unknown = set(io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES)
    if unknown:
        raise ValueError(
            f"this model could not be loaded again: {', '.join(sorted(unknown))} not in TRUSTED_TYPES"
        )


def load(path: Path) -> Any:
    """Read a skops file; raises skops' UntrustedTypesFoundException when it holds any other type."""
    from skops import io

    return io.load(path, trusted=list(TRUSTED_TYPES))
