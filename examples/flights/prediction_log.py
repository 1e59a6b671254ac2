"""The prediction log: closed Parquet files, partitioned by the UTC day of the prediction."""

from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from examples.flights.columns import PREDICTION_SCHEMA
from examples.flights.files import day_folder, write_atomically


class PredictionLog:
    """Appends what was predicted; when `append` returns, it is on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def append(self, rows: Any, at: datetime) -> Path:
        """Write the rows of one request (the columns of PREDICTION_SCHEMA), all predicted at `at`.

        The file is named after the instant and the ids, so a request that is sent again after a crash replaces
        what it wrote before instead of counting twice.
        """
        path = day_folder(self._root, at.astimezone(UTC).date().isoformat()) / part_name(at, rows["id"])
        write_atomically(rows, path, PREDICTION_SCHEMA)
        return path


def part_name(at: datetime, ids: Any) -> str:
    """A file name that is the same for the same ids (in any order) at the same instant."""
    digest = blake2b("\n".join(sorted(ids)).encode(), digest_size=8).hexdigest()
    return f"part-{at.astimezone(UTC):%H%M%S}-{digest}.parquet"
