"""What a CSV file may be instead of what it says, found in its first bytes and its first line."""

from pathlib import Path

from core.evaluation.backtest.errors import BacktestError


def begins(path: Path, magic: bytes) -> bool:
    """Whether a file's first bytes are these."""
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def skipped(bad: int, first: int, reason: str) -> str:
    """The sentence about lines that were left out; `reason` is the engine's word for the first error."""
    why = " (it is not UTF-8)" if "UNICODE" in reason.upper() or "ENCODING" in reason.upper() else ""
    lines, were = ("1 line", "was") if bad == 1 else (f"{bad:,} lines", "were")
    return f"{lines} of the CSV could not be read and {were} skipped, the first is line {first}{why}."


def insist_on_text(path: Path) -> None:
    """What no CSV begins with, said in words that help."""
    if begins(path, b"\xff\xfe") or begins(path, b"\xfe\xff"):
        raise BacktestError(f"LOG: {path}: this is UTF-16; write it as UTF-8")
    if begins(path, b"\x1f\x8b") and not path.name.lower().endswith(".gz"):
        raise BacktestError(f"LOG: {path}: this file is compressed; name it {path.name}.gz")
    if begins(path, b"PAR1"):
        raise BacktestError(f"LOG: {path}: this is Parquet; name it {path.stem}.parquet")


def twins(path: Path, known: set[str]) -> list[str]:
    """Sentences about columns of one name: the engine numbers them, which nobody would see."""
    names = _header(path)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [
        f"The CSV names {name} {names.count(name)} times; the others are read as "
        f"{', '.join(sorted(k for k in known if k.startswith(name + '_')))}."
        for name in twice
    ]


def _header(path: Path) -> list[str]:
    """The names in the first line of a CSV, however it is separated; nothing when it is compressed some other way."""
    import csv
    import gzip

    opener = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            first = file.readline()
    except (OSError, UnicodeDecodeError):
        return []
    sign = max(",;\t|", key=first.count)
    return next(csv.reader([first], delimiter=sign), [])
