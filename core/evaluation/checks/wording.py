"""The sentence of a finding: what changed, by how much, and what it usually is."""

from collections.abc import Callable

from core.evaluation.checks import wording_rows as order
from core.evaluation.checks import wording_values as values
from core.evaluation.checks.signals import FORMS, LASTING, LATELY
from core.evaluation.checks.told import Seen, Told
from core.evaluation.finding import Kind

NAMED = 3
"""So many columns that another does not go with are named."""


TELLERS: dict[str, Callable[[Seen], Told]] = {
    "failures": values.failures,
    "constant": values.constant,
    "missing": values.missing,
    "unseen": values.unseen,
    **{check + LATELY: values.lately(check) for check in LASTING},
    "unheard": values.unheard,
    "form": values.shares(
        tuple(
            {"padded": "have spaces around them", "empty": "are empty", "digits": "are digits only"}.get(
                name, f"have {name}" if name == "symbols" else f"are in {name} case"
            )
            for name in FORMS
        ),
        "a changed format",
        Kind.HARD,
    ),
    "pattern": values.pattern,
    "sign": values.shares(("are negative",), "a turned sign, or a mark for none", Kind.HARD),
    "between": values.between,
    "length": values.length,
    "level": values.level,
    "again": order.again,
    "grain": values.shares(
        ("are whole numbers", "have at most one decimal", "have at most two decimals"), "rounding", Kind.HARD
    ),
    "tens": values.shares(("are whole tens",), "another unit, or rounding", Kind.HARD),
    "hundreds": values.shares(("are whole hundreds",), "another unit, or rounding", Kind.HARD),
    "edges": values.shares(("are the lowest value", "are the highest value"), "clipping", Kind.HARD),
    "mode": values.mode,
    "patterns": values.patterns,
    "categories": values.distribution,
    "variety": values.variety,
    "others": values.others,
    "spread": values.spread,
    "reach": values.reach,
    "bins": values.distribution,
    "shape": values.shape,
    "ids": order.repeats,
    "repeats": order.repeats,
    "silence": order.silence,
    "rows": order.rows,
    "clock": order.clock,
    "profile": order.profile,
    "ties": order.ties,
    "flow": order.flow,
}
"""Signals in the order in which they explain: the first that is off gives the sentence."""


def apart(name: str, partners: list[str]) -> Told:
    """A column whose values are usual, but not in these rows."""
    named = partners if len(partners) <= NAMED else [*partners[: NAMED - 1], f"{len(partners) - NAMED + 1} others"]
    with_what = " and ".join(named) or "the time of the rows"
    text = f"{name} has its usual values, but they do not go with {with_what} as they always did."
    usually = "values in the wrong rows: a broken join, stale or shifted values"
    return Told(Kind.HARD, text, "apart", 1.0, usually)
