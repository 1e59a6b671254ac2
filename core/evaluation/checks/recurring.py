"""Whether a signal has a season: windows of the same hour and weekday are nearer than those just before."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
SEASONAL = 0.5
"""A signal has a season when windows of one hour and weekday differ by less than this share of what others do."""
NEIGHBOURS = 5
"""So many windows just before one are what those of the same hour and weekday are held against."""


class Recurring:
    """Looks at no more than the `longest` past windows, from sums that grow with each."""

    def __init__(self, lags: tuple[int, ...], longest: int) -> None:
        """`lags` are how many windows ago the same hour and weekday were."""
        self._alike, self._longest = frozenset(lags), longest
        self._compared = sorted(self._alike | set(range(1, NEIGHBOURS + 1)))
        self._lags = np.array(self._compared, dtype=int)
        self._sums: list[Array] = [np.zeros(len(self._compared))]
        self._answer: tuple[int, bool] | None = None

    def forget(self) -> None:
        """After a past value was changed."""
        self._sums, self._answer = [np.zeros(len(self._compared))], None

    def holds(self, values: Array, size: int) -> bool:
        """Whether the first `size` rows of these values have one."""
        if self._answer is None or self._answer[0] != size:
            self._answer = size, self._found(values, size)
        return self._answer[1]

    def _found(self, values: Array, size: int) -> bool:
        reached = min(size, self._longest)
        known = [(lag, self._apart(values, size, i)) for i, lag in enumerate(self._compared) if lag < reached]
        same = [apart for lag, apart in known if lag in self._alike]
        others = [apart for lag, apart in known if lag not in self._alike]
        return bool(same and others) and min(same) < SEASONAL * float(np.median(others))

    def _apart(self, values: Array, size: int, which: int) -> float:
        """How far windows usually are from the one so many before."""
        while len(self._sums) <= size:
            at = len(self._sums) - 1
            lags = self._lags[self._lags <= at]
            step = np.zeros(len(self._compared))
            step[: len(lags)] = np.abs(values[at] - values[at - lags]).sum(1)
            self._sums.append(self._sums[-1] + step)
        first = max(0, size - self._longest) + self._compared[which]
        return float(self._sums[size][which] - self._sums[first][which]) / (size - first)
