"""What predictions and labels mean: the task, the two classes of a binary one, and what a score is of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.backtest.errors import BacktestError
from core.evaluation.rows import Task

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES = 20
"""Whole numbers with more different values than this are taken for amounts, not for classes."""
MOST_SEEN = 1000
"""Of more different values than these not all are known."""
FEW_LOW = 0.02
"""A probability of the predicted class is below one half in no more than this share of rows."""
YES = ("1", "yes", "y", "true", "t", "positive", "pos", "p", "+", "up", "bad", "fraud", "late", "churn", "default")
"""Which of two classes is class 1, when no score tells."""


@dataclass(frozen=True)
class ValueFacts:
    """What one pass tells about the predictions or the labels of a log.

    `keys` are the different values as `key_of` writes them (at most a thousand and one); `whole` that there is no
    fraction among them, `numeric` that all are numbers.
    """

    keys: frozenset[str]
    numeric: bool
    whole: bool
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Leaning:
    """The scores of the rows whose prediction is `key`: their mean, and the share of them below one half."""

    key: str
    mean: float
    low: float


@dataclass(frozen=True)
class Outcomes:
    """How raw values become the values of `Rows`.

    For BINARY `classes` are the keys of class 0 and class 1; `probability` says that the predictions are
    probabilities of class 1, `of_predicted` that the score is one of the predicted class.
    """

    task: Task
    classes: tuple[str, str] | None = None
    probability: bool = False
    of_predicted: bool = False
    notes: tuple[str, ...] = ()

    def values(self, raw: "pd.Series") -> "pd.Series":
        """Labels or predictions: 0.0 and 1.0, texts, or finite numbers; missing where they are neither."""
        import numpy as np
        import pandas as pd

        if self.task is Task.REGRESSION:
            return pd.to_numeric(raw, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
        keys = keys_of(raw)
        if self.task is Task.MULTICLASS:
            return keys
        if self.classes is None:  # pragma: no cover - a binary task always has its classes
            raise TypeError("a binary task without classes")
        return keys.map({self.classes[0]: 0.0, self.classes[1]: 1.0}).astype(float)

    def predictions(self, raw: "pd.Series") -> "pd.Series":
        """Predictions, with probabilities cut at one half."""
        import pandas as pd

        if not self.probability:
            return self.values(raw)
        number = pd.to_numeric(raw, errors="coerce").astype(float)
        return (number >= 0.5).astype(float).where(number.notna())

    def scores(self, raw: "pd.Series", predictions: "pd.Series") -> "pd.Series":
        """Probabilities as `Rows` wants them, in [0, 1]; missing where they are outside."""
        import pandas as pd

        number = pd.to_numeric(raw, errors="coerce").astype(float)
        number = number.where(number.between(0, 1))
        if self.task is Task.BINARY and self.of_predicted:
            return number.where(predictions != 0, 1 - number)
        return number


def read_outcomes(
    asked: Task | None, prediction: ValueFacts, label: ValueFacts | None, leaning: Sequence[Leaning] = ()
) -> Outcomes:
    """The task, as asked or inferred; `leaning` has the scores of the rows with each predicted class.

    BacktestError when the values do not fit the task that was asked for.
    """
    known = label or ValueFacts(frozenset(), numeric=True, whole=True)
    keys = prediction.keys | known.keys
    task = asked or _infer(prediction, known, keys)
    said = () if asked else (f"The task is taken to be {task}; say otherwise with --task.",)
    if task is not Task.REGRESSION and not _is_probability(prediction, known):
        said = (*said, *_nothing_in_common(prediction, known))
    if task is Task.REGRESSION:
        if not (prediction.numeric and known.numeric):
            raise BacktestError("--task regression: predictions and labels must be numbers")
        return Outcomes(task, notes=said)
    if task is Task.MULTICLASS:
        return Outcomes(task, notes=said)
    probability = _is_probability(prediction, known)
    if probability:
        keys = known.keys
        said = (*said, "The predictions are probabilities; they are cut at 0.5, and taken for the score.")
    if len(keys) > 2:
        shown = ", ".join(sorted(keys)[:5])
        raise BacktestError(f"--task binary: there are more than two different values ({shown}, …)")
    classes, how = _two_classes(keys, {each.key: each.mean for each in leaning})
    if keys - {"0", "1"}:
        said = (*said, f"Class 1 is “{classes[1]}” ({how}).")
    of_predicted = not probability and _leans_to_predicted(classes, leaning)
    if of_predicted:
        said = (*said, "The score is taken to be the probability of the predicted class, not of class 1.")
    return Outcomes(task, classes, probability, of_predicted, said)


def _nothing_in_common(prediction: ValueFacts, label: ValueFacts) -> tuple[str, ...]:
    """A sentence where no prediction can be right, since no label is ever written so."""
    if not prediction.keys or not label.keys or prediction.keys & label.keys or _are_many(prediction, label):
        return ()
    shown = (", ".join(f"“{key}”" for key in sorted(each.keys)[:3]) for each in (prediction, label))
    return (
        "No prediction can be right: predictions are such as {}, and no label is; labels are such as {}. Write both "
        "the same way.".format(*shown),
    )


def _are_many(*found: ValueFacts) -> bool:
    return any(len(each.keys) > MOST_SEEN for each in found)


def keys_of(raw: "pd.Series") -> "pd.Series":
    """Values as texts that agree across types: 1, 1.0, True and “1” are all “1”."""
    import pandas as pd

    unique = pd.Series(raw.dropna().unique())
    names = {value: key_of(value) for value in unique}
    found = raw.map(names)
    return found.astype(object).where(found.notna(), None)


def key_of(value: Any) -> str | None:
    """One value as such a text; None for empty texts and for numbers that are none."""
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return "1" if text.lower() == "true" else "0"
    try:
        number = float(text)
    except ValueError:
        return text or None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    return str(int(number)) if number == int(number) else repr(number)


def _infer(prediction: ValueFacts, label: ValueFacts, keys: Collection[str]) -> Task:
    if len(keys) <= 2 and (prediction.whole or not prediction.numeric) and (label.whole or not label.numeric):
        return Task.BINARY
    if _is_probability(prediction, label) and label.keys:
        return Task.BINARY
    if not (prediction.numeric and label.numeric):
        return Task.MULTICLASS
    if prediction.whole and label.whole and len(keys) <= MOST_CLASSES:
        return Task.MULTICLASS
    return Task.REGRESSION


def _is_probability(prediction: ValueFacts, label: ValueFacts) -> bool:
    """Whether the predictions are fractions in [0, 1] while the labels are 0 and 1."""
    low, high = prediction.low, prediction.high
    inside = low is not None and high is not None and low >= 0 and high <= 1
    return prediction.numeric and not prediction.whole and inside and bool(label.keys) and label.keys <= {"0", "1"}


def _two_classes(keys: Collection[str], leaning: dict[str, float]) -> tuple[tuple[str, str], str]:
    """The keys of class 0 and 1, and how they were told apart. With one class only, the other is made up."""
    if set(keys) <= {"0", "1"}:
        return ("0", "1"), "by its value"
    ordered = sorted(keys, key=_order)
    if len(ordered) == 1:
        yes = ordered[0].lower() in YES
        return (("", ordered[0]) if yes else (ordered[0], "")), "it is the only one"
    if all(_number(key) is not None for key in ordered):
        return (ordered[0], ordered[1]), "it is the larger number"
    affirmative = [key for key in ordered if key.lower() in YES]
    if len(affirmative) == 1:
        return (next(key for key in ordered if key != affirmative[0]), affirmative[0]), "by its name"
    if len(leaning) == 2 and set(leaning) == set(ordered) and leaning[ordered[0]] != leaning[ordered[1]]:
        low, high = sorted(ordered, key=lambda key: leaning[key])
        return (low, high), "it is predicted where the score is high"
    return (ordered[0], ordered[1]), "it is the last by alphabet; log 0 and 1 to be sure"


def _leans_to_predicted(classes: tuple[str, str], leaning: Sequence[Leaning]) -> bool:
    """Whether the rows of both predicted classes score above one half: then it is of the predicted class."""
    return {each.key for each in leaning if each.low < FEW_LOW} >= set(classes)


def _order(key: str) -> tuple[int, float, str]:
    number = _number(key)
    return (1, 0.0, key) if number is None else (0, number, key)


def _number(key: str) -> float | None:
    try:
        return float(key)
    except ValueError:
        return None
