"""How pairs of columns go together: coarse bins, and the joint counts of them."""

from typing import Any

import numpy as np

from core.evaluation.summaries.ibis_columns import HUGE, arrays, as_number, by_window
from core.evaluation.summaries.plan import CLOCK, CLOCK_BINS, COARSE_TEXTS, ColumnPlan, Plan
from core.evaluation.summaries.summary import PROFILE_PARTS, PairSummary, ValueKind

Array = np.ndarray[Any, np.dtype[Any]]


def value_of(rows: Any, name: str, plan: ColumnPlan | None) -> Any:
    """A column's values, as numbers or texts; null where there is none. The clock is the part of the window."""
    if plan is None:
        return rows.part__
    if plan.kind is ValueKind.TEXT:
        return rows[name].cast("string")
    x = as_number(rows[name])
    return (x.abs() < HUGE).ifelse(x, None)


def coarse(value: Any, plan: ColumnPlan | None) -> Any:
    """The coarse bin of a value, from 0."""
    import ibis

    if plan is None:
        return (value * CLOCK_BINS / PROFILE_PARTS).floor().cast("int64")
    if plan.kind is ValueKind.TEXT:
        known = plan.known[:COARSE_TEXTS]
        cases = [(value == text, i) for i, text in enumerate(known)]
        return ibis.cases(*cases, else_=len(known)) if cases else ibis.literal(0)
    reached: Any = ibis.literal(0)
    for edge in plan.coarse:
        reached = reached + (value >= edge).cast("int64")
    return reached


def summarise_pair(rows: Any, first: str, second: str, plan: Plan) -> dict[int, PairSummary]:
    """The pair in each window that has rows with both."""
    one, other = plan.columns.get(first), plan.columns.get(second)
    both = rows.select(w=rows.w__, a=value_of(rows, first, one), b=value_of(rows, second, other))
    both = both.filter(both.a.notnull(), both.b.notnull())
    comparable = first != CLOCK and second != CLOCK and _is_number(one) and _is_number(other)
    measures: dict[str, Any] = {"n": both.count()}
    if comparable:
        measures |= {"less": (both.a < both.b).sum(), "equal": (both.a == both.b).sum()}
    each = both.group_by("w", "a", "b").agg(**measures)
    width = CLOCK_BINS if other is None else other.width
    cells = each.mutate(cell=coarse(each.a, one) * width + coarse(each.b, other))
    sums = {name: cells[name].sum() for name in measures}
    answer = arrays(cells.group_by("w", "cell").agg(distinct=cells.count(), **sums))
    size = width * (CLOCK_BINS if one is None else one.width)
    return {w: _pair(first, second, part, size, width) for w, part in by_window(answer)}


def _is_number(plan: ColumnPlan | None) -> bool:
    return plan is not None and plan.kind is ValueKind.NUMBER


def _pair(first: str, second: str, part: dict[str, Array], size: int, width: int) -> PairSummary:
    table = np.zeros(size, dtype=int)
    table[part["cell"].astype(int)] = part["n"]
    total = {name: int(part[name].sum()) if name in part else 0 for name in ("n", "distinct", "less", "equal")}
    return PairSummary(
        first,
        second,
        total["n"],
        total["distinct"],
        total["less"],
        total["equal"],
        width,
        tuple(int(n) for n in table),
    )
