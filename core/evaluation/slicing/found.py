"""What is said of one slice in one window. Plain values."""

from dataclasses import dataclass

from core.config.metric import in_unit
from core.evaluation.metric import wilson
from core.evaluation.slicing.cuts import OTHER, Key
from core.evaluation.slicing.losses import Loss
from core.evaluation.slicing.memory import Compared
from core.evaluation.slicing.tally import Tally

NINE_OF_TEN = 1.645
"""Standard deviations to either side within which nine of ten normal values lie."""
EFFECT_FLOOR = 0.05
"""A slice that misses its expectation by a smaller share matters to nobody, however certain it is."""
SIDE_FLOOR = 0.15
"""A slice whose errors change sides by a smaller share does not matter: the mean of normal errors then moves by less
than two fifths of their standard deviation, which makes their root mean square larger by less than a twelfth."""


@dataclass(frozen=True)
class SliceFound:
    """One slice in one window, by one way to go wrong (`loss`). Shares are in [0, 1], of the `of` rows with a known
    label that the loss is about; `labels` are all whose label is known.

    `value` is the share that went right (of a regression's misses: whose error was no larger than most past errors),
    with Wilson's 95% interval `low` to `high`; `usual` what was to be expected of these rows (by MISS as the whole did
    in this window, by other losses as the slice did before), and `usual_low` to `usual_high` what nine of ten windows
    like this one would show if the slice did as it always does (by chance and by how unsteady it is; both None while
    the past is too short to tell). `score` orders slices;
    `chance` is how many clean slices a window would show by chance that stray so far (None while the
    past is too short to tell). `worse` says that it is to be told; `blocks` in how many of the window's seven parts
    it did worse than usual. `called` counts those called what rows that went wrong are called, and `short` is by how
    much it falls short of what was to be expected. Of a regression
    `within` is the error up to which a prediction counts as right, and `bias` by how much a told slice is predicted
    too high on average, in `unit`; `cutoff` is the score from which on a row is called positive, where no prediction
    says it. `same` names other slices of exactly the same rows; `bands` says that a number of it is cut into bands.
    `whole` is what the same slice came to by MISS.
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
    loss: Loss = Loss.MISS
    of: int = 0
    called: int = 0
    short: float = 0.0
    cutoff: float | None = None
    bias: float | None = None
    whole: "SliceFound | None" = None

    @property
    def name(self) -> str:
        """`carrier EV, origin EWR`, as people read it."""
        return ", ".join(f"{name} {'missing' if value is None else value}" for name, value in self.where)

    @property
    def named_by_values(self) -> bool:
        """Whether each attribute has one value, so that rows can be asked for it: no band and not the rest."""
        return not self.bands and all(value != OTHER for _, value in self.where)

    @property
    def matters(self) -> bool:
        """Whether it falls short by enough."""
        return matters(self.loss, self.short, self.of, self.called)

    @property
    def reason(self) -> str:
        """What happened, in a sentence."""
        told = f"{self.name}: {self.figure}"
        if self.chance is None:
            return f"{told}; too little past to say how unusual that is."
        return f"{told}; worse in {self.blocks} of 7 parts of the window, {_odds(self.chance)}."

    @property
    def figure(self) -> str:
        """What the slice came to and what is usual: `finds 3 of 20 positives, usually 13 to 17`."""
        if self.loss is Loss.MISS:
            right = "right" if self.within is None else f"within {in_unit(self.within, self.unit)}"
            return f"{self.value:.0%} {right} on {self.labels:,} labels, usually {self._usual_share}"
        count, wrong = (round(share * self.of) for share in (self.value, 1 - self.value))
        if self.loss is Loss.POSITIVES:
            return f"{self._finds(count)}, usually {self._usual_count()}"
        if self.loss is Loss.NEGATIVES:
            return f"{self._calls(wrong)}, usually {self._usual_count(wrong=True)}"
        side = "high" if self.loss is Loss.ABOVE else "low"
        by = "" if self.bias is None else f", {in_unit(abs(self.bias), self.unit)} on average"
        return f"predicted too {side} {wrong:,} of {self.of:,} times{by}; usually {self._usual_count(wrong=True)} times"

    def _finds(self, count: int) -> str:
        many = f"{count:,} of {self.of:,} positives"
        return f"finds {many}" if self.cutoff is None else f"scores {many} at {self.cutoff:.3g} or more"

    def _calls(self, count: int) -> str:
        many = f"{count:,} of {self.of:,} negatives"
        return (
            f"flags {many} as positive" if self.cutoff is None else f"scores {many} at {self.cutoff:.3g} or more"
        )

    @property
    def _usual_share(self) -> str:
        if self.usual_low is None or self.usual_high is None:
            return f"{self.usual:.0%}"
        return f"{self.usual_low * 100:.0f} to {self.usual_high:.0%}"

    def _usual_count(self, *, wrong: bool = False) -> str:
        """How many of as many rows usually go right, or wrong."""
        shares = (self.usual_low, self.usual_high)
        if shares[0] is None or shares[1] is None:
            shares = (self.usual, self.usual)
        low, high = sorted(round((1 - each if wrong else each) * self.of) for each in shares if each is not None)
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def matters(loss: Loss, short: float, of: int, called: int) -> bool:
    """Whether it matters that so large a share `short` of `of` rows went wrong beyond what is usual.

    Of the rows of a class it also matters where those beyond the usual are so large a share of all that are `called`
    the same: a few in a thousand honest payments that are flagged beyond the usual may be most of what is flagged.
    """
    if loss.of_side:
        return short >= SIDE_FLOOR
    return short >= EFFECT_FLOOR or (loss.of_class and short * of >= max(EFFECT_FLOOR * called, 1.0))


def found_of(tally: Tally, place: int, compared: Compared, loss: Loss = Loss.MISS) -> SliceFound:
    """The slice at a place of a tally.

    By other losses than MISS it must fall short of its own past as well as of what the whole lets expect: a slice with
    a third of the positives takes a third of the whole's recall along, and makes all others seem better.
    """
    due, spread, score, chance = (
        float(each[place]) for each in (compared.due, compared.spread, compared.scores, compared.chances)
    )
    of, misses = int(tally.rows[:, place].sum()), float(tally.misses[:, place].sum())
    more = (due - float(tally.expected[:, place].sum())) / of
    low, high = wilson(of - round(misses), of)
    value, expected, known = 1 - misses / of, 1 - due / of, chance < float("inf")
    usual = expected if loss is Loss.MISS else 1 - float(compared.before[place])
    around = NINE_OF_TEN * spread / of
    return SliceFound(
        where=tally.keys[place],
        predictions=int(tally.predictions[place]),
        labels=int(tally.labels[place]),
        value=value,
        low=low,
        high=high,
        usual=_share(usual),
        score=score,
        chance=chance if known else None,
        blocks=int((tally.misses[:, place] > tally.expected[:, place] + more * tally.rows[:, place]).sum()),
        usual_low=_share(usual - around) if known else None,
        usual_high=_share(usual + around) if known else None,
        loss=loss,
        of=of,
        called=int(tally.called[place]),
        short=min(expected, usual) - value,
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
