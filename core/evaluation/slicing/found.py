"""What is said of one slice in one window. Plain values."""

from dataclasses import dataclass

from core.config.metric import in_unit
from core.evaluation.metric import wilson
from core.evaluation.slicing.cuts import OTHER, Key
from core.evaluation.slicing.tally import Tally

NINE_OF_TEN = 1.645
"""Standard deviations to either side within which nine of ten normal values lie."""


@dataclass(frozen=True)
class SliceFound:
    """One slice in one window. Shares are of the known labels, in [0, 1].

    `value` is the share that was right (for a regression: whose error was no larger than most past errors), with
    Wilson's 95% interval `low` to `high`; `usual` what was to be expected of these rows, and `usual_low` to
    `usual_high` what nine of ten windows like this one would show if the slice did as it always does (by chance and by
    how unsteady it is; both None while the past is too short to tell). `score` orders slices;
    `chance` is how many clean slices a window would show by chance that stray so far (None while the
    past is too short to tell). `worse` says that it is to be told; `blocks` in how many of the window's seven parts
    it did worse than usual. Of a regression `within` is the error up to which a prediction counts as right, in `unit`.
    `same` names other slices of exactly the same rows; `bands` says that a number of it is
    cut into bands.
    """

    where: Key
    predictions: int
    labels: int
    value: float
    low: float
    high: float
    usual: float
    score: float
    chance: float | None
    blocks: int
    worse: bool = False
    same: tuple[Key, ...] = ()
    bands: bool = False
    usual_low: float | None = None
    usual_high: float | None = None
    within: float | None = None
    unit: str = ""

    @property
    def name(self) -> str:
        """`carrier EV, origin EWR`, as people read it."""
        return ", ".join(f"{name} {'missing' if value is None else value}" for name, value in self.where)

    @property
    def named_by_values(self) -> bool:
        """Whether each attribute has one value, so that rows can be asked for it: no band and not the rest."""
        return not self.bands and all(value != OTHER for _, value in self.where)

    @property
    def reason(self) -> str:
        """What happened, in a sentence."""
        right = "right" if self.within is None else f"within {in_unit(self.within, self.unit)}"
        told = f"{self.name}: {self.value:.0%} {right} on {self.labels:,} labels, usually {self._usually}"
        if self.chance is None:
            return f"{told}; too little past to say how unusual that is."
        return f"{told}; worse in {self.blocks} of 7 parts of the window, {_odds(self.chance)}."

    @property
    def _usually(self) -> str:
        if self.usual_low is None or self.usual_high is None:
            return f"{self.usual:.0%}"
        return f"{self.usual_low * 100:.0f} to {self.usual_high:.0%}"


def found_of(tally: Tally, place: int, due: float, spread: float, score: float, chance: float) -> SliceFound:
    """The slice at a place of a tally; `due` misses were to be expected of it, give or take `spread` (standard
    deviation), and `chance` is infinite where unknown."""
    labels, misses = int(tally.rows[:, place].sum()), float(tally.misses[:, place].sum())
    more = (due - float(tally.expected[:, place].sum())) / labels
    low, high = wilson(labels - round(misses), labels)
    usual, known = 1 - due / labels, chance < float("inf")
    around = NINE_OF_TEN * spread / labels
    return SliceFound(
        where=tally.keys[place],
        predictions=int(tally.predictions[place]),
        labels=labels,
        value=1 - misses / labels,
        low=low,
        high=high,
        usual=_share(usual),
        score=score,
        chance=chance if known else None,
        blocks=int((tally.misses[:, place] > tally.expected[:, place] + more * tally.rows[:, place]).sum()),
        usual_low=_share(usual - around) if known else None,
        usual_high=_share(usual + around) if known else None,
    )


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _odds(chance: float) -> str:
    """How rare that is by chance, as people say it."""
    if chance > 0.5:
        return "which chance alone brings often"
    times = 1 / chance
    return (
        "which chance alone does not bring" if times > 10_000 else f"by chance about once in {times:,.0f} windows"
    )
