"""The tasks that a pipeline can have, and the metrics that it can be judged by, with everything but their formulas.

Live evaluations, backtests, estimates and messages all read a metric's direction, bounds and way of writing here; what
it comes to on given predictions is `core.evaluation.formulas`.
"""

from enum import StrEnum
from math import floor, inf, isclose, log10

DIGITS = 3
"""More are not read, and seldom known: an interval is wider."""
POINT, ERROR_POINT = 0.01, 0.02
"""What people call a point: of metrics that are at most 1 a hundredth, of an error such a share of what it is."""


class Task(StrEnum):
    """BINARY and MULTICLASS predict one of several classes, REGRESSION a number."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class Metric(StrEnum):
    """Which metric of a window is measured, estimated and judged.

    ACCURACY, F1, PRECISION and RECALL (of class 1 for BINARY, the mean over classes for MULTICLASS) and AUC (BINARY
    with a score) lie in [0, 1] and are better when higher, R2 (REGRESSION) is at most 1. LOG_LOSS and BRIER (BINARY
    with a score), MAE and RMSE (REGRESSION, in the label's unit) are at least 0 and better when lower.
    """

    ACCURACY = "accuracy"
    AUC = "auc"
    F1 = "f1"
    PRECISION = "precision"
    RECALL = "recall"
    LOG_LOSS = "log_loss"
    BRIER = "brier"
    MAE = "mae"
    RMSE = "rmse"
    R2 = "r2"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks on whose predictions it can be measured."""
        if self in (Metric.MAE, Metric.RMSE, Metric.R2):
            return (Task.REGRESSION,)
        if self.reads_score:
            return (Task.BINARY,)
        return (Task.BINARY, Task.MULTICLASS)

    @property
    def reads_score(self) -> bool:
        """Whether it reads the score and not the prediction, so that rows without a score count for nothing."""
        return self in (Metric.AUC, Metric.LOG_LOSS, Metric.BRIER)

    @property
    def higher_is_better(self) -> bool:
        """Whether an objective on it is a lower bound; else it is an upper one."""
        return self not in (Metric.LOG_LOSS, Metric.BRIER, Metric.MAE, Metric.RMSE)

    @property
    def share(self) -> bool:
        """Whether people read it as a percentage."""
        return self in (Metric.ACCURACY, Metric.AUC, Metric.F1, Metric.PRECISION, Metric.RECALL)

    @property
    def in_unit(self) -> bool:
        """Whether it is in the unit of the label (minutes, euros)."""
        return self in (Metric.MAE, Metric.RMSE)

    @property
    def ceiling(self) -> float:
        """The largest value it can take."""
        return inf if self in (Metric.MAE, Metric.RMSE, Metric.LOG_LOSS) else 1.0

    @property
    def floor(self) -> float:
        """The smallest value it can take."""
        return -inf if self is Metric.R2 else 0.0

    @property
    def of_rows(self) -> bool:
        """Whether it is a plain mean over rows, so that the figures of slices add up to that of the whole."""
        return self in (Metric.ACCURACY, Metric.LOG_LOSS, Metric.BRIER, Metric.MAE)

    @property
    def spoken(self) -> str:
        """Its name within a sentence."""
        return _SPOKEN.get(self.value, self.value.replace("_", " "))

    @property
    def begun(self) -> str:
        """Its name as a sentence begins with it."""
        return self.spoken[:1].upper() + self.spoken[1:]

    def written(self, value: float, unit: str = "", more: int = 0) -> str:
        """As people read it: 71.3% for shares, three digits for others, with the label's `unit` where it has one; and
        so many digits `more`."""
        if self.share:
            return f"{value:.{1 + more}%}"
        return f"{_figure(value, DIGITS + more)} {unit if self.in_unit else ''}".rstrip()

    def rounded(self, value: float, more: int = 0) -> float:
        """The number that `written` shows."""
        shown = f"{value:.{3 + more}f}" if self.share else _figure(value, DIGITS + more)
        return float(shown.replace(",", ""))

    def declared(self, value: float, unit: str = "") -> str:
        """An objective as somebody wrote it down: 65.0%, 65.25%, 8.125 minutes."""
        if self.share:
            return f"{value:.1%}" if isclose(value, round(value, 3)) else f"{value * 100:.6g}%"
        return f"{value:,.6g} {unit if self.in_unit else ''}".rstrip()

    def step(self, old: float, new: float, unit: str = "") -> str:
        """From one figure to another: “78.0% → 79.6%”, “3.2 → 2.9 minutes”."""
        return f"{self.written(old)} → {self.written(new, unit)}"

    def change(self, difference: float, unit: str = "", among: float | None = None) -> str:
        """A difference as people read it: “+1.6 points”, “−0.31 minutes”; `among` as in `signed`."""
        if self.share:
            return signed(difference * 100, "points", decimals=1)
        return signed(difference, unit if self.in_unit else "", among)

    def bound(self, value: float, unit: str = "") -> str:
        """An objective on it: “at least 61.2%”, “at most 9 minutes”."""
        return f"{'at least' if self.higher_is_better else 'at most'} {self.declared(value, unit)}"


_SPOKEN = {"auc": "AUC", "f1": "F1", "mae": "MAE", "rmse": "RMSE", "r2": "R²", "brier": "Brier score"}


def in_unit(value: float, unit: str, digits: int = DIGITS) -> str:
    """A number with three digits and its unit: `12.3 minutes`."""
    return f"{number(value, digits)} {unit}".rstrip()


def number(value: float, digits: int = DIGITS) -> str:
    """So many digits, or all before the point where these are more: `0.0238`, `12.3`, `1,235`."""
    return f"{value:.{digits}g}" if abs(value) < 10 ** (digits - 1) else f"{value:,.{max(0, digits - DIGITS)}f}"


def _figure(value: float, digits: int) -> str:
    """The same with zeros at its end, which say how exactly it is known: `6.00`, `10.0`."""
    return f"{value:#.{digits}g}".rstrip(".") if abs(value) < 10 ** (digits - 1) else number(value, digits)


def points(count: float, around: float, *, higher: bool) -> float:
    """How far `count` points are, as a positive difference: a hundredth each of what is better when `higher` (accuracy,
    AUC, R²), 2% each of what an error comes to (`around`)."""
    return count * (POINT if higher else ERROR_POINT * abs(around))


def signed(number: float, unit: str = "", among: float | None = None, *, decimals: int | None = None) -> str:
    """A change with its sign and unit: so many decimals, or as many as give three digits to the largest that it stands
    `among` (without any to itself)."""
    fitting = decimals_among(abs(number if among is None else among)) if decimals is None else decimals
    size = f"{abs(number):,.{fitting}f}"
    sign = "±" if not size.strip("0.,") else "+" if number > 0 else "−"
    return f"{sign}{size} {unit}".rstrip()


def decimals_among(largest: float) -> int:
    """How many decimals give three digits to the largest of some figures, which is not negative."""
    return 0 if largest >= 100 else 2 if largest == 0 else min(9, 2 - floor(log10(largest)))


def default_metric(task: Task) -> Metric:
    """What a pipeline of this task is judged by when nothing else is said."""
    return Metric.MAE if task is Task.REGRESSION else Metric.ACCURACY


def fitting(task: Task, *, scored: bool = True) -> list[Metric]:
    """The metrics that can be measured on such predictions; those that read a score only if there is one."""
    return [each for each in Metric if task in each.tasks and (scored or not each.reads_score)]
