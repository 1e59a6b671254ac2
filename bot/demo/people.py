"""Scripted people: they read the workspace as it is shown and click as people do, by real signed requests."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.slack.app import SlackSurface
from bot.slack.ids import Action, Field, base
from bot.workspace.app import Workspace
from bot.workspace.messages import Message
from bot.workspace.outcome import Outcome
from core.clock import Clock
from core.config.declared import Person, Role
from core.config.load import Config
from core.evaluation.review import FailureMode
from core.oncall.schedule import shift_at

PROMPT = timedelta(minutes=5)
ASLEEP = timedelta(minutes=20)
"""How long a page waits for its answer: mostly PROMPT; every second one so long that it escalates first."""


@dataclass(frozen=True)
class Button:
    """A button that is shown: where, what it does, and the value it carries."""

    channel: str
    ts: str
    action: str
    action_id: str
    value: str

    @property
    def key(self) -> tuple[str, str]:
        return self.action, self.value


class People:
    """Plays the whole team. `act` does what is to be done now, `next_due` says when somebody wants to act next."""

    def __init__(self, workspace: Workspace, slack: SlackSurface, config: Config, clock: Clock) -> None:
        self._workspace = workspace
        self._slack = slack
        self._config = config
        self._clock = clock
        self._seen: dict[tuple[str, str], datetime] = {}
        self._done: set[tuple[str, str]] = set()
        self.errors: list[str] = []
        self.refused = 0
        self._scripts: dict[str, Callable[[Button], Awaitable[None]]] = {
            Action.ACKNOWLEDGE: self._acknowledge,
            Action.FILE_BUG: self._file_bug,
            Action.ROLL_BACK: self._roll_back,
            Action.APPROVE: self._approve,
            Action.ACCEPT_HANDOFF: self._accept,
            Action.CONFIRM_CARD: self._review,
        }

    def next_due(self) -> datetime | None:
        """When somebody will have waited long enough with something that is on the screen."""
        waiting = [self._when(key, seen) for key, seen in self._seen.items() if key not in self._done]
        return min(waiting, default=None)

    async def act(self) -> bool:
        """Do everything that is due now; whether anything was done."""
        now, acted = self._clock.now(), False
        for button in list(self._buttons()):
            self._seen.setdefault(button.key, now)
            if button.key not in self._done and self._when(button.key, self._seen[button.key]) <= now:
                self._done.add(button.key)
                await self._scripts[button.action](button)
                acted = True
        return acted

    def _when(self, key: tuple[str, str], seen: datetime) -> datetime:
        """Pages are answered after a while, everything else a minute later, in the order of the story."""
        pages = [each for each in self._seen if each[0] == Action.ACKNOWLEDGE]
        if key[0] == Action.ACKNOWLEDGE:
            return seen + (ASLEEP if pages.index(key) % 2 else PROMPT)
        delay = list(self._scripts).index(key[0])
        return (
            seen + (ASLEEP if key[0] in (Action.FILE_BUG, Action.ROLL_BACK) else PROMPT) + timedelta(minutes=delay)
        )

    def _buttons(self) -> Iterator[Button]:
        for channel in self._config.team.channels:
            for parent in self._workspace.messages(channel.slack):
                for message in self._workspace.thread(channel.slack, parent.ts):
                    for element in _elements(message):
                        action = base(element.get("action_id", ""))
                        if element["type"] == "button" and action in self._scripts:
                            value = str(element.get("value", ""))
                            yield Button(channel.slack, message.ts, action, element["action_id"], value)

    async def _acknowledge(self, button: Button) -> None:
        """Somebody without the role tries first and is told so; then the primary answers, and clicks twice."""
        await self._refused(self._without_role(), button)
        await self._click(self._primary(), button)
        again = await self._workspace.click(self._primary().slack, button.channel, button.ts, button.action_id)
        self._expect_gone(again)

    async def _file_bug(self, button: Button) -> None:
        await self._click(self._primary(), button)
        await self._submit(self._primary(), {})

    async def _roll_back(self, button: Button) -> None:
        """Where a rollback waits or is carried out already, the form says so and has nothing to submit."""
        await self._click(self._primary(), button)
        forms = self._workspace.views(self._primary().slack)
        if forms and forms[-1].get("submit"):
            await self._submit(self._primary(), {})

    async def _approve(self, button: Button) -> None:
        await self._refused(self._without_role(), button)
        await self._click(self._approver(), button)

    async def _accept(self, button: Button) -> None:
        await self._refused(self._without_role(), button)
        await self._click(self._primary(), button)

    async def _review(self, button: Button) -> None:
        """Every other card is a finding and becomes a slice, with the rows that the form suggests; the rest is luck."""
        if int(button.value) % 2:
            await self._click(self._primary(), button)
            await self._submit(self._primary(), {Field.FAILURE_MODE: FailureMode.RARE_CASE.name})
        else:
            await self._click(self._primary(), replace(button, action_id=Action.DISMISS_CARD))

    async def _click(self, person: Person, button: Button) -> Outcome:
        outcome = await self._workspace.click(
            person.slack, button.channel, button.ts, button.action_id, button.value or None
        )
        await self._finish(f"{person.id} clicked {button.action} {button.value}", outcome)
        return outcome

    async def _refused(self, person: Person, button: Button) -> None:
        """A click by somebody who may not: it must be answered privately, and change nothing."""
        told = len(self._workspace.ephemerals(person.slack))
        await self._click(person, button)
        if len(self._workspace.ephemerals(person.slack)) == told:
            self.errors.append(f"{person.id} was not told why {button.action} {button.value} was refused")
        self.refused += 1

    async def _submit(self, person: Person, values: dict[str, Any]) -> None:
        views = self._workspace.views(person.slack)
        if not views:
            self.errors.append(f"{person.id} saw no form open")
            return
        known = {block["block_id"] for block in views[-1]["blocks"] if block["type"] == "input"}
        fitting = {block: value for block, value in values.items() if block in known}
        outcome = await self._workspace.submit(person.slack, views[-1]["id"], fitting)
        await self._finish(f"{person.id} submitted {views[-1]['callback_id']}", outcome)

    async def _finish(self, what: str, outcome: Outcome) -> None:
        await self._slack.settle()
        if not outcome.ok:
            self.errors.append(f"{what}: {outcome.error or outcome.errors}")

    def _expect_gone(self, outcome: Outcome) -> None:
        """A second click: the button is gone already, or the click is answered; both are fine, an error is not."""
        if not outcome.ok and outcome.status is not None:
            self.errors.append(f"the second click failed: {outcome.error}")

    def _primary(self) -> Person:
        rotation = self._config.team.rotations[0]
        return self._person(shift_at(rotation, self._clock.now()).primary)

    def _approver(self) -> Person:
        people = self._config.team.people
        return next(p for p in people if Role.APPROVER in p.roles and p.id != self._primary().id)

    def _without_role(self) -> Person:
        return next(person for person in self._config.team.people if not person.roles)

    def _person(self, person_id: str) -> Person:
        return next(person for person in self._config.team.people if person.id == person_id)


def _elements(message: Message) -> Iterator[dict[str, Any]]:
    """Every interactive element of a message, of its blocks and of its attachments' blocks."""
    blocks = [*message.blocks, *(block for part in message.attachments for block in part.get("blocks", []))]
    for block in blocks:
        if block["type"] == "actions":
            yield from block["elements"]
        elif block.get("accessory"):
            yield block["accessory"]
