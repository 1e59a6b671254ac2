"""One column in many windows: the query, and what becomes of its answer."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.evaluation.summaries.ibis_portable import epoch, hashed, read_number
from core.evaluation.summaries.plan import FINE, HISTOGRAM_TEXTS, ColumnPlan
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind

Array = np.ndarray[Any, np.dtype[Any]]
HUGE = 1e150
"""Beyond this the square of a number overflows; such values count as infinite."""
INFINITE, FAILED, MISSING = 10**6, 10**6 + 1, 10**6 + 2
"""Bins beside the fine ones, for what is no finite number."""
TOP = 50
"""Commonest texts that a summary keeps."""
LARGE = 1_000_000
"""Rows of a window from which on different values are counted among one in THINNING of them (by their hash), should
those be THINNED_ENOUGH: known to one percent then. All other counts are of every row."""
THINNING, THINNED_ENOUGH = 16, 20_000
NUMBER_SHARES = ("zero", "negative", "whole", "tenths", "hundredths")
TEXT_SHARES = ("upper", "lower", "padded", "empty", "digits", "symbols")


def kind_of(type: Any) -> ValueKind:
    """How values of an engine's type are read."""
    numeric = type.is_numeric() or type.is_boolean() or type.is_temporal()
    return ValueKind.NUMBER if numeric else ValueKind.TEXT


def as_number(column: Any) -> Any:
    """A column as float64: null where it is no number."""
    kind = column.type()
    if kind.is_timestamp() or kind.is_date():
        return epoch(column)
    if kind.is_boolean():
        return column.cast("int32").cast("float64")
    return column.cast("float64") if kind.is_numeric() else read_number(column.cast("string"))


def summarise_column(rows: Any, name: str, plan: ColumnPlan, counts: Array) -> list[ColumnSummary | None]:
    """A column's summary in each window; `counts` are their rows. None where a window has no rows."""
    if plan.kind is ValueKind.NUMBER:
        return _numbers(rows, name, plan, counts)
    return _texts(rows, name, plan, counts)


def _numbers(rows: Any, name: str, plan: ColumnPlan, counts: Array) -> list[ColumnSummary | None]:
    base = _marked(rows, name)
    thinned = _thinned(base) if counts.max() > LARGE else {}
    many = bool(thinned) and all(
        w in thinned and int(thinned[w]["distinct"][0]) >= THINNED_ENOUGH
        for w in np.flatnonzero(counts > LARGE).tolist()
    )
    query = _binned(base, plan) if many else _binned(_counted(base), plan, exact=True)
    found: list[ColumnSummary | None] = [None] * len(counts)
    for window, part in by_window(arrays(query)):
        values = thinned.get(window) if many else None
        found[window] = _number_summary(part, values, plan, str(rows[name].type()), int(counts[window]))
    return found


def _marked(rows: Any, name: str) -> Any:
    """Finite numbers as `x`, and `odd` for what is none."""
    import ibis

    base = rows.select(w=rows.w__, raw=rows[name], x=as_number(rows[name]))
    missing = base.raw.isnull() | base.x.isnan().fill_null(False)
    odd = ibis.cases((missing, MISSING), (base.x.isnull(), FAILED), (base.x.abs() >= HUGE, INFINITE), else_=0)
    return base.select("w", odd=odd, x=ibis.ifelse(base.x.abs() < HUGE, base.x, None))


def _thinned(base: Any) -> dict[int, dict[str, Array]]:
    """One in THINNING values (with all their rows): how many there are, and their shares."""
    part = base.filter(base.x.notnull(), hashed(base.x) % THINNING == 0)
    tests = {name: test.sum() for name, test in _number_tests(part.x).items()}
    return dict(by_window(arrays(part.group_by("w").agg(n=part.count(), distinct=part.x.nunique(), **tests))))


def _counted(base: Any) -> Any:
    return base.group_by("w", "odd", "x").agg(n=base.count())


def _number_tests(x: Any) -> dict[str, Any]:
    return {
        "zero": x == 0,
        "negative": x < 0,
        "whole": x == x.floor(),
        "tenths": (x * 10 - (x * 10).round()).abs() < 1e-6,
        "hundredths": (x * 100 - (x * 100).round()).abs() < 1e-6,
    }


def _binned(each: Any, plan: ColumnPlan, *, exact: bool = False) -> Any:
    """Counts, extremes and sums of each fine bin; with `exact` equal values were counted first, as `n`."""
    import ibis

    z = (each.x - plan.center) / plan.scale
    fine = (z.sign() * FINE * (z.abs() + (z * z + 1).sqrt()).ln()).floor().cast("int64")
    n = {"n": each.n} if exact else {}
    binned = each.select("w", "x", **n, code=ibis.ifelse(each.odd == 0, fine, each.odd), off=each.x - plan.center)
    x, off = binned.x, binned.off
    grouped = binned.group_by("w", "code")
    if not exact:
        return grouped.agg(n=binned.count(), low=x.min(), high=x.max(), total=off.sum(), squares=(off * off).sum())
    return grouped.agg(
        n=binned.n.sum(),
        low=x.min(),
        high=x.max(),
        total=(off * binned.n).sum(),
        squares=(off * off * binned.n).sum(),
        distinct=x.count(),
        **{name: binned.n.sum(where=test) for name, test in _number_tests(x).items()},
    )


