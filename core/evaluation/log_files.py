"""Which Parquet files of a log matter for a stretch of time: `<folder>/date=YYYY-MM-DD/*.parquet`."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from core.evaluation.prediction_log import LogError

MARGIN = timedelta(days=1)
"""Files of the neighbouring days are read too: a writer may cut its days a little differently."""


def files_between(folder: Path, what: str, start: datetime, end: datetime) -> list[str]:
    """Closed files of the UTC days of `[start, end]`, a day of margin included, in order.

    Files that begin with a dot or an underscore are drafts of a writer and left alone. LogError when the folder
    is missing, or has no day in it although it is not empty.
    """
    first, last = (start - MARGIN).astimezone(UTC).date(), (end + MARGIN).astimezone(UTC).date()
    days = sorted((day, path) for path in _folders(folder, what) if (day := _day(path)) is not None)
    wanted = [path for day, path in days if first <= day <= last]
    return [str(file) for path in wanted for file in sorted(path.glob("*.parquet")) if file.name[0] not in "._"]


def part_names(folder: Path, start: datetime, end: datetime) -> tuple[str, ...]:
    """The same files as names that change with their content: the place below `folder`, the size and when it was
    written. A file that goes while one looks has been replaced by another, which counts from the next look on."""
    found = []
    for file in files_between(folder, "predictions", start, end):
        try:
            seen = Path(file).stat()
        except FileNotFoundError:
            continue
        found.append(f"{Path(file).relative_to(folder)}|{seen.st_size}|{seen.st_mtime_ns}")
    return tuple(found)


def file_of(part: str) -> str:
    """The place below the log's folder of a part of this name."""
    return part.rsplit("|", 2)[0]


def has_files(folder: Path) -> bool:
    """Whether anything at all was logged here."""
    return any(file.name[0] not in "._" for file in folder.glob("date=*/*.parquet"))


def _folders(folder: Path, what: str) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
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
