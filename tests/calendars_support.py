"""Calendars as they are written, and a server of this machine that answers with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

HEAD, TAIL = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n", "END:VCALENDAR\r\n"


def ics(*events: tuple[str, str, str]) -> bytes:
    """Events: name, start and end in UTC, as iCalendar writes them."""
    lines = [
        f"BEGIN:VEVENT\r\nUID:{n}\r\nSUMMARY:{name}\r\nDTSTART:{start}\r\nDTEND:{end}\r\nEND:VEVENT\r\n"
        for n, (name, start, end) in enumerate(events)
    ]
    return (HEAD + "".join(lines) + TAIL).encode()


SKI = ("Ski", "20130211T140000Z", "20130218T140000Z")


class Server(ThreadingHTTPServer):
    """Answers each path with what is put into `pages`: content, or where else to look."""

    pages: dict[str, bytes | str]
    asked: list[tuple[str, str]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["host"]))
        page = self.server.pages.get(self.path)
        self.send_response(404 if page is None else 302 if isinstance(page, str) else 200)
        if isinstance(page, str):
            self.send_header("location", page)
        content = page if isinstance(page, bytes) else b""
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(pages: dict[str, bytes | str]) -> Iterator[tuple[str, Server]]:
    server = Server(("127.0.0.1", 0), Handler)
    server.pages, server.asked = pages, []
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
