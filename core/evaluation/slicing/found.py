"""What is said of one slice in one window. Plain values."""

from dataclasses import dataclass

from core.evaluation.metric import wilson
from core.evaluation.slicing.cuts import OTHER, Key
from core.evaluation.slicing.tally import Tally


@dataclass(frozen=True)
class SliceFound:
    """One slice in one window. Shares are of the known labels, in [0, 1].

    `value` is the share that was right (for a regression: whose error was no larger than most past errors), with
    Wilson's 95% interval `low` to `high`; `usual` what was to be expected of these rows. `score` orders slices;
    `chance` is how many clean slices a window would show by chance that stray so far (None while the
    past is too short to tell). `worse` says that it is to be told; `blocks` in how many of the window's seven parts
    it did worse than usual. `same` names other slices of exactly the same rows; `bands` says that a number of it is
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
        told = f"{self.name}: {self.value:.0%} right on {self.labels:,} labels, usually {self.usual:.0%}"
        if self.chance is None:
            return f"{told}; too little past to say how unusual that is."
        return f"{told}; worse in {self.blocks} of 7 parts of the window, {_odds(self.chance)}."


def found_of(tally: Tally, place: int, due: float, score: float, chance: float) -> SliceFound:
    """The slice at a place of a tally; `due` misses were to be expected of it, `chance` is infinite where unknown."""
    labels, misses = int(tally.rows[:, place].sum()), float(tally.misses[:, place].sum())
    more = (due - float(tally.expected[:, place].sum())) / labels
    low, high = wilson(labels - round(misses), labels)
    return SliceFound(
        where=tally.keys[place],
        predictions=int(tally.predictions[place]),
        labels=labels,
        value=1 - misses / labels,
        low=low,
        high=high,
        usual=min(1.0, max(0.0, 1 - due / labels)),
        score=score,
        chance=chance if chance < float("inf") else None,
        blocks=int((tally.misses[:, place] > tally.expected[:, place] + more * tally.rows[:, place]).sum()),
    )


def _odds(chance: float) -> str:
    """How rare that is by chance, as people say it."""
    if chance > 0.5:
        return "which chance alone brings often"
    times = 1 / chance
    return (
        "which chance alone does not bring" if times > 10_000 else f"by chance about once in {times:,.0f} windows"
    )
