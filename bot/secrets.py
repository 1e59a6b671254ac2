"""Secrets that the YAML refers to: in the environment, or in a file."""

import os
from pathlib import Path


class SecretError(Exception):
    """A secret that cannot be read; the message names the reference, never a value."""


def read_secret(reference: str) -> bytes:
    """What `env:NAME` or `file:/path` holds, without a newline at its end; raises SecretError."""
    kind, _, place = reference.partition(":")
    if kind == "env":
        value = os.environ.get(place, "").encode()
    else:
        try:
            value = Path(place).read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise SecretError(f"{reference} cannot be read: {error.strerror}") from None
    if not value:
        where = f"the environment has no {place}" if kind == "env" else f"{place} is empty"
        raise SecretError(f"{where}, which the YAML names as {reference}; it is needed at the start")
    return value
