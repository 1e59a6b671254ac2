"""Closed Parquet files: a reader sees a whole file or none, and what was written survives a crash."""

import os
from pathlib import Path
from typing import Any


def write_atomically(frame: Any, path: Path, schema: Any) -> None:
    """Write a data frame with this schema beside `path`, flush it to disk, then rename it into place."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    with draft.open("wb") as handle:
        pq.write_table(table, handle)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    _flush_folder(path.parent)


def day_folder(root: Path, day: str) -> Path:
    """The folder of one UTC day (`date=YYYY-MM-DD`) in a log."""
    return root / f"date={day}"


def _flush_folder(folder: Path) -> None:
    """A rename is on disk only once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
