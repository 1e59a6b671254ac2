"""What a CSV file may be instead of what it says: how it is encoded, and how it writes fractions."""

import csv
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from core.evaluation.backtest.errors import BacktestError

LOOKED_AT = 1000
"""Lines in which fractions are looked for."""
CHUNK = 1 << 22
ENCODINGS = {"utf-16": "UTF-16", "latin-1": "Latin-1"}
"""What the engine reads beside UTF-8, and how people call it."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


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
    if begins(path, b"\x1f\x8b") and not path.name.lower().endswith(".gz"):
        raise BacktestError(f"LOG: {path}: this file is compressed; name it {path.name}.gz")
    if begins(path, b"PAR1"):
        raise BacktestError(f"LOG: {path}: this is Parquet; name it {path.stem}.parquet")


def encoding_of(path: Path) -> str:
    """`utf-8` or one of ENCODINGS: `latin-1` of a file with more bytes that UTF-8 does not know than characters beyond
    ASCII that it does, so that a few broken lines make no other file of it."""
    if any(begins(path, mark) for mark in UTF_16):
        return "utf-16"
    beyond = broken = 0
    with _opened(path) as file:
        while chunk := file.read(CHUNK):
            if not chunk.isascii():
                text = chunk.decode("utf-8", "replace")
                broken += text.count("\ufffd")
                beyond += sum(not each.isascii() for each in text)
    return "latin-1" if 2 * broken > beyond else "utf-8"


def has_decimal_commas(path: Path, encoding: str) -> bool:
    """Whether its first lines write fractions as `3,5` and none as `3.5`; never where commas separate."""
    lines = list(islice(_lines(path, encoding), LOOKED_AT))
    sign = separator(lines[0]) if lines else ","
    if sign == ",":
        return False
    fields = [field.strip() for row in csv.reader(lines[1:], delimiter=sign) for field in row]
    commas, points = (
        sum(bool(re.fullmatch(rf"[+-]?\d+{dot}\d+", each)) for each in fields) for dot in (",", r"\.")
    )
    return commas > 0 and not points


def twins(path: Path, known: set[str], encoding: str) -> list[str]:
    """Sentences about columns of one name: the engine numbers them, which nobody would see."""
    names = _header(path, encoding)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [
        f"The CSV names {name} {names.count(name)} times; the others are read as "
        f"{', '.join(sorted(k for k in known if k.startswith(name + '_')))}."
        for name in twice
    ]


def _header(path: Path, encoding: str) -> list[str]:
    """The names in the first line of a CSV, however it is separated; nothing when it is compressed some other way."""
    first = next(_lines(path, encoding), "")
    return next(csv.reader([first], delimiter=separator(first)), [])


def separator(header: str) -> str:
    """What separates the names in a CSV's first line."""
    return max(",;\t|", key=header.count)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Nothing when it is compressed some other way."""
    opener = gzip.open if _packed(path) else open
    try:
        with opener(path, "rt", encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            yield from file
    except (OSError, UnicodeDecodeError):
        return


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with gzip.open(path, "rb") if _packed(path) else path.open("rb") as file:
        yield file  # type: ignore[misc]


def _packed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")
