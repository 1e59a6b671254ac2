"""Columns of numbers in many windows: the queries, and what becomes of their answers."""

from typing import Any

import numpy as np

from core.evaluation.summaries import hashing
from core.evaluation.summaries.ibis_columns import HUGE, Array, Asked, Measured, arrays, as_number, floor
from core.evaluation.summaries.plan import FINE, ColumnPlan, off_lattice
from core.evaluation.summaries.quantiles import quantiles
from core.evaluation.summaries.sketch import HASHES, SMALLEST, ColumnSketch, Different, pieces_of, smallest
from core.evaluation.summaries.summary import ColumnSummary, ValueKind

INFINITE, FAILED, MISSING = 10**6, 10**6 + 1, 10**6 + 2
"""Bins beside the fine ones, for what is no finite number."""
LARGE = 1_000_000
"""Rows of a window from which on different values are counted among one in THINNING of them (by their hash), should
those be THINNED_ENOUGH: known to one percent then. All other counts are of every row."""
THINNING, THINNED_ENOUGH = round(1 / hashing.FIRST), 20_000
WHOLE = 2.0**52
"""From here on every float is a whole number."""
SPARE = 1.3
"""So many more hashes are asked for than are kept, since how many come is chance."""
NUMBER_SHARES = ("zero", "negative", "whole", "tenths", "hundredths", "tens", "hundreds")


def summarise_numbers(asked: Asked) -> list[list[Measured | None]]:
    """By column and window; None where a window has no rows."""
    base = _marked(asked)
    thinned = _thinned(asked, base) if asked.counts.max() > LARGE and len(asked.names) == 1 else {}
    many = bool(thinned) and all(
        w in thinned and int(thinned[w]["distinct"][0]) >= THINNED_ENOUGH
        for w in np.flatnonzero(asked.counts > LARGE).tolist()
    )
    query = _binned(asked, base) if many else _binned(asked, _counted(asked, base), exact=True)
    found: list[list[Measured | None]] = [[None] * len(asked.counts) for _ in asked.names]
    for column, window, part in asked.parts(arrays(query)):
        values = thinned.get(window) if many else None
        about = asked.plans[column], asked.type(column), int(asked.counts[window])
        found[column][window] = _measured(part, values, *about, sketch=asked.sketch)
    return found


def _marked(asked: Asked) -> Any:
    """Finite numbers as `x`, and `odd` for what is none."""
    import ibis

    base = asked.stacked(lambda column: {"gone": column.isnull(), "x": as_number(column)})
    missing = base.gone | base.x.isnan().fill_null(False)
    odd = ibis.cases((missing, MISSING), (base.x.isnull(), FAILED), (base.x.abs() >= HUGE, INFINITE), else_=0)
    return base.select(*asked.keys, odd=odd, x=ibis.ifelse(base.x.abs() < HUGE, base.x, None))


def _place(asked: Asked, table: Any) -> Any:
    """A number on its plan's scale."""
    center = asked.each(table, [plan.center for plan in asked.plans])
    return (table.x - center) / asked.each(table, [plan.scale for plan in asked.plans])


def _choose(test: Any, yes: Any, no: Any) -> Any:
    import ibis

    return ibis.ifelse(test, yes, no)


def _thinned(asked: Asked, base: Any) -> dict[int, dict[str, Array]]:
    """One in THINNING values (with all their rows): how many there are, their shares and smallest hashes."""
    placed = base.filter(base.x.notnull()).mutate(place=_place(asked, base))
    few = placed.filter(hashing.first_step(placed.place, floor) < hashing.FIRST)
    each = few.group_by(*asked.keys, "x").agg(n=few.count(), place=few.place.min())
    each = _with_hashes(asked, each, THINNING)
    tests = {name: each.n.sum(where=test) for name, test in _number_tests(each.x).items()}
    query = each.group_by(*asked.keys) if asked.keys else each
    found = {"rows": each.n.sum(), "distinct": each.x.count(), **tests, **_collected(asked, each)}
    answer = arrays(query.agg(**found))
    return {window: part for _, window, part in asked.parts(answer) if part["distinct"][0]}


def _with_hashes(asked: Asked, each: Any, thinning: int) -> Any:
    """Different values `x` with their `place`, of which there are `thinning` times as many in all, with the smallest
    hashes as `hash`."""
    import ibis

    if not asked.sketch:
        return each
    over = ibis.window(group_by=[each[key] for key in asked.keys])
    steps = each.mutate(different=each.x.count().over(over).cast("float64")).view()
    for step in hashing.STEPS:  # a view each, or Ibis would write the steps into one another
        steps = steps.mutate(**step({name: steps[name] for name in steps.columns}, floor, _choose)).view()
    few = steps.x.notnull() & (steps.hash * steps.different < SPARE * SMALLEST / thinning)
    whole = ibis.least(floor(steps.hash * HASHES), float(HASHES - 1))
    return steps.select(*each.columns, hash=ibis.ifelse(few, whole, None))


