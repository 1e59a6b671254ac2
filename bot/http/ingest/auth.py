"""Which sender a request comes from: its token, as Bearer or as the password of Basic."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest

from bot.http.ingest.exchange import problem
from core.config.team import Source

UNAUTHORIZED = problem(
    401,
    "a token of one of the team's sources is needed, as “Authorization: Bearer …” or as the password of Basic",
    None,
    (b"www-authenticate", b'Basic realm="goldilocks"'),
    (b"www-authenticate", b"Bearer"),
)


class Sources:
    """The team's senders, known by the SHA-256 of their tokens."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._digests = [(source.id, bytes.fromhex(source.token_sha256)) for source in sources]

    def authenticate(self, header: bytes) -> str | None:
        """The sender's id, or None. Every digest is compared, in constant time, so timing tells nothing."""
        token = _token(header)
        if token is None:
            return None
        digest = sha256(token).digest()
        hits = [name for name, known in self._digests if compare_digest(known, digest)]
        return hits[0] if hits else None


def _token(header: bytes) -> bytes | None:
    scheme, _, value = header.partition(b" ")
    value = value.strip()
    if scheme.lower() == b"bearer":
        return value or None
    if scheme.lower() != b"basic":
        return None
    try:
        _, colon, password = b64decode(value, validate=True).partition(b":")
    except Base64Error:
        return None
    return password if colon else None
