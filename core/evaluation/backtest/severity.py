"""What people hear of a finding: it is told once, and again only when there is news."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.evaluation.backtest.outcome import Severity, Told

DOUBLED = 2.0


@dataclass(frozen=True)
class _Heard:
    """A finding of the previous window; `magnitude` is the one that people were last told."""

    finding: Told
    magnitude: float


@dataclass
class Follower:
    """Follows findings from window to window, in the order of time.

    A finding continues when the window before had one of the same kind and direction about the same columns (or
    about a group that holds them all). It is recorded then, unless it has doubled since people last heard of it:
    then they are notified once more. Whatever ends and returns is new.
    """

    _previous: list[_Heard] = field(default_factory=list)

    def follow(self, findings: Sequence[Told]) -> list[Told]:
        """The findings of the next window with the severity that is left of theirs; an empty window ends all."""
        told, heard = [], []
        for finding in findings:
            before = self._before(finding)
            settled, magnitude = _settle(finding, before)
            told.append(settled)
            heard.append(_Heard(settled, magnitude))
        self._previous = heard
        return told

    def _before(self, finding: Told) -> _Heard | None:
        matches = [each for each in self._previous if _continues(each.finding, finding)]
        return max(matches, key=lambda each: each.magnitude, default=None)


def _continues(before: Told, now: Told) -> bool:
    if (before.kind, before.direction, before.slice) != (now.kind, now.direction, now.slice):
        return False
    if not now.columns:
        return not before.columns and before.check == now.check
    return set(now.columns) <= set(before.columns)


def _settle(finding: Told, before: _Heard | None) -> tuple[Told, float]:
    """The finding as people hear it, and the magnitude that they know of from now on."""
    if before is None:
        return finding, finding.magnitude
    doubled = before.magnitude > 0 and finding.magnitude >= DOUBLED * before.magnitude
    if doubled and finding.severity in (Severity.PAGE, Severity.NOTIFY):
        return replace(finding, severity=Severity.NOTIFY, continues=True), finding.magnitude
    return replace(finding, severity=Severity.RECORD, continues=True), before.magnitude
