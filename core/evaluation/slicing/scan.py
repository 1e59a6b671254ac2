"""How far a slice strays from its usual, and how rare that is among slices that do as they always did. Pure.

Two measures: `score` ranks slices (standard errors of this window's estimate alone), `stray` decides what is told
(it allows for how unsteady the slice is, too). Its tail is fitted to what past windows showed at the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.slicing.usual import Usual

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

TAIL_RATE = 3.0
"""The tail of past strays begins where slices exceed it this often a window."""
LEAST_TAILED = 20
"""With fewer past strays nothing is said of their tail."""
NORMAL_FALL = 0.8
"""Half squares of normal deviates fall off by e in about this much; no fitted tail falls off faster."""


def scores(rises: "Array", information: "Array", usual: Usual) -> "Array":
    """Standard errors by which each of s slices rose above its usual."""
    import numpy as np

    return np.asarray((rises - usual.rise) * np.sqrt(information))


def strays(rises: "Array", information: "Array", usual: Usual) -> "Array":
    """Half the squared deviation from the usual over all its variance, >= 0: the logarithm of a likelihood ratio."""
    import numpy as np

    deviation = (rises - usual.rise) / np.sqrt(1 / information + usual.unsteady)
    return np.asarray(np.maximum(deviation, 0.0) ** 2 / 2)


@dataclass(frozen=True)
class Tail:
    """Strays above `level` are exceeded `rate` times a window by clean slices, and fall off exponentially with the
    mean excess `scale`."""

    level: float
    scale: float
    rate: float

    def chance(self, stray: "Array") -> "Array":
        """How many clean slices of a window stray so far: expected counts, in (0, inf)."""
        import numpy as np

        return np.asarray(self.rate * np.exp(-(stray - self.level) / self.scale))


def learn_tail(past: "Sequence[Array]") -> Tail | None:
    """From the strays of the slices of each past window, as judged at the time; None when they are too few."""
    import numpy as np

    every = np.sort(np.concatenate(past))[::-1] if past else np.empty(0)
    if len(every) < LEAST_TAILED:
        return None
    count = min(len(every) - 1, max(10, min(len(every) // 10, int(TAIL_RATE * len(past)))))
    level = float(every[count])
    return Tail(level, max(NORMAL_FALL, float((every[:count] - level).mean())), count / len(past))