def _collected(asked: Asked, each: Any) -> dict[str, Any]:
    return {"hashes": each.hash.collect(where=each.hash.notnull())} if asked.sketch else {}


def _counted(asked: Asked, base: Any) -> Any:
    return base.group_by(*asked.keys, "odd", "x").agg(n=base.count())


def _number_tests(x: Any) -> dict[str, Any]:
    return {
        "zero": x == 0,
        "negative": x < 0,
        "whole": (x == floor(x)) | (x.abs() >= WHOLE),
        "tenths": (x * 10 - floor(x * 10 + 0.5)).abs() < 1e-6,
        "hundredths": (x * 100 - floor(x * 100 + 0.5)).abs() < 1e-6,
        "tens": x == floor(x / 10) * 10,
        "hundreds": x == floor(x / 100) * 100,
    }


def _binned(asked: Asked, each: Any, *, exact: bool = False) -> Any:
    """Counts, extremes and sums of each fine bin; with `exact` equal values were counted first, as `n`."""
    import ibis

    center = asked.each(each, [plan.center for plan in asked.plans])
    placed = each.mutate(z=_place(asked, each), off=each.x - center)
    z = placed.z
    fine = (z.sign() * FINE * (z.abs() + (z * z + 1).sqrt()).ln()).floor().cast("int64")
    code = ibis.ifelse(placed.odd == 0, fine, placed.odd)
    keep = {"n": placed.n, "place": z} if exact else {}
    binned = placed.select(*asked.keys, "x", "off", **keep, code=code)
    x, off = binned.x, binned.off
    if not exact:
        return binned.group_by(*asked.keys, "code").agg(
            n=binned.count(), low=x.min(), high=x.max(), total=off.sum(), squares=(off * off).sum()
        )
    binned = _with_hashes(asked, binned, 1)
    x, off = binned.x, binned.off
    return binned.group_by(*asked.keys, "code").agg(
        n=binned.n.sum(),
        low=x.min(),
        high=x.max(),
        total=(off * binned.n).sum(),
        squares=(off * off * binned.n).sum(),
        distinct=x.count(),
        **{name: binned.n.sum(where=test) for name, test in _number_tests(x).items()},
        **_collected(asked, binned),
    )


def _measured(
    part: dict[str, Array],
    thinned: dict[str, Array] | None,
    plan: ColumnPlan,
    type: str,
    rows: int,
    *,
    sketch: bool,
) -> Measured:
    code = part["code"]
    odd = {key: int(part["n"][code == key].sum()) for key in (INFINITE, FAILED, MISSING)}
    order = np.argsort(code[code < INFINITE], kind="stable")
    p = {name: values[code < INFINITE][order] for name, values in part.items()}
    base = {"kind": ValueKind.NUMBER, "type": type, "rows": rows, "nulls": odd[MISSING]}
    base |= {"failures": odd[FAILED], "infinite": odd[INFINITE]}
    n = p["n"]
    if not n.size:
        nothing = ColumnSketch(Different()) if sketch else None
        return ColumnSummary(**base, distinct=int(odd[INFINITE] > 0)), nothing  # type: ignore[arg-type]
    count = int(n.sum())
    mean = float(p["total"].sum()) / count
    square = max(0.0, float(p["squares"].sum()) / count - mean * mean)
    single = p["low"] == p["high"]
    where = np.searchsorted(np.array(plan.edges), p["low"], side="right")
    measured, seen = (p, count) if thinned is None else (thinned, int(thinned["rows"][0]))
    summary = ColumnSummary(
        **base,  # type: ignore[arg-type]
        distinct=int(measured["distinct"].sum()) * (1 if thinned is None else THINNING),
        mean=plan.center + mean,
        std=(square * count / (count - 1)) ** 0.5 if count > 1 else None,
        low=float(p["low"][0]),
        high=float(p["high"][-1]),
        quantiles=tuple(quantiles(n, p["low"], p["high"])),
        histogram=tuple(int(c) for c in np.bincount(where, weights=n, minlength=len(plan.edges) + 1)),
        shares={name: round(float(np.nansum(measured[name])) / seen, 6) for name in NUMBER_SHARES}
        | {"lowest": round(_end(n, single, 0) / count, 6), "highest": round(_end(n, single, -1) / count, 6)},
        mode=int(n[single].max()) if single.any() else 1,
        between=int(n[off_lattice(p["code"], plan.lattice)].sum()),
    )
    return summary, _sketch(p, measured, summary.distinct) if sketch else None


def _sketch(p: dict[str, Array], measured: dict[str, Array], distinct: int) -> ColumnSketch:
    found = [each for each in measured["hashes"] if each is not None]
    hashes = np.concatenate(found) if found else np.zeros(0)
    return ColumnSketch(smallest(distinct, hashes), pieces_of(p["n"].astype(np.int64), p["low"], p["high"]))


def _end(n: Array, single: Array, end: int) -> int:
    """Rows that hold the lowest (0) or highest (-1) value, 1 where a bin holds several values."""
    return int(n[end]) if single[end] else 1
