"""Which Parquet files of a log matter for a stretch of time: `<folder>/date=YYYY-MM-DD/*.parquet`."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from core.evaluation.log.prediction_log import LogError
from core.evaluation.storage.storage import MARGIN
from core.evaluation.windows import Window


def files_between(folder: Path, what: str, start: datetime, end: datetime) -> list[str]:
    """Closed files of the UTC days of `[start, end]`, a day of margin included, in order.

    Files that begin with a dot or an underscore are drafts of a writer and left alone. LogError when the folder
    is missing, or has no day in it although it is not empty.
    """
    days = {day: path for path in _folders(folder, what) if (day := _day(path)) is not None}
    return [str(file) for day in _days(start, end) if day in days for file in _closed(days[day])]


def part_names(folder: Path, windows: Sequence[Window]) -> list[tuple[str, ...]]:
    """The same files for each of these windows, as names that change with their content: the place below `folder`, the
    size and when it was written. A file that goes while one looks has been replaced by another, which counts from the
    next look on."""
    days = {day: path for path in _folders(folder, "predictions") if (day := _day(path)) is not None}
    spans = [_days(window.start, window.end) for window in windows]
    named = {day: _named(folder, days[day]) for span in spans for day in span if day in days}
    return [tuple(name for day in span for name in named.get(day, ())) for span in spans]


def _days(start: datetime, end: datetime) -> list[date]:
    """The UTC days of a stretch, and those of the margin."""
    first, last = (start - MARGIN).astimezone(UTC).date(), (end + MARGIN).astimezone(UTC).date()
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _named(folder: Path, day: Path) -> list[str]:
    found = []
    for file in _closed(day):
        try:
            seen = file.stat()
        except FileNotFoundError:
            continue
        found.append(f"{file.relative_to(folder)}|{seen.st_size}|{seen.st_mtime_ns}")
    return found


def _closed(day: Path) -> list[Path]:
    return [file for file in sorted(day.glob("*.parquet")) if file.name[0] not in "._"]


def file_of(part: str) -> str:
    """The place below the log's folder of a part of this name."""
    return part.rsplit("|", 2)[0]


def has_files(folder: Path) -> bool:
    """Whether anything at all was logged here."""
    return any(file.name[0] not in "._" for file in folder.glob("date=*/*.parquet"))


def _folders(folder: Path, what: str) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.is_dir()]
    except NotADirectoryError:
        raise LogError(
            f"{folder} is a file; `path` in the pipeline's YAML names the folder that holds date=YYYY-MM-DD folders"
        ) from None
    except FileNotFoundError:
        raise LogError(
            f"{folder}: there is no such folder for the {what}; start the serving side, or correct `path` in the "
            f"pipeline's YAML"
        ) from None
    except PermissionError:
        raise LogError(f"{folder}: this folder may not be read; give this process the right to") from None
    if found and not any(_day(path) for path in found):
        raise LogError(
            f"{folder}: no folder here is named date=YYYY-MM-DD (found {found[0].name}); the {what} must be "
            f"partitioned by day"
        )
    return found


def _day(folder: Path) -> date | None:
    """The day in `date=YYYY-MM-DD`, None for any other name."""
    name, _, value = folder.name.partition("=")
    try:
        return date.fromisoformat(value) if name == "date" else None
    except ValueError:
        return None
