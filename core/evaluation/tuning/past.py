"""A past window: what was said of it, what people did, and what turned out once its labels were in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.evaluation.tuning.policy import UNTUNED


@dataclass(frozen=True)
class Said:
    """A finding as it was when the window was evaluated; `kind` and `score` as in `Finding`."""

    check: str
    kind: str
    score: float


@dataclass(frozen=True)
class PastWindow:
    """A window `[start, end)`.

    `risk` in [0, 1] is what the estimate gave for a miss when the verdict was made (None: it could not say).
    `dropped` says whether the realized metric missed the objective, and is None until its labels are in
    (`labels.settled`); `stated` what the labels that were in at the time of the verdict said, None where they were
    too few to say. `acted` says that somebody acknowledged or resolved its alert, or filed a bug; `noise` that
    somebody called it noise.
    """

    start: datetime
    end: datetime
    risk: float | None
    findings: tuple[Said, ...]
    dropped: bool | None
    acted: bool = False
    noise: bool = False
    stated: bool | None = None

    @property
    def waits_on_risk(self) -> bool:
        """Whether the verdict rested on the estimate alone: with enough labels it rests on them."""
        return self.stated is None and self.risk is not None

    @property
    def hard(self) -> bool:
        """Whether there were values that cannot be right."""
        return any(each.kind in UNTUNED for each in self.findings)


@dataclass(frozen=True)
class Judged:
    """A window whose labels are in. `drop_follows` says whether the window right after it dropped; a window that is
    not known, or not there, follows with no drop."""

    window: PastWindow
    dropped: bool
    drop_follows: bool

    @property
    def page_was_right(self) -> bool:
        """A page is right about its own window and about the next: people had a reason to look."""
        return self.dropped or self.drop_follows

    @property
    def worth_saying(self) -> bool:
        """Whether its findings were worth a message: the metric dropped, or people acted and spoke of no noise."""
        return self.page_was_right or (self.window.acted and not self.window.noise)


def judge(windows: Iterable[PastWindow]) -> list[Judged]:
    """The windows whose labels are in, oldest first; all others are left out and change nothing."""
    known = sorted((each for each in windows if each.dropped is not None), key=lambda each: each.start)
    by_start = {each.start: bool(each.dropped) for each in known}
    return [Judged(each, bool(each.dropped), by_start.get(each.end, False)) for each in known]


def drops(judged: Sequence[Judged]) -> int:
    """How many windows really dropped."""
    return sum(each.dropped for each in judged)
