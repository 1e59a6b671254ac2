"""What the checks read from findings and ratios: which columns are off, by how much, and what an empty window is."""

from collections.abc import Container, Iterable, Mapping

from core.evaluation.checks.attribute import WINDOW
from core.evaluation.checks.family import Largest, Nature, nature_of
from core.evaluation.checks.signals import Key
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import WindowSummary


def worst_of(findings: Iterable[Finding]) -> dict[str, float]:
    """The columns of findings (WINDOW for the whole), each with its worst score."""
    worst: dict[str, float] = {}
    for finding in findings:
        for name in finding.columns or (WINDOW,):
            worst[name] = max(finding.score, worst.get(name, 0.0))
    return worst


def largest_of(ratios: Mapping[Key, float], rigid: Container[Key]) -> Largest:
    """By nature; `rigid` are the signals that are so, and count for that, too."""
    found: dict[Nature, float] = {}
    for key, ratio in ratios.items():
        for nature in (nature_of(*key), Nature.RIGID)[: 1 + (key in rigid)]:
            found[nature] = max(ratio, found.get(nature, 0.0))
    return found


def is_about(key: Key, names: Container[str]) -> bool:
    """Whether a signal is about one of these columns, or about the WINDOW; `names` should be quick to look into."""
    return any(name in names for name in named_by(key))


def named_by(key: Key) -> tuple[str, ...]:
    """The columns that a signal is about, or the WINDOW."""
    return key[1] or (WINDOW,)


def empty_of(summary: WindowSummary) -> Finding:
    return Finding(
        "rows",
        (),
        Kind.HARD,
        99.0,
        "There are no rows in this window.",
        "none",
        1.0,
        summary.start,
        "serving or logging is down",
    )
