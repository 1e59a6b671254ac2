"""How long a round waits for the bot: by what moves, not by the clock, so that a slow machine breaks no law. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.chaos.facts import Waiting

AFTERMATH = 80
"""How many requests are still answered once everybody is up again: a round has work before its kills and after them."""

REFUSED_SHARE = 0.25
"""Which share of the requests after that may be refused, or find nobody: everybody is up, so nearly none should."""

SILENT_S = 30.0
"""How long not one request may be answered: three times as long as a sender waits for its answer."""

STILL_S = 60.0
"""How long nothing may move of what is due: what a silent replica was sending is left to it for 30 s, the others look
every 10 s, and a call that Slack never answers takes 15 s. What Slack refused waits for its next try, of course."""

LONGEST_S = 600.0
"""The longest way to rest, though things move: a message that is refused nine times in a row has waited 511 s."""


@dataclass
class Aftermath:
    """What the load finds after everybody is up again; `at` are seconds of a clock that only goes on."""

    began: float
    answered: int = 0
    refused: int = 0
    _moved: float | None = None

    def look(self, answered: int, refused: int, at: float) -> None:
        """Note how many there are by now."""
        if answered > self.answered:
            self._moved = at
        self.answered, self.refused = answered, refused

    def over(self, at: float) -> bool:
        """Whether enough is answered, or nothing is any more."""
        return self.answered >= AFTERMATH or self.silent(at)

    def silent(self, at: float) -> bool:
        return at - (self.began if self._moved is None else self._moved) >= SILENT_S

    def breach(self) -> str | None:
        """What is wrong with it, once it is over."""
        if self.answered < AFTERMATH:
            told = f"{self.answered} requests were answered after the start"
            return f"works_again: {told}, and then none for {SILENT_S:g} s"
        if self.refused > REFUSED_SHARE * (self.answered + self.refused):
            return (
                f"works_again: {self.refused} requests were refused after the start, and {self.answered} answered"
            )
        return None


@dataclass
class Rest:
    """Watches what of a round is under way."""

    began: datetime
    _seen: Waiting | None = None
    _moved: datetime | None = None

    def look(self, found: Waiting, now: datetime) -> str | None:
        """What is wrong with it, if anything: it stands still though it is due, or moves without end."""
        if found != self._seen:
            self._seen, self._moved = found, now
        since = max(self._moved or now, found.due or self.began)
        if now - since >= timedelta(seconds=STILL_S):
            return f"comes_to_rest: nothing has moved for {STILL_S:g} s, and there are still {found}"
        if now - self.began >= timedelta(seconds=LONGEST_S):
            return f"comes_to_rest: after {LONGEST_S:g} s there are still {found}"
        return None
