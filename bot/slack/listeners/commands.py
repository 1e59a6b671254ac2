"""Slash commands: a word, a subcommand, its arguments. `/goldilocks oncall who` is `/oncall who`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.slack.dispatch import Handler
from bot.slack.escape import unescape
from bot.slack.request import COMMAND_MOST, Request
from bot.slack.views import help as views
from bot.slack.views.help import Usage
from core.config.named import find_person
from core.nearest import MOST, nearest

Run = Callable[[Request, str], Awaitable[None]]
Try = Callable[[Request, str], Awaitable[bool]]
"""Does it, or says that there was nothing to do."""

SENTENCE = 2
"""More words than this are a text, and no subcommand with its argument."""

LONGEST_NAME = 3
"""How many words the name of something may have."""

ROOT, HELP = "/goldilocks", "help"

_POLITE = """
    i i'll i’ll i'm i’m im i'd we we'll you me us let lets let's please pls can could would want need like to just now
    the a what what's whats hey hi ok okay do does is are am my should have"""
POLITE = frozenset(_POLITE.split())
"""Words of a sentence that may stand before a subcommand."""


@dataclass(frozen=True)
class Sub:
    """A subcommand: how it is written, what it does, and the button that a menu has for it."""

    usage: Usage
    run: Run
    also: tuple[str, ...] = ()
    """Other words for it, which people bring along from elsewhere."""

    @property
    def word(self) -> str:
        return self.usage.usage.split()[0]

    def is_called(self, word: str) -> bool:
        """By its own word, in the singular or the plural, or by another word for it."""
        low = word.lower()
        return low in self.also or low.removesuffix("s") == self.word.removesuffix("s")


@dataclass(frozen=True)
class Short:
    """What can be written without a subcommand: whether a text `fits`, and what it does."""

    fits: Callable[[Request, str], bool]
    run: Run


