"""From findings and an estimate to what is said of a window: at most one page, the rest notified or recorded."""

from collections.abc import Sequence
from dataclasses import replace

from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import AT_RISK, DOWN, LISTED, PERFORMANCE, SLICE, Estimated, Severity, Told
from core.evaluation.backtest.ports import WorseSlice
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.finding import Finding, Kind
from core.evaluation.tuning.policy import PAGE_FROM, PAGE_WITH_HARD_FROM, RECORD_FROM
from core.text import percent


def risk_of(estimate: Estimate | Unknown, objective: Objective | None) -> float | None:
    """The probability in [0, 1] that the realized metric misses the objective; None when it cannot be said."""
    if isinstance(estimate, Unknown) or objective is None:
        return None
    below = estimate.probability_below(objective.value)
    return below if objective.at_least else 1 - below


def tell(
    found: Sequence[Finding],
    slices: Sequence[WorseSlice],
    estimate: Estimated | None,
    objective: Objective | None,
    risk: float | None,
    *,
    beyond_chance: bool = True,
    cut_short: bool = False,
) -> list[Told]:
    """Every finding of a window with the severity it would have if it were new, the gravest first.

    Not `beyond_chance`: so few rows miss an objective that nobody gave by chance alone, so nobody is called, unless
    values that cannot be right explain a miss that is likelier than not.
    `cut_short`: the log ends within the window, so what is odd about its data is only recorded.
    """
    severity = Severity.RECORD if cut_short else Severity.NOTIFY
    data = [_of_data(finding, severity) for finding in found]
    worse = [_of_slice(each) for each in slices]
    hard = any(f.kind is Kind.HARD for f in found)
    performance = _performance(estimate, objective, risk, hard=hard, beyond_chance=beyond_chance)
    return [*performance, *data, *worse]


def _of_slice(found: WorseSlice) -> Told:
    """One that was only listed before is news once it is told: nobody has heard of it."""
    severity = Severity.NOTIFY if found.told else Severity.RECORD
    direction = DOWN if found.told else (AT_RISK if found.unusual else LISTED)
    return Told(SLICE, (), severity, found.score, found.reason, SLICE, direction, found.gap, found.where)


def _of_data(finding: Finding, severity: Severity) -> Told:
    return Told(
        kind=finding.kind.value,
        columns=finding.columns,
        severity=severity,
        score=finding.score,
        reason=finding.reason,
        check=finding.check,
        direction=finding.direction,
        magnitude=finding.magnitude,
        response=finding.response,
        expected_effect=finding.expected_effect,
    )


def _performance(
    estimate: Estimated | None,
    objective: Objective | None,
    risk: float | None,
    *,
    hard: bool,
    beyond_chance: bool,
) -> list[Told]:
    """The finding about the metric, when a miss is likely enough to be spoken of."""
    if estimate is None or objective is None or risk is None or risk < RECORD_FROM:
        return []
    likely = risk >= (PAGE_WITH_HARD_FROM if hard else PAGE_FROM)
    pages = likely and (beyond_chance or (hard and risk >= PAGE_FROM))
    worse = "below" if objective.at_least else "above"
    reason = _miss(estimate, objective, risk)
    told = Told(
        PERFORMANCE,
        (),
        Severity.PAGE if pages else Severity.RECORD,
        risk / PAGE_FROM,
        reason,
        PERFORMANCE,
        worse if pages else AT_RISK,
        abs(estimate.value - objective.value),
    )
    if pages and risk < PAGE_FROM:
        told = replace(told, reason=f"{reason} Values that cannot be right make one likelier than that.")
    if likely and not pages:
        told = replace(told, reason=f"{reason} So few rows differ as much by chance, so nobody is called.")
    return [told]


def _miss(estimate: Estimated, objective: Objective, risk: float) -> str:
    metric = objective.metric
    if estimate.label_coverage >= 1:
        return f"{metric.begun} was {metric.written(estimate.value)}; the objective is {objective.bound}."
    figure = (
        f"{metric.written(estimate.value)} ({metric.written(estimate.low)} to {metric.written(estimate.high)})"
    )
    labels = f"with {estimate.label_coverage:.0%} of the labels in"
    return (
        f"{metric.begun} is estimated at {figure} {labels}; the objective is "
        f"{objective.bound}, and the chance of a miss {percent(risk)}."
    )
