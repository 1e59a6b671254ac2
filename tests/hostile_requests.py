"""Requests that nobody should send."""

import gzip
import json
import zlib
from collections.abc import Iterator

from tests.processes import TOKEN

AUTH = f"Authorization: Bearer {TOKEN}"


def bodies() -> Iterator[bytes]:
    """Bodies that are no JSON, hardly JSON, or JSON of another world."""
    yield from (b"", b"null", b"true", b"0", b'"x"', b"[]", b"{}", b"[[]]", b"[null]", b"[1]", b"[{}]", b"{} {}")
    yield from (
        b"\xef\xbb\xbf[]",
        b"\xff\xfe[\x00]\x00",
        b"\x00",
        b"[NaN]",
        b"[Infinity]",
        b"[1e999]",
        b"// x\n[]",
    )
    for depth in (1_000, 100_000):
        yield from (b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth, b'[{"labels":' * depth)
    for value in _values():
        yield b'[{"labels": {"a": %s}}]' % value
        yield b'[{"labels": {"a": "b"}, "annotations": {"a": %s}}]' % value
        yield b'{"title": %s, "details": {"a": %s}}' % (value, value)
        yield b'{"routing_key": "x", "event_action": %s, "payload": %s}' % (value, value)
        yield b'{"version": "4", "status": "firing", "alerts": [{"labels": {"a": %s}}]}' % value
        yield b'{"labels": %s, "labels": %s}' % (value, value)
    for instant in _instants():
        yield b'[{"labels": {"a": "b"}, "startsAt": %s, "endsAt": %s}]' % (instant, instant)
        yield (
            b'{"matchers": [{"name": "a", "value": "b", "isRegex": false}], "startsAt": %s, "endsAt": %s, '
            % (
                instant,
                instant,
            )
            + b'"createdBy": "x", "comment": "y"}'
        )
        yield b'{"summary": "x", "at": %s}' % instant
    for name in (
        "größe",
        "日本",
        "a b",
        "\\u0000",
        "\\u202e",
        "\\r\\nX-Injected: 1",
        "",
        "x" * 300,
        "🦊",
        "__proto__",
    ):
        yield f'[{{"labels": {{"{name}": "x"}}}}]'.encode()
    yield json.dumps([{"labels": {f"l{n}": "x" for n in range(100_000)}}]).encode()
    yield json.dumps([{"labels": {"a": str(n)}} for n in range(10_001)]).encode()
    yield b'[{"labels": {"a": "%s"}}]' % (b"x" * 1_000_000)


def _values() -> Iterator[bytes]:
    yield from (
        b"7",
        b"1.5",
        b"true",
        b"{}",
        b"[]",
        b'""',
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
        b"1e400",
        b"-0",
        b"1e-400",
    )
    yield from (
        rb'"\u0000"',
        rb'"\ud800"',
        rb'"\udc00\ud800"',
        rb'"\uD83D"',
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
    )
    yield from (b'"<!channel> <@U1|x>"', rb'"\r\nSet-Cookie: a=b"', b'"%s"' % (b"y" * 20_000))


def _instants() -> Iterator[bytes]:
    yield from (
        b'"9999-12-31T23:59:59Z"',
        b'"9999-12-31T23:59:59-14:00"',
        b'"0001-01-01T00:00:00Z"',
        b'"0000-00-00"',
    )
    yield from (
        b'"0001-01-01T00:00:00+14:00"',
        b'"2026-02-30T00:00:00Z"',
        b'"2026-01-01T24:00:00Z"',
        b'"2026-01-01"',
    )
    yield from (
        b'"2016-12-31T23:59:60Z"',
        b'"+292278994-08-17T07:12:55Z"',
        b'"2026-01-01T00:00:00+99:99"',
        b"1e300",
    )
    yield from (b'"2026-01-01T00:00:00"', b'"now"', b"-1", b"9" * 400, b'"2026-01-01T00:00:00.%sZ"' % (b"9" * 500))


def heads() -> Iterator[bytes]:
    """Whole requests that are odd outside of their body."""
    ends = b"Host: x\r\n" + AUTH.encode() + b"\r\n\r\n"
    for line in (
        b"GET /api/v2/alerts?filter=%00 HTTP/1.1",
        b"GET /api/v2/alerts?filter=%FF%FE HTTP/1.1",
        b"GET /api/v2/alerts?filter=" + b"(" * 5_000 + b" HTTP/1.1",
        b"GET /api/v2/alerts?filter=a=~%28a%2B%29%2B%24 HTTP/1.1",
        b"GET /api/v2/alerts?receiver=%5B HTTP/1.1",
        b"GET /api/v2/alerts?" + b"&".join(b"filter=a=b" for _ in range(2_000)) + b" HTTP/1.1",
        b"GET /api/v2/silence/..%2f..%2fetc%2fpasswd HTTP/1.1",
        b"GET /api/v2/silence/%0d%0aX-Injected:%201 HTTP/1.1",
        b"GET //api/v2/alerts HTTP/1.1",
        b"GET /../../etc/passwd HTTP/1.1",
        b"GET http://elsewhere/api/v2/alerts HTTP/1.1",
        b"GET /heartbeat/%F0%9F%A6%8A HTTP/1.1",
        b"GET /heartbeat/" + b"x" * 20_000 + b" HTTP/1.1",
        b"GET /calendar/%00.ics HTTP/1.1",
        b"GET /healthz HTTP/1.0",
        b"OPTIONS /api/v2/alerts HTTP/1.1",
        b"TRACE /api/v2/alerts HTTP/1.1",
        b"BREW /api/v2/alerts HTTP/1.1",
        b"HEAD /api/v2/status HTTP/1.1",
        b"CONNECT elsewhere:80 HTTP/1.1",
    ):
        yield line + b"\r\n" + ends
    for header in (
        b"Authorization: Bearer \xff\xfe",
        b"Authorization: Basic ====",
        b"Authorization: Basic " + b"QQ" * 30_000,
        b"Authorization:",
        b"Content-Length: -1",
        b"Content-Length: many",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: gzip",
        b"Expect: 100-continue\r\nContent-Length: 0",
        b"X-Long: " + b"x" * 200_000,
        b"Connection: Upgrade\r\nUpgrade: websocket",
        b"X-Grafana-Alerting-Signature: \xff",
        b"X-Slack-Signature: v0=\xff\r\nX-Slack-Request-Timestamp: \xc2\xb2",
    ):
        for path in (b"/api/v2/alerts", b"/slack/events"):
            yield b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n"
    yield from (
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET\r\n\r\n",
        b"x" * 100_000,
    )


def packed() -> Iterator[tuple[str, bytes]]:
    """Bodies with a content encoding: a bomb among them."""
    alerts = b'[{"labels": {"a": "b"}}]'
    yield "gzip", gzip.compress(alerts)
    yield "gzip", gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    yield "deflate", zlib.compress(alerts)
    yield "br", alerts
    yield "gzip, gzip", gzip.compress(gzip.compress(alerts))
