"""The thresholds of a pipeline, fitted again to what its past verdicts turned out to be."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.tuning.past import Judged, drops
from core.evaluation.tuning.policy import STARTS, UNTUNED, AlertingPolicy, weighed
from core.evaluation.tuning.threshold import Example, at_most, fit
from core.text import plural

FEWEST_WINDOWS = 20
"""Windows with labels before anything is fitted."""
FEWEST_DROPS = 5
"""Real drops before the page's threshold moves: from fewer nobody can say what a higher one would miss."""
FEWEST_FOUND = 10
"""Windows in which a check found something before its level moves."""
FEWEST_USELESS = 20
"""The same for a check that was never worth a message: then at most about one in seven is (rule of three, 3 / n)."""
HIGHEST_PAGE = 0.95
LOWEST_RECORD = 0.05
RECORD_SHARE = 0.5
"""What is kept untold begins at the latest at this share of the page's threshold."""


@dataclass(frozen=True)
class Fitted:
    """A policy, and sentences about what was left as it was because too little is known."""

    policy: AlertingPolicy
    held: tuple[str, ...]


def refit(judged: Sequence[Judged], recall: float, current: AlertingPolicy) -> Fitted:
    """The policy with the fewest false messages that keeps at least `recall` of what was worth saying.

    Of the real drops whose window had an estimate at least this share is paged; of the windows worth a message at
    least this share is still spoken of by some check. Thresholds with too few examples stay what they are. More
    recall never sends less.
    """
    if len(judged) < FEWEST_WINDOWS:
        few = f"{len(judged)} windows have their labels, and {FEWEST_WINDOWS} are needed"
        return Fitted(current, (f"Thresholds stay as they are: {few}.",))
    held: list[str] = []
    page_from = _page_from(judged, recall, current.page_from, held)
    record_from = _record_from(judged, page_from, current.record_from)
    return Fitted(AlertingPolicy(page_from, record_from, _levels(judged, recall, current, held)), tuple(held))


def _page_from(judged: Sequence[Judged], recall: float, current: float, held: list[str]) -> float:
    seen = [each for each in judged if each.window.waits_on_risk]
    if drops(seen) < FEWEST_DROPS:
        held.append(
            f"Pages stay as they are: {drops(seen)} real drops with an estimate, and {FEWEST_DROPS} are needed."
        )
        return current
    return fit([_example(each) for each in seen], recall, current, highest=HIGHEST_PAGE)


def _example(each: Judged) -> Example:
    """A page the day before a drop is neither asked for nor false."""
    wanted = True if each.dropped else None if each.drop_follows else False
    return Example(_weighed(each), wanted)


def _weighed(each: Judged) -> float:
    return weighed(each.window.risk or 0.0, hard=each.window.hard)


def _record_from(judged: Sequence[Judged], page_from: float, current: float) -> float:
    """Low enough to keep every drop seen so far, and well below the page; it moves only when it has to."""
    dropped = [_weighed(each) for each in judged if each.dropped and each.window.waits_on_risk]
    needed = min([RECORD_SHARE * page_from, *dropped])
    if len(dropped) < FEWEST_DROPS or LOWEST_RECORD <= current <= needed:
        return min(current, page_from)
    return max(LOWEST_RECORD, at_most(needed))


def _levels(judged: Sequence[Judged], recall: float, current: AlertingPolicy, held: list[str]) -> dict[str, float]:
    """The level of every check, each with its part of the windows that may be left out in all."""
    found = _by_check(judged)
    wanted = {check: sum(e.wanted is True for e in examples) for check, examples in found.items()}
    worth = sum(each.worth_saying and _tunable(each) for each in judged)
    strict = 1 - (1 - recall) * worth / sum(wanted.values()) if sum(wanted.values()) else recall
    levels = dict(current.notify_from)
    for check, examples in sorted(found.items()):
        needed = FEWEST_FOUND if wanted[check] else FEWEST_USELESS
        if len(examples) < needed:
            spoke = plural(len(examples), "window")
            held.append(f"“{check}” stays as it is: it spoke in {spoke}, and {needed} are needed.")
            continue
        levels[check] = fit(examples, strict, current.level(check))
    return {check: level for check, level in levels.items() if level > STARTS}


def _by_check(judged: Sequence[Judged]) -> dict[str, list[Example]]:
    """The highest score of each check in each window, of the kinds that can be tuned."""
    found: dict[str, list[Example]] = {}
    for each in judged:
        highest: dict[str, float] = {}
        for said in each.window.findings:
            if said.kind not in UNTUNED:
                highest[said.check] = max(said.score, highest.get(said.check, 0.0))
        for check, score in highest.items():
            found.setdefault(check, []).append(Example(score, each.worth_saying))
    return found


def _tunable(each: Judged) -> bool:
    return any(said.kind not in UNTUNED for said in each.window.findings)
