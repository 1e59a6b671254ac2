"""Columns whose type is another one than in the window before: told once, when it happens."""

from collections.abc import Sequence

from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import WindowSummary

FAMILIES = {
    "number": ("int", "uint", "float", "decimal"),
    "yes or no": ("bool",),
    "text": ("string", "varchar", "json", "uuid", "enum"),
    "time": ("timestamp", "date", "time"),
}


def retyped(now: WindowSummary, past: Sequence[WindowSummary]) -> list[Finding]:
    """A hard finding for each column whose values are of another family than in the last window that had it.

    Whole numbers that turn into fractions are no change: writers do so for a single missing value.
    """
    found = []
    for name, column in now.columns.items():
        before = next((each.columns[name].type for each in reversed(past) if name in each.columns), None)
        if before is None or family(before) == family(column.type):
            continue
        reason = (
            f"{name} changed its type from {before} ({family(before)}) to {column.type} ({family(column.type)})."
        )
        found.append(
            Finding("schema", (name,), Kind.HARD, 99.0, reason, "retyped", 1.0, now.start, "a writer that changed")
        )
    return found


def family(type: str) -> str:
    """What a type of the engine holds, in a word."""
    bare = type.lower().lstrip("!")
    return next((name for name, begins in FAMILIES.items() if bare.startswith(begins)), bare)
