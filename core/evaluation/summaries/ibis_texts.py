"""Columns of texts in many windows: the queries, and what becomes of their answers."""

from functools import cache
from typing import Any

import numpy as np

from core.evaluation.summaries.hashing import text_hashes
from core.evaluation.summaries.ibis_columns import Array, Asked, Measured, arrays
from core.evaluation.summaries.plan import HISTOGRAM_TEXTS, ColumnPlan
from core.evaluation.summaries.sketch import SMALLEST, ColumnSketch, Different, smallest
from core.evaluation.summaries.summary import TOP, ColumnSummary, ValueKind

TEXT_SHARES = ("upper", "lower", "padded", "empty", "digits", "symbols")
DIGITS = "0123456789abcdef"
SPARE = 1.3
"""So many more hashes are asked for than are kept, since how many come is chance."""


def summarise_texts(asked: Asked) -> list[list[Measured | None]]:
    """By column and window; None where a window has no rows."""
    answer = arrays(_ranked(asked))
    found: list[list[Measured | None]] = []
    for i in range(len(asked.names)):
        empty = [ColumnSummary(ValueKind.TEXT, asked.type(i), int(c), int(c), 0) for c in asked.counts]
        nothing = ColumnSketch(Different()) if asked.sketch else None
        found.append([(each, nothing) if each.rows else None for each in empty])
    many = {}
    for column, window, part in asked.parts(answer):
        summary = _text_summary(part, asked.plans[column], asked.type(column), int(asked.counts[window]))
        sketch = None
        if asked.sketch and summary.distinct <= TOP:
            sketch = ColumnSketch(smallest(summary.distinct, text_hashes(value for value, _ in summary.top)))
        elif asked.sketch:
            many[column, window] = summary.distinct
        found[column][window] = summary, sketch
    if many:
        for key, different in _different(asked, many).items():
            summary = found[key[0]][key[1]][0]  # type: ignore[index]
            found[key[0]][key[1]] = summary, ColumnSketch(different)
    return found


def _present(asked: Asked) -> Any:
    base = asked.stacked(lambda column: {"value": column.cast("string")})
    return base.filter(base.value.notnull())


def _ranked(asked: Asked) -> Any:
    """The commonest and the known texts of each column and window, beside figures of all their texts."""
    import ibis

    present = _present(asked)
    counted = present.group_by(*asked.keys, "value").agg(n=present.count())
    counted = _known(asked, counted)
    keys = [counted[key] for key in asked.keys]
    over = ibis.window(group_by=keys)
    n, value, number = counted.n, counted.value, counted.n.cast("float64")
    measured = {
        "distinct": counted.count().over(over),
        "present": n.sum().over(over),
        "unseen": ibis.ifelse(counted.place.isnull(), n, 0).sum().over(over),
        "length": (value.length() * number).sum().over(over),
        **{share: ibis.ifelse(test, n, 0).sum().over(over) for share, test in _text_tests(value).items()},
    }
    measured["rank"] = ibis.row_number().over(ibis.window(group_by=keys, order_by=[n.desc(), value]))
    ranked = counted.mutate(**measured)
    return ranked.filter((ranked["rank"] < TOP) | (ranked.place < HISTOGRAM_TEXTS))


def _known(asked: Asked, counted: Any) -> Any:
    """Each text's `place` among those that its column's plan knows; null for others."""
    import ibis

    known = [(i, value, place) for i, plan in enumerate(asked.plans) for place, value in enumerate(plan.known)]
    if not known:
        return counted.mutate(place=ibis.null("int64"))
    columns, values, places = zip(*known, strict=True)
    table = ibis.memtable(
        {"kc__": list(columns), "kv__": list(values), "place": list(places)},
        schema={"kc__": "int16", "kv__": "string", "place": "int64"},
    )
    same = [counted.value == table.kv__, *([counted.c == table.kc__] if "c" in asked.keys else [])]
    return counted.left_join(table, same).drop("kc__", "kv__")


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


def _different(asked: Asked, many: dict[tuple[int, int], int]) -> dict[tuple[int, int], Different]:
    """The smallest hashes of the texts of these columns and windows, whose different texts were counted."""
    chosen = sorted({column for column, _ in many})
    fewer = Asked(
        asked.rows, [asked.names[i] for i in chosen], [asked.plans[i] for i in chosen], asked.counts, sketch=True
    )
    found = {(chosen[c], w): each for c, w, each in different_texts(fewer)}
    return {key: smallest(count, found.get(key, [])) for key, count in many.items()}


def different_texts(asked: Asked) -> list[tuple[int, int, list[int]]]:
    """Column, window, and the smallest hashes of what they hold, read as texts."""
    import ibis

    present = _present(asked)
    different = present.select(*asked.keys, "value").distinct()
    hashed = different.select(*asked.keys, digits=_md5()(different.value).substr(0, 8))
    over = ibis.window(group_by=[hashed[key] for key in asked.keys])
    known = hashed.mutate(different=hashed.count().over(over).cast("float64"))
    few = known.filter(_fraction(known.digits) * known.different < SPARE * SMALLEST)
    answer = arrays(few.select(*asked.keys, "digits"))
    return [(c, w, [int(each, 16) for each in part["digits"]]) for c, w, part in asked.parts(answer)]


def _fraction(digits: Any) -> Any:
    """About what part of all hashes is below this one: its first five digits as a number in [0, 1)."""
    import ibis

    alphabet = ibis.literal(DIGITS)
    parts = [alphabet.find(digits.substr(i, 1)).cast("float64") * 16.0 ** -(i + 1) for i in range(5)]
    return sum(parts[1:], parts[0])


@cache
def _md5() -> Any:
    import ibis

    return ibis.udf.scalar.builtin(_by_the_engine, name="md5", signature=(("string",), "string"))


def _by_the_engine(value: Any) -> Any:
    """Stands for a function of the engine's own."""
    raise NotImplementedError
