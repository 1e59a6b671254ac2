"""Calendars of people who mean no good, over real https on loopback: none holds up anything, each is told in a line."""

import asyncio
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot import calendar_reader
from bot.calendars import Calendars
from core.oncall.holiday_file import CalendarError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HEAD, TAIL = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n", b"END:VCALENDAR\r\n"
EVENT = "BEGIN:VEVENT\r\nUID:{n}\r\nSUMMARY:e{n}\r\nDTSTART:{start}\r\n{more}\r\nEND:VEVENT\r\n"
PATIENCE_S, AMPLE_S = 3.0, 300.0
"""For what never ends; and for what ends by itself, however busy the machine is."""
ALLOWANCE_S = 60
"""What a busy machine may add, to what would else never end."""

Answer = Callable[[ssl.SSLSocket, str], None]


def ics(*more: str, start: str = "20261126T100000Z") -> bytes:
    events = "".join(EVENT.format(n=n, start=start, more=each) for n, each in enumerate(more))
    return HEAD + events.encode() + TAIL


@dataclass(frozen=True)
class Authority:
    """A certificate of localhost, and who trusts it."""

    server: ssl.SSLContext
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("tls")
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    made = made.not_valid_after(now + timedelta(days=2))
    made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "all.pem").write_bytes(secret + certificate)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "all.pem")
    return Authority(server, ssl.create_default_context(cadata=certificate.decode()))


