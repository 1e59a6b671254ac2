"""Slash commands: a word, a subcommand, its arguments. `/goldilocks oncall who` is `/oncall who`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.slack.dispatch import Handler
from bot.slack.request import Request
from bot.slack.views import help as views
from bot.slack.views.help import Usage

Run = Callable[[Request, str], Awaitable[None]]

ROOT = "/goldilocks"


@dataclass(frozen=True)
class Sub:
    """A subcommand: how it is written, what it does, and the button that a menu has for it."""

    usage: Usage
    run: Run

    @property
    def word(self) -> str:
        return self.usage.usage.split()[0]


@dataclass(frozen=True)
class Command:
    """A slash command and its subcommands; `bare` runs when no subcommand is given, else the menu opens."""

    name: str
    about: str
    subs: tuple[Sub, ...]
    bare: Run | None = None

    @property
    def usages(self) -> list[Usage]:
        return [*(sub.usage for sub in self.subs), Usage("help", "this list")]

    async def __call__(self, request: Request, text: str) -> None:
        word, _, rest = text.strip().partition(" ")
        sub = next((sub for sub in self.subs if sub.word == word.lower()), None)
        if sub is not None:
            await sub.run(request, rest.strip())
        elif not word and self.bare is not None:
            await self.bare(request, "")
        elif not word:
            await request.tell(views.menu(self.name, self.about, self.usages))
        elif word.lower() == "help":
            await request.tell(views.usage(self.name, self.about, self.usages))
        else:
            await request.tell(views.unknown(self.name, word, self.about, self.usages))


class Commands:
    """All commands by name, each also behind `/goldilocks`."""

    def __init__(self, commands: tuple[Command, ...]) -> None:
        self._commands = {command.name: command for command in commands}

    def handlers(self) -> dict[str, Handler]:
        return dict.fromkeys((*self._commands, ROOT), self.slash)

    async def slash(self, request: Request) -> None:
        """A command that was typed."""
        await self._run(request, str(request.body["command"]), str(request.body.get("text", "")))

    async def clicked(self, request: Request) -> None:
        """A menu's button, whose value is the command that it stands for."""
        name, _, text = request.value.partition(" ")
        await self._run(request, name, text)

    async def mentioned(self, request: Request) -> None:
        """`@goldilocks oncall who`, also inside threads, where slash commands do not work."""
        event = request.body["event"]
        if event.get("bot_id"):
            return
        words = [word for word in str(event.get("text", "")).split() if not word.startswith("<@")]
        await self._run(request, ROOT, " ".join(words))

    async def messaged(self, request: Request) -> None:
        """A message to the bot itself is a command too; messages in channels are none of our business."""
        event = request.body["event"]
        if event.get("channel_type") == "im" and not event.get("subtype"):
            await self.mentioned(request)

    async def _run(self, request: Request, name: str, text: str) -> None:
        request.command = f"{name} {text}".strip()
        if name != ROOT:
            await self._named(request, name, text)
            return
        word, _, rest = text.strip().partition(" ")
        command = self._commands.get(f"/{word.lower().lstrip('/')}")
        if command is not None:
            await command(request, rest)
        else:
            await self._root(request, word)

    async def _named(self, request: Request, name: str, text: str) -> None:
        command = self._commands.get(name)
        await (command(request, text) if command else self._root(request, name))

    async def _root(self, request: Request, word: str) -> None:
        about = "on-call for machine-learning pipelines"
        usages = [Usage(c.name[1:], c.about, c.name[1:].capitalize()) for c in self._commands.values()]
        usages.append(Usage("help", "this list"))
        if not word:
            await request.tell(views.menu(ROOT, about, usages[:-1]))
        elif word.lower() == "help":
            await request.tell(views.usage(ROOT, about, usages))
        else:
            await request.tell(views.unknown(ROOT, word, about, usages))