@dataclass(frozen=True)
class Command:
    """A slash command and its subcommands; `bare` runs when no subcommand is given, else the menu opens, `short` what
    needs none, `other` when what is written is no subcommand and not like one. `names`: whether a text is the name or
    number of something that it is about, which may stand before the subcommand."""

    name: str
    about: str
    subs: tuple[Sub, ...]
    bare: Run | None = None
    short: Short | None = None
    other: Try | None = None
    names: Callable[[Request, str], bool] | None = None

    @property
    def usages(self) -> list[Usage]:
        return [*(sub.usage for sub in self.subs), Usage(HELP, "this list")]

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys([*(sub.word for sub in self.subs), HELP]))

    def meant(self, word: str) -> list[str]:
        """The subcommands that a word may have been meant to be: written like it, or called so on a button."""
        labels = {sub.usage.label.strip("…?").casefold(): sub.word for sub in self.subs if sub.usage.label}
        called = [labels[each] for each in nearest(word, labels)]
        return [f"{self.name} {each}" for each in nearest(word, self.words) or dict.fromkeys(called)]

    async def run(self, request: Request, text: str) -> bool:
        """Do what the text says; False if it begins with a word that is none of ours."""
        word, _, rest = text.strip().partition(" ")
        word = word.rstrip("?!") or word
        if (sub := self._called(word)) is not None:
            await sub.run(request, rest.strip())
        elif (turned := self._turned(request, text.split()) or self._asked(text.split())) is not None:
            await turned[0].run(request, turned[1])
        elif not word and self.bare is not None:
            await self.bare(request, "")
        elif not word:
            await request.tell(views.menu(self.name, self.about, self.usages))
        elif word.lower() == HELP:
            await request.tell(views.usage(self.name, self.about, self.usages))
        elif self.short is not None and self.short.fits(request, text.strip()):
            await self.short.run(request, text.strip())
        else:
            return False
        return True

    def _called(self, word: str) -> Sub | None:
        return next((sub for sub in self.subs if word.lower() in (sub.word, *sub.also)), None) or next(
            (sub for sub in self.subs if sub.is_called(word)), None
        )

    def _turned(self, request: Request, words: Sequence[str]) -> tuple[Sub, str] | None:
        """The subcommand that stands behind what it is about, and its arguments: `flights why` is `why flights`."""
        for at in range(1, min(LONGEST_NAME + 1, len(words))):
            sub = self._called(words[at].rstrip("?!")) if words[at].lower() not in POLITE else None
            named = " ".join(word for word in words[:at] if word.lower() not in POLITE)
            if sub is not None and sub.usage.takes_a_name and self.names and self.names(request, named):
                return sub, " ".join([named, *words[at + 1 :]])
        return None

    def _asked(self, words: Sequence[str]) -> tuple[Sub, str] | None:
        """The subcommand behind the words of a sentence, and its arguments: `can you ack 3`."""
        at = next((at for at, word in enumerate(words) if word.lower() not in POLITE), 0)
        sub = self._called(words[at].rstrip("?!")) if at else None
        return (sub, " ".join(words[at + 1 :])) if sub is not None else None


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
        team = request.deps.config.team
        words = [
            unescape(word)
            for word in str(event.get("text", "")).split()
            if word[:2] != "<@" or find_person(team, word)
        ]
        await self._run(request, ROOT, " ".join(words))

    async def messaged(self, request: Request) -> None:
        """A message to the bot itself is a command too; messages in channels are none of our business."""
        event = request.body["event"]
        if event.get("channel_type") == "im" and not event.get("subtype"):
            await self.mentioned(request)

    async def _run(self, request: Request, name: str, text: str) -> None:
        request.command = f"{name} {text}".strip()
        typed = name
        if name == ROOT:
            word, _, rest = text.strip().partition(" ")
            name, text = f"/{word.lower().lstrip('/')}", rest.strip()
        command = self._commands.get(name)
        if command is None:
            await self._root(request, name[1:], text, views.no_command(typed) if typed != ROOT else "")
        elif not await command.run(request, text):
            await self._unknown(request, command, text)

    async def _unknown(self, request: Request, command: Command, text: str) -> None:
        """A word that the command does not have: what it may have been meant to be, here or behind another command."""
        word, _, rest = text.strip().partition(" ")
        meant = command.meant(word)
        free = not meant or len(text.split()) > SENTENCE
        if command.other and free and await command.other(request, text.strip()):
            return
        if meant := meant or self._elsewhere(word):
            problem = views.not_known(command.name, word)
            await self._suggest(request, problem, meant, rest, f"{command.name} {HELP}")
        else:
            await request.tell(views.unknown(command.name, word, command.about, command.usages))

    def _elsewhere(self, word: str) -> list[str]:
        """Commands that have this word, or else call something so; if none does, those that have one like it."""
        known = [(each.name, own) for each in self._commands.values() for own in each.words if own != HELP]
        called = [
            (each.name, sub.word)
            for each in self._commands.values()
            for sub in each.subs
            if word.lower() in sub.also
        ]
        words = {own for _, own in known}
        like = [word.lower()] if word.lower() in words else [] if called else nearest(word, words)
        found = [(name, own) for name, own in known if own in like] or called
        return [f"{name} {own}" for name, own in found][:MOST]

    def _only(self, word: str) -> Command | None:
        """The one command that has this word: `who is on call?` needs no more to be understood."""
        bare = word.rstrip("?!")
        having = [each for each in self._commands.values() if bare != HELP and bare in each.words]
        return having[0] if len(having) == 1 else None

    async def _suggest(self, request: Request, problem: str, meant: Sequence[str], rest: str, else_: str) -> None:
        """Offer what was probably meant, with all that was typed behind it."""
        typed = [f"{each} {rest.rstrip('?! ')}".strip() for each in meant]
        offered = [each for each in typed if len(each) <= COMMAND_MOST] or meant
        await request.tell(views.meant(problem, offered, else_))

    async def _root(self, request: Request, word: str, rest: str, problem: str = "") -> None:
        """The command of all commands; `problem` is what was wrong with another, which is answered in its place."""
        about = "on-call for machine-learning pipelines"
        usages = [Usage(c.name[1:], c.about, c.name[1:].capitalize()) for c in self._commands.values()]
        usages.append(Usage(HELP, "this list"))
        meant = nearest(f"/{word}", self._commands) or self._elsewhere(word)
        if not word:
            await request.tell(views.menu(ROOT, about, usages[:-1]))
        elif not problem and (only := self._only(word)):
            await only.run(request, f"{word} {rest}")
        elif not problem and word == HELP:
            await request.tell(views.usage(ROOT, about, usages))
        elif meant:
            await self._suggest(request, problem or views.not_known(ROOT, word), meant, rest, f"{ROOT} {HELP}")
        elif problem:
            await request.tell(views.instead(problem, ROOT, usages))
        else:
            await request.tell(views.unknown(ROOT, word, about, usages))
