"""Slack's call rates as token buckets over the workspace's clock."""

import math
from dataclasses import dataclass
from datetime import datetime

from core.clock import Clock

from .config import RateLimits
from .errors import RateLimitedError

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute by tier, for each method; tier 0 (special) is not limited here."""


@dataclass(slots=True)
class Bucket:
    """Refills at `rate` tokens a second up to `capacity`; a call takes one."""

    rate: float
    capacity: float
    tokens: float
    at: datetime

    def take(self, now: datetime) -> int:
        """Take a token and return 0, or take none and return the whole seconds until there is one."""
        elapsed = max(0.0, (now - self.at).total_seconds())
        self.tokens = min(self.capacity, self.tokens + elapsed * self.rate)
        self.at = now
        if self.tokens >= 1 - 1e-9:
            self.tokens -= 1
            return 0
        return max(1, math.ceil((1 - self.tokens) / self.rate))


class RateLimiter:
    """One bucket for each method, and for posting one for each channel."""

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def check_method(self, method: str, tier: int) -> None:
        """Raise RateLimitedError when the method was called too often for its tier."""
        if tier:
            per_minute = PER_MINUTE[tier]
            self._take((method, ""), per_minute / 60, per_minute)

    def check_post(self, channel: str) -> None:
        """Raise RateLimitedError when the channel was posted to too often."""
        self._take(("chat.postMessage", channel), self._limits.posts_per_second, self._limits.post_burst)

    def forget(self) -> None:
        """Start over, as if nothing had been called yet."""
        self._buckets.clear()

    def _take(self, key: tuple[str, str], rate: float, capacity: float) -> None:
        if not self._limits.enabled:
            return
        now = self._clock.now()
        bucket = self._buckets.setdefault(key, Bucket(rate, capacity, capacity, now))
        if wait := bucket.take(now):
            raise RateLimitedError(wait)
