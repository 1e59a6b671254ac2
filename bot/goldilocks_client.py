"""Tell Goldilocks from a pipeline, a cron job or a notebook. One file, standard library only: copy it anywhere.

    from goldilocks_client import event
    event("Nightly export failed", pipeline="flights", summary="Disk full")

The address and the token are read from GOLDILOCKS_URL and GOLDILOCKS_TOKEN. Every function returns after the server has
stored what it was told, and raises OSError when it could not be told, or ValueError when the server refused it.
"""

import json
import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

TRIES = 4
TIMEOUT_S = 10


def event(title: str, **fields: Any) -> str:
    """Something is wrong. Fields: pipeline, severity, summary, key, labels, details, url, expires, status.

    Returns the event's key, with which it can be resolved.
    """
    return str(_send("/events", {"title": title, **fields})["keys"][0])


def resolve(title: str, **fields: Any) -> str:
    """It is fine again: the event of the same key, or of the same title and pipeline."""
    return event(title, status="resolved", **fields)


def change(summary: str, **fields: Any) -> None:
    """Something was changed. Fields: pipeline, key, at (RFC 3339), links, details."""
    _send("/changes", {"summary": summary, **fields})


def beat(heartbeat: str) -> None:
    """The job is alive: its heartbeat is declared in team.yaml."""
    _send(f"/heartbeat/{quote(heartbeat, safe='')}", {})


@contextmanager
def watched(title: str, **fields: Any) -> Iterator[None]:
    """Tell when the block fails, with the end of its traceback, and resolve that when it succeeds the next time."""
    try:
        yield
    except Exception:
        event(title, **{"summary": traceback.format_exc()[-2_000:], **fields})
        raise
    resolve(title, **fields)


def _send(path: str, content: dict[str, Any]) -> Any:
    """The server's answer. What may succeed later is tried again, with a pause that doubles."""
    base, token = os.environ["GOLDILOCKS_URL"].rstrip("/"), os.environ["GOLDILOCKS_TOKEN"]
    if not base.startswith(("http://", "https://")):
        raise ValueError("GOLDILOCKS_URL must start with http:// or https://")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(base + path, json.dumps(content).encode(), headers)  # noqa: S310 - checked above
    for left in range(TRIES - 1, -1, -1):
        try:
            with urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310
                return json.load(reply)
        except HTTPError as error:
            said = error.read().decode(errors="replace")
            if error.code < 500:
                raise ValueError(f"{error.code}: {said}") from None
            if not left:
                raise
        except (URLError, TimeoutError, ConnectionError):
            if not left:
                raise
        time.sleep(2.0 ** (TRIES - 1 - left) / 4)
    raise AssertionError("the last try returns or raises")
