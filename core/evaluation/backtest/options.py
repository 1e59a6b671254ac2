"""What a backtest is asked, as it is typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core.config.bounds import ColumnBounds
from core.config.fields import parse_duration
from core.evaluation.backtest.errors import BacktestError
from core.evaluation.rows import Task

LONGEST_WALK = 20_000
"""Windows. More is a window or a timestamp that was not meant, and a report that nobody reads."""

_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}([T ]\d{2}(:?\d{2}(:?\d{2}([.,]\d{1,9})?)?)?\s?(Z|z|[+-]\d{2}(:?\d{2})?)?)?", re.ASCII
)


@dataclass(frozen=True)
class Options:
    """Which column is what, and how the walk goes; names are columns of the log.

    `label_delay` and `label_at` exclude each other; with neither, a label is known from its prediction on.
    `evaluate_after` is counted from the end of a window and may be negative. With `only_made`, an evaluation
    before the end of its window sees the predictions made by then, and the same part of every past window;
    otherwise the window's features and predictions are taken to be known. `checks` are
    bounds by column.
    """

    timestamp: str
    prediction: str
    reference_until: datetime
    score: str | None = None
    label: str | None = None
    label_at: str | None = None
    label_delay: timedelta | None = None
    id: str | None = None
    features: tuple[str, ...] | None = None
    slice_by: tuple[str, ...] = ()
    slice_depth: int = 2
    task: Task | None = None
    metric: str | None = None
    slo: str | None = None
    window: timedelta = timedelta(days=1)
    evaluate_after: timedelta = timedelta()
    only_made: bool = False
    checks: Mapping[str, ColumnBounds] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.reference_until.tzinfo is None:
            raise BacktestError("--reference-until: an instant with its offset is needed, for example …T00:00:00Z")
        if self.window < timedelta(seconds=1):
            raise BacktestError("--window: it must be a second or longer, for example 1h, 1d or 1w")
        if self.label_at and self.label_delay is not None:
            raise BacktestError("--label-at and --label-delay both say when labels arrive; give one of them")
        if not 1 <= self.slice_depth <= 3:
            raise BacktestError("--slice-depth: slices are of one to three attributes")
        if self.label is None:
            for option, value in (("--label-at", self.label_at), ("--label-delay", self.label_delay)):
                if value is not None:
                    raise BacktestError(f"{option} says when labels arrive, but --label names no column of labels")
            if self.slo:
                raise BacktestError("--slo is judged by labels, but --label names no column of labels")
        if self.evaluate_after < -self.window:
            raise BacktestError("--evaluate-after: an evaluation cannot come before its window starts")

    @property
    def roles(self) -> dict[str, str]:
        """The option that named a column -> that column."""
        named = {
            "--timestamp": self.timestamp,
            "--prediction": self.prediction,
            "--score": self.score,
            "--label": self.label,
            "--label-at": self.label_at,
            "--id": self.id,
        }
        return {option: column for option, column in named.items() if column is not None}


def parse_instant(option: str, text: str) -> datetime:
    """An instant in ISO 8601; without an offset it is in UTC. BacktestError for anything else."""
    try:
        if not _ISO.fullmatch(text.strip()):
            raise ValueError(text)
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BacktestError(
            f"{option}: “{text}” is no instant in ISO 8601; write for example 2024-03-01 or 2024-03-01T08:00:00+01:00"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def parse_span(option: str, text: str, *, negative: bool = False) -> timedelta:
    """A duration such as 1d, 14d, 36h or 1h30m, where allowed also -8h. BacktestError for anything else."""
    bare = text.strip()
    below = bare.startswith("-")
    if below and not negative:
        raise BacktestError(f"{option}: “{text}” is negative; write for example 14d or 36h")
    try:
        span = parse_duration(bare.lstrip("+-") if below or bare.startswith("+") else bare)
    except ValueError as error:
        raise BacktestError(f"{option}: {error}") from None
    return -span if below else span


def parse_names(option: str, text: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Column names separated by commas; a name that holds a comma is written in double quotes."""
    if text is None:
        return None
    import csv

    listed = next(csv.reader([text], skipinitialspace=True), []) if isinstance(text, str) else list(text)
    names = tuple(dict.fromkeys(name.strip() for name in listed if name.strip()))
    if not names:
        raise BacktestError(f"{option}: no column is named")
    return names


def read_options(asked: Mapping[str, Any]) -> Options:
    """What was asked for, under the names of `Options`: lists of names and durations may be texts as they are typed.

    BacktestError for what cannot be read.
    """
    delay, until = asked["label_delay"], asked["reference_until"]
    read = {
        "reference_until": parse_instant(
            "--reference-until", until.isoformat() if isinstance(until, datetime) else until
        ),
        "label_delay": None if delay is None else _span("--label-delay", delay),
        "features": parse_names("--features", asked["features"]),
        "slice_by": parse_names("--slice-by", asked["slice_by"]) or (),
        "task": _task(asked["task"]),
        "window": _span("--window", asked["window"]),
        "evaluate_after": _span("--evaluate-after", asked["evaluate_after"], negative=True),
    }
    return Options(**{**asked, **read})


def _span(option: str, value: str | timedelta, *, negative: bool = False) -> timedelta:
    return value if isinstance(value, timedelta) else parse_span(option, value, negative=negative)


def _task(name: str | None) -> Task | None:
    if name is None:
        return None
    try:
        return Task(name.strip().lower())
    except ValueError:
        raise BacktestError(f"--task: there is no “{name}”; known are {', '.join(Task)}") from None
