"""Whom we trust at the other end of a connection, read once: loading the certificates takes longer than a request."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The certificates that httpx brings, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`."""
    return httpx.create_ssl_context()
