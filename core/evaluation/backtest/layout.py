"""Which column of a log is what, and which are the features."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.options import Options

VALUES = ("--prediction", "--score", "--label")
"""What is compared and counted, so that it has to be a plain value."""
UNKNOWN_YET = ("--label", "--label-at")
"""What nobody knows yet when a window is judged: nothing may be cut by it."""


@dataclass(frozen=True)
class Layout:
    """`features` are checked and explain mistakes; `slice_by` cut the log into sub-populations."""

    features: tuple[str, ...]
    slice_by: tuple[str, ...]
    notes: tuple[str, ...]


def lay_out(options: Options, columns: Mapping[str, bool]) -> Layout:
    """`columns` maps each column of the log to whether its values are plain (a number, a text, a time).

    BacktestError names a column that is missing, used twice, or no plain value.
    """
    notes = []
    for option, name in options.roles.items():
        _insist(option, name, columns)
    _insist_once(options)
    values = ((option, name) for option, name in options.roles.items() if option in VALUES)
    _insist_plain((*values, *(("--slice-by", name) for name in options.slice_by if name in columns)), columns)
    named = set(options.roles.values())
    for option, names in (("--features", options.features or ()), ("--slice-by", options.slice_by)):
        for name in names:
            _insist(option, name, columns)
            role = _role(options, name) if name in named else None
            if role and option == "--features":
                raise BacktestError(f"--features {name}: this column already is {role}")
            if role in UNKNOWN_YET:
                raise BacktestError(f"--slice-by {name}: this column is {role}, which nobody knows at the time")
    chosen = [name for name in options.features or columns if name not in named]
    nested = [name for name in chosen if not columns[name]]
    if nested:
        notes.append(f"Not looked at, since they hold lists, structures or bytes: {', '.join(nested)}.")
    features = tuple(name for name in chosen if columns[name])
    if not features:
        notes.append("There is no feature column, so only the number of rows is checked.")
    return Layout(features, options.slice_by, tuple(notes))


def _insist_plain(named: Iterable[tuple[str, str]], columns: Mapping[str, bool]) -> None:
    for option, name in named:
        if not columns[name]:
            raise BacktestError(
                f"{option} {name}: it holds lists, structures or bytes; numbers, texts or times are needed"
            )


def _insist(option: str, name: str, columns: Mapping[str, bool]) -> None:
    if name in columns:
        return
    near = get_close_matches(name, columns, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise BacktestError(f"{option} {name}: the log has no such column{hint} (it has {_listed(list(columns))})")


def _insist_once(options: Options) -> None:
    seen: dict[str, str] = {}
    for option, name in options.roles.items():
        if name in seen:
            raise BacktestError(f"{option} {name}: this column already is {seen[name]}")
        seen[name] = option


def _role(options: Options, name: str) -> str:
    return next(option for option, column in options.roles.items() if column == name)


def _listed(names: Sequence[str], most: int = 30) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
