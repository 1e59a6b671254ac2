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
        self._others = [i for i, lag in enumerate(self._compared) if lag not in self._alike]
        self._same = [i for i, lag in enumerate(self._compared) if lag in self._alike]
        self._sums = np.zeros((1, len(self._compared)))
        self._answer: tuple[int, bool] | None = None

    def forget(self) -> None:
        """After a past value was changed."""
        self._sums, self._answer = np.zeros((1, len(self._compared))), None

    def holds(self, values: Array, size: int) -> bool:
        """Whether the first `size` rows of these values have one."""
        if self._answer is None or self._answer[0] != size:
            self._answer = size, bool(self.each(values, np.array([size]))[0])
        return self._answer[1]

    def each(self, values: Array, sizes: Any) -> Any:
        """Whether the first rows of these values have one, by how many rows they are."""
        apart = self._apart(values, np.asarray(sizes))
        same, others = apart[:, self._same], apart[:, self._others]
        usual = np.median(others, axis=1) if np.isfinite(others).all() else _middles(others)
        return same.min(axis=1, initial=np.inf) < SEASONAL * usual

    def _apart(self, values: Array, sizes: Any) -> Array:
        """How far windows usually are from the one so many before, by size and lag; infinite for lags that are too
        long."""
        self._add_up(values, int(sizes.max()))
        sums, reached = self._sums, np.minimum(sizes, self._longest)
        first = np.maximum(0, sizes - self._longest)[:, None] + self._lags
        known = self._lags < reached[:, None]
        whole = sums[sizes] - sums[np.minimum(first, len(sums) - 1), np.arange(len(self._lags))]
        return np.where(known, whole / np.where(known, sizes[:, None] - first, 1), np.inf)

    def _add_up(self, values: Array, size: int) -> None:
        """Sums of how far each of the first windows is from the one so many before it."""
        known = len(self._sums) - 1
        if known >= size:
            return
        steps = np.zeros((size - known + 1, len(self._lags)))
        steps[0] = self._sums[-1]
        for which, lag in enumerate(self._compared):
            first = max(known, lag)
            if first < size:
                apart = np.abs(values[first:size] - values[first - lag : size - lag]).sum(1)
                steps[1 + first - known :, which] = apart
        self._sums = np.concatenate((self._sums, np.cumsum(steps, axis=0)[1:]))


def _middles(values: Array) -> Array:
    """The median of the finite numbers of each row; without any, a number that nothing is below."""
    found = [each[np.isfinite(each)] for each in values]
    return np.array([float(np.median(each)) if each.size else -np.inf for each in found])
