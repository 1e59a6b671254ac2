"""Which sender a request comes from: its token, as Bearer or as the password of Basic, or what it signs with."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from hmac import compare_digest, digest

from bot.http.ingest.exchange import Headers, Knock, RejectError, Reply, Request, problem
from core.config.senders import Source

UNAUTHORIZED = problem(
    401,
    "a token of one of the team's sources is needed, as “Authorization: Bearer …” or as the password of Basic",
    None,
    (b"www-authenticate", b'Basic realm="goldilocks"'),
    (b"www-authenticate", b"Bearer"),
)


class Sources:
    """The team's senders, known by the SHA-256 of their tokens and by the secrets that they sign with."""

    def __init__(self, sources: Sequence[Source], read_secret: Callable[[str], bytes]) -> None:
        self._digests = [(source, bytes.fromhex(known)) for source in sources for known in source.token_sha256]
        self._secrets = {source.id: [read_secret(ref) for ref in source.hmac_secret] for source in sources}
        self._by_id = {source.id: source for source in sources}

    def by_token(self, token: bytes) -> Source | None:
        """Whose token this is. Every digest is compared, in constant time, so timing tells nothing."""
        digested = sha256(token).digest()
        hits = [source for source, known in self._digests if compare_digest(known, digested)]
        return hits[0] if hits else None

    def signing(self, source_id: str) -> Source | None:
        """The source of this id, if it signs what it sends."""
        return self._by_id.get(source_id) if self._secrets.get(source_id) else None

    def signed(self, source: Source, content: bytes, signatures: Iterable[bytes]) -> bool:
        """Whether one of these is the HMAC-SHA256 of `content`, by one of the secrets that the source may use."""
        offered = list(signatures)
        good = [digest(secret, content, sha256) for secret in self._secrets[source.id]]
        return any(compare_digest(one, given) for one in good for given in offered)

    def known_by(self, header: bytes) -> Source | None:
        """The sender by its Authorization header."""
        token = token_in(header)
        return None if token is None else self.by_token(token)

    def authenticate(self, headers: Headers) -> Source:
        """The sender by its token; raises RejectError."""
        source = self.known_by(headers.get(b"authorization", b""))
        if source is None:
            raise RejectError(UNAUTHORIZED)
        return source

    async def enter(self, knock: Knock) -> Request:
        """The usual way in: the token first, so that strangers' bodies are not kept."""
        source = self.authenticate(knock.headers)
        if source.hmac_secret:
            raise RejectError(must_sign(source))
        return knock.by(source, await knock.body())


def must_sign(source: Source) -> Reply:
    """401: a token alone is not enough for a source that signs, or a token that leaked would be."""
    return problem(401, f"“{source.id}” signs what it sends; its signature is missing or wrong here")


def token_in(header: bytes) -> bytes | None:
    """The token of an Authorization header."""
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