@contextmanager
def https(authority: Authority, answer: Answer) -> Iterator[str]:
    """A server that answers every request with whatever `answer` writes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def one(plain: socket.socket) -> None:
        with suppress(OSError), plain, authority.server.wrap_socket(plain, server_side=True) as secure:
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += secure.recv(4096) or b"\r\n\r\n"
            answer(secure, asked.split(b" ")[1].decode())

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"https://localhost:{listening.getsockname()[1]}"
    finally:
        listening.close()


def page(status: str, body: bytes = b"", *headers: str) -> Answer:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, "connection: close", "", ""]).encode()

    def answer(to: ssl.SSLSocket, _path: str) -> None:
        to.sendall(head + body)

    return answer


def drip(to: ssl.SSLSocket, _path: str) -> None:
    """A byte now and then, for ever: each single read is in time."""
    to.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/calendar\r\nconnection: close\r\n\r\n" + HEAD)
    while True:
        to.sendall(b"X")
        time.sleep(0.05)


def flood(to: ssl.SSLSocket, _path: str) -> None:
    to.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    while True:
        to.sendall(b"X" * 65_536)


def nothing(_to: ssl.SSLSocket, _path: str) -> None:
    """Not a word."""


def bounce(to: ssl.SSLSocket, path: str) -> None:
    """To another address of its own each time, so that none is seen twice."""
    page("302 Found", b"", f"location: {path}x", "content-length: 0")(to, path)


def read(url: str, authority: Authority, *, private: bool = True, patience: float = AMPLE_S) -> int:
    """How many events it has; raises CalendarError. The loop turns meanwhile, as a page would need it to."""
    calendars = Calendars(private=private, patience=patience, trust=authority.trust)

    async def work() -> int:
        beats = asyncio.create_task(_longest_pause())
        try:
            content = await calendars(f"{url}/maya.ics")
            return len(await calendars.events(content, "Europe/Berlin", NOW))
        finally:
            beats.cancel()
            with suppress(asyncio.CancelledError):
                await beats
            assert _pauses[-1] < PATIENCE_S, "something held up the loop"

    return asyncio.run(work())


_pauses: list[float] = []


async def _longest_pause() -> None:
    longest, before = 0.0, time.monotonic()
    try:
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            longest, before = max(longest, now - before), now
    finally:
        _pauses.append(longest)


def test_a_good_calendar_is_read_over_https_by_its_name(authority: Authority) -> None:
    with https(authority, page("200 OK", ics("DURATION:PT1H"), "content-type: text/calendar")) as url:
        assert read(url, authority) == 1
        with pytest.raises(CalendarError, match="cannot be read: ConnectError"):
            asyncio.run(Calendars(private=True)(f"{url}/maya.ics"))  # whose certificate nobody else trusts


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (drip, "did not answer within"),
        (flood, "larger than 2 MB"),
        (bounce, "redirects more than 3 times"),
        (page("200 OK", gzip.compress(b"x" * 10_000_000), "content-encoding: gzip"), "this is no calendar"),
        (page("200 OK", b"<html>Sign in</html>", "content-type: text/html"), "this is no calendar"),
        (page("200 OK", bytes(range(256)) * 100, "content-type: text/calendar"), "this is no calendar"),
        (page("200 OK", b"", "content-type: text/calendar"), "this is no calendar"),
        (page("200 OK", HEAD, "content-length: 9999999"), r"cannot be read: RemoteProtocolError"),
        (page("204 No Content"), "status 204"),
        (page("500 Oops"), "status 500"),
        (page("302 Found", b"", "location: file:///etc/passwd"), "something else than http"),
        (page("302 Found", b"", "location: gopher://localhost/"), "something else than http"),
        (page("302 Found", b"", "location: https://" + "a" * 9_000 + "/"), "cannot be read"),
        (lambda to, _path: to.sendall(b"\x00" * 100_000), "cannot be read"),
        (page("302 Found", b"", "location: https://localhost:99999/"), "no server can have"),
        (nothing, "cannot be read"),
    ],
)
def test_a_server_that_means_no_good_is_told_in_a_line(authority: Authority, answer: Answer, says: str) -> None:
    with https(authority, answer) as url:
        began = time.monotonic()
        with pytest.raises(CalendarError, match=says) as caught:
            read(url, authority, patience=PATIENCE_S if answer is drip else AMPLE_S)
        assert time.monotonic() - began < PATIENCE_S + ALLOWANCE_S
        assert len(str(caught.value)) < 200
        assert "\n" not in str(caught.value)


def test_nothing_of_the_own_network_is_reached_from_outside(authority: Authority) -> None:
    away = page("302 Found", b"", "location: http://169.254.169.254/latest/")
    with https(authority, away) as url, pytest.raises(CalendarError, match="inside the own network"):
        read(url, authority, private=False)


BOMBS = {
    "every second of every day": [
        f"DURATION:PT1S\r\nRRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))}"
        f";BYMINUTE={','.join(map(str, range(60)))};BYSECOND={','.join(map(str, range(60)))}"
    ],
    "three thousand daily events": ["DURATION:PT1H\r\nRRULE:FREQ=DAILY"] * 3_000,
    "no step at all": ["DURATION:PT1H\r\nRRULE:FREQ=DAILY;INTERVAL=0"],
    "every second": ["DURATION:PT1S\r\nRRULE:FREQ=SECONDLY"],
    "a day that never comes": ["DURATION:PT1H\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"] * 50,
}


QUICK = ("every second of every day", "every second")
"""The others take as long and find the same ends; they are slow tests."""


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in BOMBS])
def test_a_rule_without_end_ends_with_its_process(authority: Authority, name: str) -> None:
    with https(authority, page("200 OK", ics(*BOMBS[name], start="20200101T000000Z"))) as url:
        began = time.monotonic()
        with pytest.raises(CalendarError, match=r"takes too long|more often than daily|are more than"):
            read(url, authority, patience=PATIENCE_S)
        assert time.monotonic() - began < 4 * PATIENCE_S + ALLOWANCE_S


def test_what_is_nested_without_end_is_no_calendar() -> None:
    nested = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 100_000
    with pytest.raises(CalendarError, match="this is no calendar"):
        asyncio.run(calendar_reader.read(nested, "UTC", NOW, AMPLE_S))


def test_what_would_fill_the_memory_ends_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_reader, "COMMAND", ("-c", SMALL))
    with pytest.raises(CalendarError, match="more memory"):
        asyncio.run(calendar_reader.read(ics(*["DURATION:PT1H"] * 20_000), "UTC", NOW, AMPLE_S))


SMALL = "import sys; from bot import calendar_reader as r; r.MEMORY = 150 << 20; r.main(*sys.argv[1:])"
