"""Rows that come after their window was summarised: what is missing of it, and what is written down of them.

A log consists of parts, closed for good, that appear one by one (files, for one of Parquet). Beside each summary lie
the marks of the parts that it was made from, so what it lacks is told from the parts that there are now, and whoever
adds them does so once: a summary whose marks are no longer those that one began with is left to the next run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

LATE = 35
"""Windows back in which late rows are looked for: five weeks of days. Older summaries stay as they are."""
MARK = 8
"""Bytes of a part's mark."""


class Lack(StrEnum):
    """What a summary lacks. NOTHING. PARTS: there are new ones, which can be added. ALL: a part that it was made from
    is gone or was changed, or it is not known which they were, so it has to be made anew."""

    NOTHING = "nothing"
    PARTS = "parts"
    ALL = "all"


@dataclass(frozen=True)
class Late:
    """`rows` of the window that starts at `start` came after it was judged, with `before` rows; found at `at`."""

    start: datetime
    rows: int
    before: int
    at: datetime

    @property
    def share(self) -> float:
        """Of all rows that the window has now, in [0, 1]."""
        return self.rows / max(1, self.rows + self.before)

    def as_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "before": self.before, "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, start: datetime, stored: Mapping[str, Any]) -> "Late":
        """What `as_json` made, of the window that starts at `start`."""
        return cls(start, stored["rows"], stored["before"], datetime.fromisoformat(stored["at"]))


def marks(parts: Iterable[str]) -> bytes:
    """The marks of parts by their names, in whatever order they come."""
    return b"".join(sorted({_mark(part) for part in parts}))


def lack(known: bytes | None, parts: Sequence[str]) -> tuple[Lack, list[str]]:
    """What a summary with these marks (None: unknown) lacks of the parts that there are, and which those are."""
    if known is None:
        return Lack.ALL, list(parts)
    had = {known[i : i + MARK] for i in range(0, len(known), MARK)}
    new = [part for part in parts if _mark(part) not in had]
    if had - {_mark(part) for part in parts}:
        return Lack.ALL, list(parts)
    return (Lack.PARTS, new) if new else (Lack.NOTHING, [])


def sentence(late: Sequence[Late], names: Mapping[datetime, str]) -> str:
    """What people read of rows that came late; empty without any. `names` are those of the windows."""
    if not late:
        return ""
    worst = max(late, key=lambda each: (each.rows, each.start))
    rows = sum(each.rows for each in late)
    name = names[worst.start]
    where = f"{name} was" if len(late) == 1 else f"their {len(late)} windows were"
    most = "" if len(late) == 1 else f", most of them {worst.rows:,} of {name}"
    share = f"{worst.share:.1%}" if worst.share < 0.1 else f"{worst.share:.0%}"
    return (
        f"{rows:,} {'row' if rows == 1 else 'rows'} came after {where} judged{most} ({share} of that day's rows). "
        "The summaries have them now; what was said then stands, and nobody is called for it."
    )


def _mark(part: str) -> bytes:
    return blake2b(part.encode(), digest_size=MARK).digest()
