"""A Slack that accepts everything at once and notes when each post came; `python slack.py PORT` serves it."""

import asyncio
import json
import sys
import time
from typing import cast
from urllib.parse import parse_qs


class Slack(asyncio.Protocol):
    """Answers every Web API call with `ok`; `GET /posts` lists (text, time) of every chat.postMessage so far."""

    posts: list[tuple[str, float]] = []  # noqa: RUF012 - shared by all connections
    number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._got = cast("asyncio.Transport", transport), b""

    def data_received(self, data: bytes) -> None:
        self._got += data
        while True:
            head, found, rest = self._got.partition(b"\r\n\r\n")
            if not found:
                return
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
            )
            if len(rest) < length:
                return
            self._got = rest[length:]
            self._answer(head.split(b" ", 2)[1].decode(), rest[:length])

    def _answer(self, path: str, body: bytes) -> None:
        if path == "/posts":
            self._send(self.posts)
            return
        Slack.number += 1
        if path.endswith("chat.postMessage"):
            self.posts.append((_text(body), time.time()))
        self._send({"ok": True, "channel": "C1", "ts": f"1.{self.number:06}", "messages": []})

    def _send(self, value: object) -> None:
        content = json.dumps(value).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        self._transport.write(head.encode() + content)


def _text(body: bytes) -> str:
    """The message's text, from JSON or a form."""
    try:
        return str(json.loads(body).get("text", ""))
    except ValueError:
        return parse_qs(body.decode()).get("text", [""])[0]


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Slack, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
