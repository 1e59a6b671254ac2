"""A past window as the checks see it."""

from dataclasses import dataclass

from core.evaluation.finding import Finding
from core.evaluation.summaries.summary import WindowSummary


@dataclass(frozen=True)
class Judged:
    """A window's summary, and what was found in it (nothing for windows that nobody has judged)."""

    summary: WindowSummary
    findings: tuple[Finding, ...] = ()
