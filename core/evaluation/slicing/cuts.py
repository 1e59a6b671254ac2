"""Cutting predictions into sub-populations: the value of each attribute that a row counts under. Pure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Value = str | int | float | bool | None
Key = tuple[tuple[str, Value], ...]
"""A slice: attributes with their values, in the order in which the attributes were given."""

MOST_VALUES = 200
"""Values of an attribute that are told apart; rarer ones count as OTHER together."""
MOST_NUMBERS = 24
"""A number with more distinct values than this is cut into BANDS bands, as many rows in each."""
BANDS = 4
OTHER = "(any other)"


@dataclass(frozen=True)
class Cut:
    """How one attribute is cut: into bands between `edges`, or (without edges) into `values` and OTHER.

    A missing value is a value of its own, None.
    """

    attribute: str
    edges: tuple[float, ...] = ()
    values: frozenset[Hashable] = frozenset()

    def of(self, column: "pd.Series") -> tuple["np.ndarray", list[Value]]:
        """For n rows: n codes, and the value that each code stands for. Infinite numbers fall into an outer band."""
        return self._bands(column) if self.edges else self._values(column)

    def _values(self, column: "pd.Series") -> tuple["np.ndarray", list[Value]]:
        import pandas as pd

        codes, found = pd.factorize(column, use_na_sentinel=False)
        named: list[Value] = []
        places: dict[Value, int] = {}
        moved = []
        for value in found:
            plain = _plain(value)
            plain = plain if plain is None or plain in self.values else OTHER
            moved.append(places.setdefault(plain, len(places)))
            if places[plain] == len(named):
                named.append(plain)
        import numpy as np

        return np.asarray(moved, dtype=np.int64)[codes] if len(found) else codes, named

    def _bands(self, column: "pd.Series") -> tuple["np.ndarray", list[Value]]:
        import numpy as np
        import pandas as pd

        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        codes = np.searchsorted(np.asarray(self.edges), numbers, side="right")
        codes[np.isnan(numbers)] = len(self.edges) + 1
        inner = [f"{low:g} to {high:g}" for low, high in pairwise(self.edges)]
        names: list[Value] = [f"below {self.edges[0]:g}", *inner, f"{self.edges[-1]:g} and more", None]
        return codes, names


def learn_cuts(features: "pd.DataFrame", attributes: Sequence[str]) -> list[Cut]:
    """How each of `attributes` is to be cut, by its values in the past; those that `features` lacks are left out."""
    return [_learn(name, features[name]) for name in attributes if name in features.columns]


def _learn(name: str, column: "pd.Series") -> Cut:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    counts = column.value_counts()
    if is_numeric_dtype(column) and not is_bool_dtype(column) and len(counts) > MOST_NUMBERS:
        shares = [band / BANDS for band in range(1, BANDS)]
        edges = sorted({float(edge) for edge in column.astype(float).quantile(shares)})
        return Cut(name, edges=tuple(edges))
    return Cut(name, values=frozenset(_plain(value) for value in counts.index[:MOST_VALUES]))


def _plain(value: Any) -> Value:
    """A value as JSON knows it; missing ones are None, and whole numbers lose their decimals."""
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int, float, bool)) else str(value)
