"""How fast messages may go out: a bucket for each channel, one for updates, and caps on what is under way. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

BURST = 3
"""How many posts a channel takes at once before one a second counts; Slack tolerates short bursts."""

UPDATE_SPACING = 1.2
"""Updates are slower than posts by this factor, over all channels: 50 a minute where posts are one a second."""

UPDATE_BURST = 40
CHANNEL_CAP = 4
"""How many requests for one channel may be under way: a slow channel takes no more than that. Pages are exempt."""

TOTAL_CAP = 48
"""The same over all channels. Pages are exempt."""


PAGER = "pager:"
"""How the names of pagers begin, where others name a channel."""

UPDATES = "*"
"""The name of the bucket that updates of all channels share; no channel is called so."""

PATIENCE = timedelta(seconds=1)
"""How long a channel's new messages wait for the one before them."""


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two instants, either of which may be unknown."""
    return max((each for each in (one, other) if each is not None), default=None)


@dataclass
class Bucket:
    """Lets `burst` through at once, and then one each `spacing`; `rest` closes it until an instant."""

    spacing: timedelta
    burst: int = 1
    paid_until: datetime | None = None
    resting_until: datetime | None = None

    def ready_at(self, now: datetime, keep: int = 0, *, paid: bool = False) -> datetime:
        """When the next one may go, from `now` on, if `keep` of the burst are to be left for others.

        One that has `paid` already, because it may have gone out before, waits for a rest only.
        """
        kept = min(keep, self.burst - 1)
        refilled = now if paid else self._paid(now) - self.spacing * (self.burst - 1 - kept)
        return max(now, refilled, self.resting_until or now)

    def take(self, now: datetime) -> None:
        self.paid_until = max(self._paid(now), now) + self.spacing

    def rest(self, until: datetime) -> None:
        """Whoever is asked to wait waits: nothing goes before `until`, and then one at a time, as if nothing were saved
        up but what is kept for a page."""
        self.resting_until = later(self.resting_until, until)

    def _paid(self, now: datetime) -> datetime:
        """Until when what went is paid for: a burst right after a rest would be asked to wait again."""
        saved = self.spacing * max(self.burst - 2, 0)
        return later(self.paid_until, self.resting_until and self.resting_until + saved) or now


@dataclass
class Pace:
    """What a sender knows about its channels: their buckets, and how many requests are `flying` in each.

    What other replicas took from a bucket is learned when it is held (`pace_store.hold`). Ordinary posts leave the
    last of a channel's burst to pages. With a `spacing` of zero nothing is held back. The channels of `opening` have a
    new message on its way that began less than PATIENCE ago: the next one follows it, so that a channel reads in the
    order in which things happened, unless Slack takes too long.
    """

    spacing: timedelta
    burst: int = BURST
    channels: dict[str, Bucket] = field(default_factory=dict)
    flying: Mapping[str, int] = field(default_factory=Counter)
    opening: Collection[str] = ()

    def __post_init__(self) -> None:
        self.updates = Bucket(self.spacing * UPDATE_SPACING, UPDATE_BURST)

    def bucket(self, name: str) -> Bucket:
        """The bucket of a channel, or of UPDATES; pagers take what comes, until one asks to wait."""
        if name == UPDATES:
            return self.updates
        spacing = timedelta(0) if name.startswith(PAGER) else self.spacing
        return self.channels.setdefault(name, Bucket(spacing, self.burst))