def _number_summary(
    part: dict[str, Array], thinned: dict[str, Array] | None, plan: ColumnPlan, type: str, rows: int
) -> ColumnSummary:
    code = part["code"]
    odd = {key: int(part["n"][code == key].sum()) for key in (INFINITE, FAILED, MISSING)}
    order = np.argsort(code[code < INFINITE], kind="stable")
    p = {name: values[code < INFINITE][order] for name, values in part.items()}
    base = {"kind": ValueKind.NUMBER, "type": type, "rows": rows, "nulls": odd[MISSING]}
    base |= {"failures": odd[FAILED], "infinite": odd[INFINITE]}
    n = p["n"]
    if not n.size:
        return ColumnSummary(**base, distinct=int(odd[INFINITE] > 0))  # type: ignore[arg-type]
    count = int(n.sum())
    mean = float(p["total"].sum()) / count
    square = max(0.0, float(p["squares"].sum()) / count - mean * mean)
    single = p["low"] == p["high"]
    where = np.searchsorted(np.array(plan.edges), p["low"], side="right")
    measured, seen = (p, count) if thinned is None else (thinned, int(thinned["n"][0]))
    return ColumnSummary(
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
    )


def _end(n: Array, single: Array, end: int) -> int:
    """Rows that hold the lowest (0) or highest (-1) value, 1 where a bin holds several values."""
    return int(n[end]) if single[end] else 1


def quantiles(n: Array, low: Array, high: Array) -> list[float]:
    """Quantiles at QUANTILES of bins in rising order with n values between low and high each, spread evenly."""
    before = np.concatenate([[0], np.cumsum(n)[:-1]])
    ranks = np.array(QUANTILES) * (n.sum() - 1)
    at = np.searchsorted(before, ranks, side="right") - 1
    within = np.clip((ranks - before[at]) / np.maximum(n[at] - 1, 1), 0, 1)
    return [float(v) for v in low[at] + within * (high[at] - low[at])]


def _texts(rows: Any, name: str, plan: ColumnPlan, counts: Array) -> list[ColumnSummary | None]:
    import ibis

    text = rows[name].cast("string")
    base = rows.select(w=rows.w__, value=text)
    present = base.filter(base.value.notnull())
    counted = present.group_by("w", "value").agg(n=present.count())
    over = ibis.window(group_by=counted.w)
    known = counted.value.isin(list(plan.known)) if plan.known else ibis.literal(False)
    n, value, number = counted.n, counted.value, counted.n.cast("float64")
    measured = {
        "distinct": counted.count().over(over),
        "present": n.sum().over(over),
        "unseen": ibis.ifelse(known, 0, n).sum().over(over),
        "length": (value.length() * number).sum().over(over),
        **{share: ibis.ifelse(test, n, 0).sum().over(over) for share, test in _text_tests(value).items()},
    }
    measured["rank"] = ibis.row_number().over(ibis.window(group_by=counted.w, order_by=[n.desc(), value]))
    ranked = counted.mutate(**measured)
    bins = list(plan.known[:HISTOGRAM_TEXTS])
    kept = (ranked["rank"] < TOP) | (ranked.value.isin(bins) if bins else ibis.literal(False))
    answer = arrays(ranked.filter(kept))
    type = str(rows[name].type())
    found: list[ColumnSummary | None] = [
        ColumnSummary(ValueKind.TEXT, type, int(c), int(c), 0) if c else None for c in counts
    ]
    for window, part in by_window(answer):
        found[window] = _text_summary(part, plan, type, int(counts[window]))
    return found


def _text_tests(value: Any) -> dict[str, Any]:
    return {
        "upper": (value == value.upper()) & (value != value.lower()),
        "lower": (value == value.lower()) & (value != value.upper()),
        "padded": value != value.strip(),
        "empty": value == "",
        "digits": value.re_search("^[0-9]+$"),
        "symbols": value.re_search("[^A-Za-z0-9 ]"),
    }


def _text_summary(part: dict[str, Array], plan: ColumnPlan, type: str, rows: int) -> ColumnSummary:
    order = np.argsort(part["rank"])
    by_value = {str(part["value"][i]): int(part["n"][i]) for i in order}
    present = int(part["present"][0])
    bins = [by_value.get(value, 0) for value in plan.known[:HISTOGRAM_TEXTS]]
    return ColumnSummary(
        kind=ValueKind.TEXT,
        type=type,
        rows=rows,
        nulls=rows - present,
        distinct=int(part["distinct"][0]),
        mean=float(part["length"][0]) / present,
        histogram=(*bins, present - sum(bins)),
        shares={name: round(int(part[name][0]) / present, 6) for name in TEXT_SHARES},
        mode=next(iter(by_value.values())),
        top=tuple(list(by_value.items())[:TOP]),
        unseen=int(part["unseen"][0]),
    )


def arrays(query: Any) -> dict[str, Array]:
    """The columns of an answer."""
    answer = query.to_pyarrow()
    return {name: answer.column(name).to_numpy(zero_copy_only=False) for name in answer.column_names}


def by_window(answer: dict[str, Array]) -> Iterator[tuple[int, dict[str, Array]]]:
    """The answer's rows of each window."""
    order = np.argsort(answer["w"], kind="stable")
    ordered = {name: values[order] for name, values in answer.items()}
    windows, starts = np.unique(ordered["w"], return_index=True)
    for window, start, end in zip(windows, starts, [*starts[1:], len(order)], strict=False):
        yield int(window), {name: values[start:end] for name, values in ordered.items()}
