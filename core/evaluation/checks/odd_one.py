"""Which column of an equation is off, where its columns go on smoothly in time.

Values in the wrong rows lie farther from those around them than what they come to by the others, which are right; and
what each of the others comes to by them lies farther from its neighbours than its own values. Where values were
evened out it is the other way round. The column that is alone on its side is the one.
"""

from collections.abc import Mapping, Sequence
from math import log

from core.evaluation.summaries.plan import CLOCK
from core.evaluation.summaries.summary import FormulaSummary

CLEAR, APART = log(1.65), log(1.1)
"""The one is rougher, or smoother, than what it comes to by this much, and each of the others the other way by that."""


def odd_ones(formulas: Sequence[FormulaSummary]) -> dict[frozenset[str], str]:
    """By the columns of an equation that go on smoothly and come to each other, the one that is off."""
    smooth = {each.column for each in formulas if CLOCK in each.partners}
    rougher: dict[frozenset[str], dict[str, float]] = {}
    for each in formulas:
        if each.rougher is not None and each.column in smooth:
            rougher.setdefault(frozenset((each.column, *each.partners)), {})[each.column] = each.rougher
    found = {columns: _odd(by) for columns, by in rougher.items() if len(by) == len(columns)}
    return {columns: name for columns, name in found.items() if name is not None}


def _odd(rougher: Mapping[str, float]) -> str | None:
    """The column that is alone on its side; of two the rougher one."""
    for name, own in rougher.items():
        others = [other if own < 0 else -other for column, other in rougher.items() if column != name]
        if abs(own) >= CLEAR and min(others) >= APART and (own > 0 or len(others) > 1):
            return name
    return None
