"""What the demo prints: its counts in words, and a token that its own team.yaml knows."""

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bot.app import places
from bot.demo.run import DEMO_TOKEN, in_words
from bot.demo.stage import NeverStill
from bot.workspace.config import RateLimits
from bot.workspace.errors import RateLimitedError
from bot.workspace.ratelimit import RateLimiter
from core.clock import SimulatedClock
from core.config.load import load
from tests.conftest import ROOT


def test_what_has_not_happened_is_left_out() -> None:
    counts = {"predictions": 12_345, "alerts": 0, "tickets": 2, "seconds": 9.0, "errors": 1}
    assert in_words("35 days", counts) == "35 days: predictions 12,345, bugs 2, errors 1"


def test_the_printed_token_is_known_to_the_demo() -> None:
    config = load(ROOT / "examples" / "flights", places(Path("data"), "python", "http://serving"))
    assert sha256(DEMO_TOKEN.encode()).hexdigest() in config.team.sources[0].token_sha256


def test_the_rates_of_the_page_go_on_while_the_demos_time_stands_still() -> None:
    """An answer that came too soon after another is tried again after a real second; it must go through then."""
    clock = SimulatedClock(datetime(2013, 2, 9, tzinfo=UTC))
    rates = RateLimiter(RateLimits(posts_per_second=20, post_burst=1), NeverStill(clock))
    rates.check_post("D0MAYA")
    with pytest.raises(RateLimitedError):
        rates.check_post("D0MAYA")
    time.sleep(0.1)
    rates.check_post("D0MAYA")
    clock.advance(timedelta(seconds=1))
    rates.check_post("D0MAYA")
