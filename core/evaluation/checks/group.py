"""One cause, one finding: columns that fail in the same way, or too many at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from core.evaluation.finding import Finding, Kind
from core.text import listed

TOGETHER = 3
"""So many columns with the same symptom point to their source."""
MOST_NAMED = 20
"""Columns that a sentence names; `columns` of its finding holds all of them."""
MOST = 0.5
"""When more than this share of all columns is off (and TOGETHER of them), they have one cause, whatever it is."""
MANY = 20
"""And when more than so many are, of however many: those of a thousand columns that fail for reasons of their own do
not do so in one window."""


def one_cause(found: Sequence[Finding], columns: int) -> list[Finding]:
    """Findings with those of one cause merged; `columns` is how many the window has."""
    whole = [finding for finding in found if not finding.columns]
    single = [finding for finding in found if finding.columns]
    if len(single) >= TOGETHER and len(single) > min(MOST * columns, MANY):
        return [*whole, _upstream(single)]
    symptoms: dict[tuple[str, str, float], list[Finding]] = defaultdict(list)
    for finding in single:
        symptoms[_symptom(finding)].append(finding)
    return [*whole, *(_merged(each) for each in symptoms.values())]


def _symptom(finding: Finding) -> tuple[str, str, float]:
    """What findings of one cause share: gone to the same extent, or frozen; everything else stands alone."""
    if finding.direction == "missing":
        return "missing", finding.kind, round(finding.magnitude, 1)
    if finding.direction in ("constant", "apart"):
        return finding.direction, "", 0.0
    return finding.check, " ".join(finding.columns), 0.0


def _merged(each: Sequence[Finding]) -> Finding:
    if len(each) >= TOGETHER:
        return _upstream(each)
    if len(each) == 1:
        return each[0]
    worst = max(each, key=lambda finding: finding.score)
    columns = tuple(sorted(column for finding in each for column in finding.columns))
    return replace(worst, columns=columns, reason=" ".join(finding.reason for finding in each))


def _upstream(each: Sequence[Finding]) -> Finding:
    columns = tuple(sorted({column for finding in each for column in finding.columns}))
    worst = max(each, key=lambda finding: finding.score)
    names = listed(columns, MOST_NAMED)
    since = min((finding.since for finding in each if finding.since), default=None)
    reason = f"{len(columns)} columns are off at once, so the likely cause is what feeds them all: {names}. "
    return replace(
        worst,
        kind=Kind.UPSTREAM,
        columns=columns,
        since=since,
        reason=reason
        + f"Of them, {worst.reason[0].lower() if worst.reason.startswith('Most') else worst.reason[0]}"
        f"{worst.reason[1:]}",
        usually="one source that is late, empty or changed",
    )
