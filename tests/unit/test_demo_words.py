"""What the demo prints: its counts in words, and a token that its own team.yaml knows."""

from hashlib import sha256
from pathlib import Path

from bot.app import places
from bot.demo.run import DEMO_TOKEN, in_words
from core.config.load import load
from tests.conftest import ROOT


def test_what_has_not_happened_is_left_out() -> None:
    counts = {"predictions": 12_345, "alerts": 0, "tickets": 2, "seconds": 9.0, "errors": 1}
    assert in_words("35 days", counts) == "35 days: predictions 12,345, bugs 2, errors 1"


def test_the_printed_token_is_known_to_the_demo() -> None:
    config = load(ROOT / "examples" / "flights", places(Path("data"), "python", "http://serving"))
    assert sha256(DEMO_TOKEN.encode()).hexdigest() in config.team.sources[0].token_sha256
