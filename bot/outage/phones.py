"""The event about an outage at pagers: one incident, whichever replicas send it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog

from bot.pager import PagerError, Pagers
from bot.slack.trouble import UnknownPlaceError

log = structlog.get_logger(__name__)

Json = dict[str, Any]
TRIGGER, RESOLVE = "trigger", "resolve"


class Phones:
    """Sends an event to each pager until that takes it or refuses it for good. `rung` have an incident that lasts, by
    the name of the event that opened it."""

    def __init__(self, pagers: Pagers) -> None:
        self._pagers = pagers
        self._tries: dict[tuple[str, str], int] = {}
        self._due: dict[tuple[str, str], datetime] = {}
        self._refused: set[str] = set()
        self.rung: dict[str, str] = {}

    async def ring(self, pagers: Iterable[str], event: Json, uid: str, now: datetime) -> None:
        """Open the incident at those of these pagers that have not taken it."""
        for pager in pagers:
            known = pager in self.rung or pager in self._refused
            if not known and await self._send(pager, TRIGGER, event, uid, now):
                self.rung[pager] = uid

    async def end(self, event: Json, now: datetime) -> None:
        """Close it where it lasts."""
        self._refused.clear()
        for pager, uid in sorted(self.rung.items()):
            if await self._send(pager, RESOLVE, event, f"{uid}-over", now):
                self.rung.pop(pager)

    async def _send(self, pager: str, action: str, event: Json, uid: str, now: datetime) -> bool:
        which = (pager, action)
        if now < self._due.get(which, now):
            return False
        self._tries[which] = self._tries.get(which, 0) + 1
        try:
            await self._pagers.send(pager, {"event_action": action, **event}, uid, self._tries[which], now)
        except (PagerError, UnknownPlaceError) as error:
            self._failed(which, error, now)
            return False
        self._tries.pop(which), self._due.pop(which, None)
        return True

    def _failed(self, which: tuple[str, str], error: PagerError | UnknownPlaceError, now: datetime) -> None:
        log.error("outage.pager_not_told", pager=which[0], action=which[1], why=str(error))
        wait = error.wait if isinstance(error, PagerError) else None
        if wait is not None:
            self._due[which] = now + wait
            return
        self._tries.pop(which), self._due.pop(which, None)
        self._refused.add(which[0])
        self.rung.pop(which[0], None)
