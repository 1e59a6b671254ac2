"""Teams with more senders than the example, and what their senders send."""

import hmac
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.config.load import Config
from core.config.senders import Heartbeat, Source

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = b"grafana and we know this"


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def team(config: Config, *sources: dict[str, Any], heartbeats: tuple[dict[str, Any], ...] = ()) -> Config:
    """The example's team with these sources and heartbeats besides."""
    more = [Source(**{"token_sha256": digest(source["id"]), **source}) for source in sources]
    changes = {
        "sources": [*config.team.sources, *more],
        "heartbeats": [Heartbeat(**heartbeat) for heartbeat in heartbeats],
    }
    return replace(config, team=config.team.model_copy(update=changes))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def read_secret(reference: str) -> bytes:
    assert reference.startswith("env:")
    return SECRET + reference.encode()


def hex_signature(content: bytes, reference: str = "env:S") -> str:
    return hmac.new(read_secret(reference), content, sha256).hexdigest()


def recorded(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))
