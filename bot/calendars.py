"""Fetching calendars: from files, and by http(s) with limits on size, time, redirects and where they may lead."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from datetime import datetime
from pathlib import Path

import httpx

from bot import calendar_reader
from bot.secrets import SecretError, read_secret
from core.oncall.calendar_in import Entry
from core.oncall.holiday_file import MAX_BYTES, CalendarError

PATIENCE_S = 20.0
"""For a whole calendar, redirects included."""

REDIRECTS = 3

LAST_PORT = 65_535


class Calendars:
    """Reads calendars by their references. `private`: addresses inside the own network are allowed, too.

    A name is resolved once, judged, and connected to as it was judged, so that it cannot lead elsewhere meanwhile.
    `trust` is whose certificates count, by default those that everybody trusts.
    """

    def __init__(
        self, *, private: bool, patience: float = PATIENCE_S, trust: ssl.SSLContext | None = None
    ) -> None:
        self._private, self._patience = private, patience
        self._trust: ssl.SSLContext | bool = trust or True

    async def __call__(self, reference: str) -> bytes:
        """The content; raises CalendarError, whose text never holds a secret address."""
        address, told = _address(reference)
        if not address.startswith(("http://", "https://")):
            return await asyncio.to_thread(_file, Path(address))
        try:
            async with asyncio.timeout(self._patience):
                return await self._fetch(address)
        except TimeoutError:
            raise CalendarError(f"{told} did not answer within {self._patience:.0f} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise CalendarError(f"{told} cannot be read: {type(error).__name__}") from None

    async def events(self, content: bytes, zone: str, now: datetime) -> list[Entry]:
        """What the content says; raises CalendarError. It is read where it can hold up nothing else."""
        return await calendar_reader.read(content, zone, now, self._patience)

    async def _fetch(self, address: str) -> bytes:
        async with httpx.AsyncClient(timeout=self._patience, trust_env=False, verify=self._trust) as client:
            url = httpx.URL(address)
            for _ in range(REDIRECTS + 1):
                async with contextlib.aclosing(await self._send(client, url)) as response:
                    if response.has_redirect_location:
                        url = url.join(response.headers["location"])
                        continue
                    if response.status_code != httpx.codes.OK:
                        raise CalendarError(f"its server answers with status {response.status_code}")
                    return await _limited(response)
        raise CalendarError(f"it redirects more than {REDIRECTS} times")

    async def _send(self, client: httpx.AsyncClient, url: httpx.URL) -> httpx.Response:
        """Ask the address that was judged, for the host that was meant; the body is not read yet."""
        if url.scheme not in ("http", "https") or not url.host:
            raise CalendarError("it redirects to something else than http(s)")
        port = url.port or (443 if url.scheme == "https" else 80)
        if port > LAST_PORT:
            raise CalendarError(f"it redirects to port {port}, which no server can have")
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
        if not self._private and not all(map(_is_outside, addresses)):
            raise CalendarError(
                "it is at an address inside the own network; GOLDILOCKS_ALLOW_PRIVATE_CALENDARS=true allows that"
            )
        headers = {
            "host": url.netloc.decode(),
            "accept": "text/calendar, */*;q=0.1",
            "accept-encoding": "identity",
        }
        extensions = {"sni_hostname": url.host} if url.scheme == "https" else {}
        judged = url.copy_with(host=str(addresses[0]))
        request = client.build_request("GET", judged, headers=headers, extensions=extensions)
        return await client.send(request, stream=True)


def _is_outside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is on the internet; an IPv4 address within an IPv6 one is judged as itself."""
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    judged = inner or address
    return judged.is_global and not judged.is_multicast


def _address(reference: str) -> tuple[str, str]:
    """The address or path, and what may be told of it."""
    if not reference.startswith(("env:", "file:")):
        return reference, "its address"
    try:
        return read_secret(reference).decode(), f"the address in {reference}"
    except (SecretError, UnicodeDecodeError) as error:
        raise CalendarError(str(error) if isinstance(error, SecretError) else f"{reference} is no text") from None


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CalendarError(f"its file cannot be read: {error.strerror}") from None


async def _limited(response: httpx.Response) -> bytes:
    """The body, as it comes: what is packed could unpack to anything. Raises CalendarError when it is too large."""
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > MAX_BYTES:
            raise CalendarError(f"the calendar is larger than {MAX_BYTES // 1_000_000} MB")
    return bytes(content)
