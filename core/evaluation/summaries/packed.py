"""Sketches as bytes: whole numbers and floats side by side, since as JSON they would be ten times as long."""

import zlib
from typing import Any

import numpy as np

from core.evaluation.summaries.sketch import ColumnSketch, Different, Pieces, WindowSketch

LEVEL = 1
"""Hashes do not compress, pieces do at once."""


def pack(sketch: WindowSketch) -> bytes:
    """Bytes that `unpack` reads back to an equal sketch."""
    import msgspec

    columns = {name: [*_different(each.different), *_pieces(each.pieces)] for name, each in sketch.columns.items()}
    ids = None if sketch.ids is None else _different(sketch.ids)
    return zlib.compress(msgspec.msgpack.encode({"columns": columns, "ids": ids}), LEVEL)


def unpack(stored: bytes) -> WindowSketch:
    """What `pack` made. Raises zlib.error or msgspec.DecodeError when it is something else."""
    import msgspec

    found = msgspec.msgpack.decode(zlib.decompress(stored))
    columns = {
        name: ColumnSketch(_different_of(count, hashes), Pieces(_floats(low), _floats(high), _counts(n)))
        for name, (count, hashes, low, high, n) in found["columns"].items()
    }
    ids = found["ids"]
    return WindowSketch(columns, None if ids is None else _different_of(*ids))


def _different(each: Different) -> list[Any]:
    return [each.count, np.array(each.hashes, dtype="<u4").tobytes()]


def _different_of(count: int, hashes: bytes) -> Different:
    return Different(count, tuple(np.frombuffer(hashes, dtype="<u4").tolist()))


def _pieces(each: Pieces) -> list[bytes]:
    low, high = (np.array(ends, dtype="<f8").tobytes() for ends in (each.low, each.high))
    return [low, high, np.array(each.n, dtype="<i8").tobytes()]


def _floats(stored: bytes) -> tuple[float, ...]:
    return tuple(np.frombuffer(stored, dtype="<f8").tolist())


def _counts(stored: bytes) -> tuple[int, ...]:
    return tuple(np.frombuffer(stored, dtype="<i8").tolist())
