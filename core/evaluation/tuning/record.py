"""How right past messages were: precision and recall per check and for pages, each with an honest interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.evaluation.metric import wilson
from core.evaluation.tuning.past import Judged
from core.evaluation.tuning.policy import AlertingPolicy

PAGES = "pages"
"""The name of the record about the metric itself."""


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, with Wilson's 95% interval `[low, high]`; of nothing the interval is all of [0, 1]."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.part, self.whole) if self.whole else (0.0, 1.0)

    def as_json(self) -> dict[str, Any]:
        low, high = self.interval
        return {"part": self.part, "whole": self.whole, "value": self.value, "low": low, "high": high}


@dataclass(frozen=True)
class Record:
    """One check, or PAGES. `precision` is the share of its messages that were worth it, `recall` the share of real
    drops in whose window it spoke. A check may be useful with a low recall: not every drop comes from the data."""

    name: str
    precision: Share
    recall: Share

    @property
    def messages(self) -> int:
        return self.precision.whole

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "precision": self.precision.as_json(), "recall": self.recall.as_json()}


def records(judged: Sequence[Judged], policy: AlertingPolicy) -> list[Record]:
    """The record of pages and of every check that ever found something, under a policy; pages first, then by messages.

    Pages are judged by the metric alone, checks also by what people did. Drops of windows without an estimate count
    as missed by pages: nobody was told before the labels.
    """
    checks = sorted({said.check for each in judged for said in each.window.findings})
    found = [_of_check(judged, policy, check) for check in checks]
    return [_of_pages(judged, policy), *sorted(found, key=lambda each: (-each.messages, each.name))]


def _of_pages(judged: Sequence[Judged], policy: AlertingPolicy) -> Record:
    told = [each for each in judged if paged(each, policy)]
    return Record(PAGES, _share([each.page_was_right for each in told]), _recall(judged, told))


def _of_check(judged: Sequence[Judged], policy: AlertingPolicy, check: str) -> Record:
    told = [each for each in judged if _speaks(each, policy, check)]
    return Record(check, _share([each.worth_saying for each in told]), _recall(judged, told))


def paged(each: Judged, policy: AlertingPolicy) -> bool:
    """Whether somebody is called about this window: by the labels that were in, or else by the estimate."""
    window = each.window
    if window.stated is not None:
        return window.stated
    return policy.pages(window.risk, hard=window.hard)


def noticed(each: Judged, policy: AlertingPolicy) -> bool:
    """Whether the data of this window is spoken of."""
    return any(policy.notifies(said.check, said.kind, said.score) for said in each.window.findings)


def _speaks(each: Judged, policy: AlertingPolicy, check: str) -> bool:
    return any(
        said.check == check and policy.notifies(said.check, said.kind, said.score) for said in each.window.findings
    )


def _share(flags: Sequence[bool]) -> Share:
    return Share(sum(flags), len(flags))


def _recall(judged: Sequence[Judged], told: Sequence[Judged]) -> Share:
    return Share(sum(each.dropped for each in told), sum(each.dropped for each in judged))
