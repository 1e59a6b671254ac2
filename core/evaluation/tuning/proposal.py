"""A change of the alerting policy with its replay: what it would have sent and missed, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.evaluation.tuning.past import Judged
from core.evaluation.tuning.policy import AlertingPolicy
from core.evaluation.tuning.record import noticed, paged
from core.evaluation.tuning.refit import refit

FEWEST_SAVED = 2
SAVED_SHARE = 0.1
"""A change is worth asking about when it saves or adds at least two messages and a tenth, or misses fewer drops."""


@dataclass(frozen=True)
class Replay:
    """A policy on past windows. `sent` are `pages` and `notices` about data; of windows in a row that have the same
    only the first sends one, for an alert that goes on is no new message.

    `told` are the real drops that were paged, of `drops`; `beyond` more could be paged by no threshold: nothing was
    estimated, or the labels that were in then said otherwise. `kept` are the windows that were worth a message about
    their data and had one, of `worth`.
    """

    pages: int
    notices: int
    told: int
    drops: int
    beyond: int
    kept: int
    worth: int

    @property
    def sent(self) -> int:
        return self.pages + self.notices

    @property
    def missed(self) -> int:
        return self.drops - self.told

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "sent": self.sent, "missed": self.missed}


def replay(judged: Sequence[Judged], policy: AlertingPolicy) -> Replay:
    """What a policy would have sent about windows whose labels are in."""
    every = [each for each in judged if each.dropped]
    dropped = [each for each in every if each.window.waits_on_risk or each.window.stated]
    worth = [each for each in judged if each.worth_saying and each.window.findings]
    return Replay(
        pages=sum(first_of_run(judged, [paged(each, policy) for each in judged])),
        notices=sum(first_of_run(judged, [noticed(each, policy) for each in judged])),
        told=sum(paged(each, policy) for each in dropped),
        drops=len(dropped),
        beyond=len(every) - len(dropped),
        kept=sum(noticed(each, policy) for each in worth),
        worth=len(worth),
    )


def first_of_run(judged: Sequence[Judged], flags: Sequence[bool]) -> list[bool]:
    """Which of the flagged windows do not follow right upon another one."""
    found = []
    for index, flag in enumerate(flags):
        before = judged[index - 1].window if index else None
        goes_on = before is not None and flags[index - 1] and before.end == judged[index].window.start
        found.append(flag and not goes_on)
    return found


@dataclass(frozen=True)
class Proposal:
    """`before` and `after` replay the current and the new policy on `windows` windows. `forward` says how the same fit
    on the older half did on the newer half (None: too few windows), which the fit had not seen."""

    policy: AlertingPolicy
    before: Replay
    after: Replay
    windows: int
    forward: Replay | None
    forward_keeps: bool | None
    held: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """“Over 94 windows it would have sent 9 messages instead of 31, missing none of the 6 real drops.”"""
        messages = "message" if self.after.sent == 1 else "messages"
        sent = f"{self.after.sent:,} {messages} instead of {self.before.sent:,}"
        said = f"Over {self.windows:,} windows it would have sent {sent}, {_missing(self.after)}."
        return " ".join([said, *self._more()])

    def _more(self) -> list[str]:
        found = []
        if self.before.missed != self.after.missed:
            found.append(f"The thresholds of now missed {self.before.missed or 'none'} of them.")
        if self.after.beyond:
            found.append(f"No threshold could have told of {self.after.beyond} more.")
        if left := self.after.worth - self.after.kept:
            found.append(
                f"Of {self.after.worth} windows whose data was worth a message, {left} would have had none."
            )
        return found


def _missing(found: Replay) -> str:
    if found.drops == 0:
        return "with no real drop to miss"
    if found.drops == 1:
        return "missing the one real drop" if found.missed else "not missing the one real drop"
    return f"missing {found.missed or 'none'} of the {found.drops} real drops"


@dataclass(frozen=True)
class Nothing:
    """No change, and why."""

    reason: str
    detail: str


def propose(judged: Sequence[Judged], recall: float, current: AlertingPolicy) -> Proposal | Nothing:
    """The change of the policy that past verdicts ask for under “recall at least `recall`”."""
    fitted = refit(judged, recall, current)
    before, after = replay(judged, current), replay(judged, fitted.policy)
    if fitted.policy == current and fitted.held:
        return Nothing("too_few", " ".join(fitted.held))
    if fitted.policy == current:
        return Nothing("nothing_to_change", f"The thresholds are where {len(judged):,} past windows ask for them.")
    if not _matters(before, after):
        return Nothing("little_would_change", _little(before, after, len(judged)))
    forward = _forward(judged, recall, current)
    keeps = None if forward is None or not forward.drops else forward.told >= recall * forward.drops
    return Proposal(fitted.policy, before, after, len(judged), forward, keeps, fitted.held)


def _matters(before: Replay, after: Replay) -> bool:
    changed = abs(before.sent - after.sent)
    return changed >= max(FEWEST_SAVED, SAVED_SHARE * before.sent) or after.missed < before.missed


def _little(before: Replay, after: Replay, windows: int) -> str:
    return (
        f"Over {windows:,} windows another policy would have sent {after.sent:,} messages instead of {before.sent:,}; "
        "that is not worth a change."
    )


def _forward(judged: Sequence[Judged], recall: float, current: AlertingPolicy) -> Replay | None:
    """The fit on the older half, replayed on the newer one; None when the older half is too short to fit anything."""
    half = len(judged) // 2
    fitted = refit(judged[:half], recall, current)
    return None if fitted.policy == current else replay(judged[half:], fitted.policy)
