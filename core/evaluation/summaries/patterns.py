"""How texts are written: the pattern of each, which other texts of its kind share.

`2013-05-01` is `9999-99-99`, `N12345` is `A99999`, `Maria Rossi` is `Aa Aa`. Digits stay as many as they are, since
codes, dates and padded numbers have a fixed number of them; letters do not.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
LONGEST = 40
"""Characters of a text that its pattern is made from."""
STEPS = (
    (r"[0-9]+\pL+[0-9][\pL0-9]*|\pL+[0-9]+\pL[\pL0-9]*", "#"),
    (r"[0-9]", "9"),
    (r"[\p{Lu}\p{Lt}]+", "A"),
    (r"(?:[\p{Ll}\p{Lm}\p{Lo}]\pM*)+", "a"),
    (r"[^ -~]+", "~"),
    (r"[Aa]+(?: [Aa]+){2,}", "_"),
)
"""What stands for what: `#` for letters and digits that take turns (hashes), `9` for a digit, `a` and `A` for letters
of any alphabet, `~` for what else is beyond ASCII or cannot be seen, `_` for three words and more. All other
characters are themselves."""
KNOWN_PATTERNS = 200
"""Patterns of the reference that a plan remembers."""
COUNTED_PATTERNS = 20
"""How many of them have a bin of their own; the others share one, and so do those that the reference has not."""
ENOUGH = 0.95
"""Where a plan knows so many of the reference's rows by their texts, their patterns tell nothing more."""


def patterns_of(texts: Any) -> list[str]:
    """The pattern of each text of a pyarrow array (none of them null)."""
    import pyarrow.compute as pc

    found = pc.utf8_slice_codeunits(texts, 0, LONGEST)
    for pattern, instead in STEPS:
        found = pc.replace_substring_regex(found, pattern=pattern, replacement=instead)
    plain: list[str] = found.to_pylist()
    return plain


def known_patterns(values: Array, windows: Array, known: Sequence[str]) -> tuple[str, ...]:
    """The commonest patterns of a sample of the reference, the commonest first; none where `known` texts make up
    nearly all of it.

    `values` are texts (None: missing), `windows` in which each of them lies. What is in a single window only says
    nothing about the next one.
    """
    import pyarrow as pa

    there = np.array([value is not None for value in values], dtype=bool)
    different, codes = np.unique(values[there].astype(str), return_inverse=True)
    rows = np.bincount(codes, minlength=len(different))
    if rows[np.isin(different, known)].sum() >= ENOUGH * rows.sum():
        return ()
    names, places = np.unique(np.array(patterns_of(pa.array(different, pa.string()))), return_inverse=True)
    each = places[codes]
    within = np.unique(np.stack([each, windows[there].astype(int)], 1), axis=0)[:, 0]
    returning = np.bincount(within, minlength=len(names)) > 1
    order = np.argsort(-np.bincount(each, minlength=len(names)), kind="stable")
    return tuple(str(names[i]) for i in order if returning[i])[:KNOWN_PATTERNS]


def bins_of(texts: Sequence[str], patterns: Sequence[str], known: Sequence[str]) -> Array:
    """The bin of each of these texts: that of its pattern, then those of the reference's other patterns and of `known`
    texts, then all others. With fewer patterns than COUNTED_PATTERNS there are as many bins less."""
    import pyarrow as pa

    own = min(len(patterns), COUNTED_PATTERNS)
    place = {pattern: min(i, own) for i, pattern in enumerate(patterns)}
    found = np.array([place.get(each, own + 1) for each in patterns_of(pa.array(texts, pa.string()))], dtype=int)
    usual = frozenset(known)
    heard = np.array([text in usual for text in texts], dtype=bool)
    return np.where(heard, np.minimum(found, own), found)


def bins(patterns: Sequence[str]) -> int:
    """How many bins there are."""
    return min(len(patterns), COUNTED_PATTERNS) + 2
