"""What must not break: slices of critical customers, and product metrics, of a candidate beside the champion. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from core.config.metric import Metric, in_unit, points, signed
from core.config.pipeline import Pipeline
from core.evaluation.formulas import value_of
from core.evaluation.live.measured import inside
from core.evaluation.log.prediction_log import Where
from core.models.paired import Difference, HeldOut, difference, of_means

DOUBT = 0.8
"""The two-sided confidence of a guard's interval: a slice that keeps what it had breaks by chance in one of ten."""


@dataclass(frozen=True)
class Guard:
    """A slice (`where`) or a product metric (`product`; better when higher or lower) that must not break.

    It is broken when it falls by more than `tolerance` points (`points`) and chance alone would hardly do that
    (DOUBT); below `minimum_rows` it is not judged.
    """

    name: str
    where: Where | None = None
    higher: bool = True
    tolerance: float = 2.0
    minimum_rows: int = 50


@dataclass(frozen=True)
class GuardResult:
    """How a guard fared on its held-out rows; `broken` is None when that cannot be judged, and `detail` says why."""

    name: str
    rows: int
    candidate: float | None
    champion: float | None
    difference: Difference | None
    broken: bool | None
    detail: str


def guards_of(pipeline: Pipeline) -> list[Guard]:
    """Every objective on a sub-population or on a product metric that the YAML declares."""
    slices = [Guard(slo.name, dict(slo.where)) for slo in pipeline.slos if slo.where]
    products = [
        Guard(slo.name, None, slo.at_least is not False) for slo in pipeline.slos if slo.series is not None
    ]
    return slices + products


def check(guard: Guard, rows: HeldOut, metric: Metric, unit: str) -> GuardResult:
    """Judge a slice by the pipeline's metric, a product metric by its mean over all held-out rows."""
    return _product(guard, rows) if guard.where is None else _slice(guard, guard.where, rows, metric, unit)


def _slice(guard: Guard, where: Where, rows: HeldOut, metric: Metric, unit: str) -> GuardResult:
    missing = [name for name in where if name not in rows.candidate.features]
    if missing:
        return _unknown(guard, 0, f"the held-out rows have no column {', '.join(missing)}")
    part = rows.where(inside(rows.candidate, where))
    if len(part) < guard.minimum_rows:
        return _unknown(guard, len(part), f"{len(part)} held-out rows, {guard.minimum_rows} needed")
    new, old = value_of(metric, part.candidate)[0], value_of(metric, part.champion)[0]
    found = difference(metric, part.candidate, part.champion, DOUBT)
    if new is None or old is None or found is None:
        return _unknown(guard, len(part), f"{metric.spoken} is not defined on its rows")
    allowed = points(guard.tolerance, old, higher=metric.higher_is_better)
    broken = _broken(found.better(metric.higher_is_better), allowed)
    told = f"{metric.spoken} {metric.step(old, new, unit)}"
    return _result(
        guard, len(part), (new, old), found, broken, told, lambda by, among: metric.change(by, unit, among)
    )


def _product(guard: Guard, rows: HeldOut) -> GuardResult:
    if guard.name not in rows.products:
        return _unknown(guard, 0, f"the held-out rows have no columns “{guard.name}” and “champion_{guard.name}”")
    new, old = rows.products[guard.name]
    found = of_means(new, old, DOUBT)
    if len(new) < guard.minimum_rows or found is None:
        return _unknown(guard, len(new), f"{len(new)} held-out rows, {guard.minimum_rows} needed")
    means = float(new.mean()), float(old.mean())
    allowed = points(guard.tolerance, means[1], higher=guard.higher)
    told = f"{in_unit(means[1], '')} → {in_unit(means[0], '')}"
    return _result(
        guard,
        len(new),
        means,
        found,
        _broken(found.better(guard.higher), allowed),
        told,
        lambda by, among: signed(by, "", among),
    )


def _broken(better: Difference, allowed: float) -> bool:
    return better.estimate < -allowed and better.high < 0


def _result(
    guard: Guard,
    rows: int,
    values: tuple[float, float],
    found: Difference,
    broken: bool,
    told: str,
    change: Callable[[float, float], str],
) -> GuardResult:
    detail = f"{guard.name}: {told}, {found.told(change, DOUBT)} on {rows:,} rows"
    return GuardResult(guard.name, rows, *values, found, broken, detail)


def _unknown(guard: Guard, rows: int, why: str) -> GuardResult:
    return GuardResult(guard.name, rows, None, None, None, None, f"{guard.name}: not judged, {why}")
