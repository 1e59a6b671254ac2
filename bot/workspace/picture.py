"""A picture made of nothing but the standard library, for the gallery."""

import struct
import zlib


def bars(width: int, height: int) -> bytes:
    """Bars of growing height in green on white, as a PNG."""
    bar = width // 16
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = (x // bar) % 2 == 0 and height - y < (x // bar + 1) * height // 18
            rows += b"\x2e\x7d\x6b" if inside else b"\xff\xff\xff"

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(rows))), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
