"""Senders by every way in, and people who click, during one round; they note what was promised to them."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.slack.ids import Action
from bot.workspace.messages import Message
from tests.chaos import team
from tests.chaos.town import Town
from tests.ingest_support import notification
from tests.processes import TOKEN

GROUPS = 4
"""New groups a round: each has some messages, in a channel that takes one a second."""

PEOPLE = ("U0MAYA", "U0JONAS")
CLICKS = 2
"""How often a group is acknowledged at the most: the second click comes too late, and is told so."""

TIMEOUT_S = 10
RETRY_S = (0.3, 0.6)
"""How long a sender rests whose connection broke: most of these find nobody there, because all are being started."""

Json = dict[str, Any]


@dataclass
class Promises:
    """What was answered with a 2xx: alerts by their label `instance`, those that were ended, and clicks by group.
    `refused` counts other answers by status, and broken connections as 0; `overdue` those who waited TIMEOUT_S."""

    stored: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    clicks: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    overdue: int = 0


class Load:
    """One round's load. `run` goes on until `stop`, whether anybody answers or not; `answered` counts the requests that
    were promised."""

    def __init__(self, town: Town, seed: int, promises: Promises) -> None:
        self._town, self._promises = town, promises
        self._tag = f"s{seed}"
        self._dice = random.Random(f"load:{seed}")
        self._tried: Counter[int] = Counter()
        self._number = 0
        self._stopping = False
        self.answered = 0

    @property
    def refused(self) -> int:
        """How many were refused in all rounds so far, or found nobody."""
        return self._promises.refused.total()

    def stop(self) -> None:
        self._stopping = True

    async def run(self) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=self._town.url, timeout=TIMEOUT_S, headers=headers) as client:
            works: tuple[Callable[[httpx.AsyncClient], Awaitable[None]], ...]
            works = (self._alerts, self._alerts, self._webhook, self._events)
            await asyncio.gather(*(self._repeat(work, client) for work in works), self._people())

    async def _repeat(
        self, work: Callable[[httpx.AsyncClient], Awaitable[None]], client: httpx.AsyncClient
    ) -> None:
        while not self._stopping:
            try:
                await work(client)
            except httpx.TimeoutException:
                self._promises.overdue += 1
            except httpx.TransportError:
                self._promises.refused[0] += 1
                await asyncio.sleep(self._dice.uniform(*RETRY_S))
            await asyncio.sleep(self._dice.uniform(0.05, 0.25))

    async def _post(self, client: httpx.AsyncClient, path: str, body: Any) -> bool:
        """Whether it was promised; what is refused while a load is on is refused with 503."""
        answer = await client.post(path, json=body)
        if answer.is_success:
            self.answered += 1
        else:
            self._promises.refused[answer.status_code] += 1
        return answer.is_success

    def _labels(self) -> Json:
        group = self._dice.randrange(GROUPS)
        self._number += 1
        return {
            "alertname": f"{self._tag}-{group}",
            "pipeline": team.pipeline(group % team.PIPELINES),
            "severity": "critical",
            "instance": f"{self._tag}-{self._number}",
        }

    async def _alerts(self, client: httpx.AsyncClient) -> None:
        batch = [{"labels": self._labels()} for _ in range(self._dice.randint(1, 5))]
        if await self._post(client, "/api/v2/alerts", batch):
            self._promises.stored.update(alert["labels"]["instance"] for alert in batch)

    async def _webhook(self, client: httpx.AsyncClient) -> None:
        now = datetime.now(UTC).isoformat()
        labels = [self._labels() for _ in range(self._dice.randint(1, 3))]
        alerts = [{"status": "firing", "labels": each, "startsAt": now} for each in labels]
        if await self._post(client, "/webhooks/alertmanager", notification(alerts)):
            self._promises.stored.update(each["instance"] for each in labels)

    async def _events(self, client: httpx.AsyncClient) -> None:
        """An event, of which every other is ended at once, by the same key."""
        labels = self._labels()
        name = labels["instance"]
        event = {
            "title": labels["alertname"],
            "key": name,
            "pipeline": labels["pipeline"],
            "labels": {"instance": name},
        }
        if not await self._post(client, "/events", event):
            return
        self._promises.stored.add(name)
        if self._dice.random() < 0.5 and await self._post(client, "/events", {**event, "status": "resolved"}):
            self._promises.ended.add(name)

    async def _people(self) -> None:
        while not self._stopping:
            open_ones = [found for found in self._to_click() if self._wanted(found[1])]
            if open_ones:
                message, group = self._dice.choice(open_ones)
                await self._click(message, group)
            await asyncio.sleep(self._dice.uniform(0.02, 0.2))

    def _to_click(self) -> Iterator[tuple[Message, int]]:
        for number in range(team.PIPELINES):
            for message in self._town.workspace.messages(team.channel(number))[-2 * GROUPS :]:
                group = acknowledgeable(message)
                if group is not None:
                    yield message, group

    def _wanted(self, group: int) -> bool:
        """About half of the groups are never answered, so that their pages escalate."""
        return self._tried[group] < CLICKS and random.Random(f"{self._tag}:{group}").random() < 0.5

    async def _click(self, message: Message, group: int) -> None:
        self._tried[group] += 1
        person = PEOPLE[self._tried[group] % len(PEOPLE)]
        outcome = await self._town.workspace.click(
            person, message.channel, message.ts, Action.ACKNOWLEDGE, seen=message
        )
        if outcome.ok:
            self._promises.clicks[group] += 1


def acknowledgeable(message: Message) -> int | None:
    """The group whose button the message offers."""
    for part in message.attachments:
        for block in part.get("blocks", []):
            for element in block.get("elements", []):
                if element.get("action_id") == Action.ACKNOWLEDGE:
                    return int(element["value"])
    return None
