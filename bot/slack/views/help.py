"""What commands there are: menus, help, and the answer to a word that is no command."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from bot.slack.escape import code, escape
from bot.slack.rendered import Rendered
from bot.slack.views.parts import context, menu_buttons, section


@dataclass(frozen=True)
class Usage:
    """A subcommand as people read it: `usage` with its arguments, and whether a menu offers it as a button."""

    usage: str
    summary: str
    label: str | None = None

    @property
    def words(self) -> str:
        """What is typed as it stands, without the arguments that people fill in."""
        return " ".join(takewhile(lambda word: word.isalpha() and word.islower(), self.usage.split()))


def menu(command: str, about: str, usages: Sequence[Usage]) -> Rendered:
    """The bare command: buttons for what needs no argument."""
    choices = [(usage.label, f"{command} {usage.words}") for usage in usages if usage.label]
    blocks = [
        section(f"*{escape(command)}*  {escape(about)}"),
        menu_buttons("menu", [*choices, ("Help", f"{command} help")]),
    ]
    return Rendered(f"{command}: {about}", blocks)


def usage(command: str, about: str, usages: Sequence[Usage]) -> Rendered:
    """Every subcommand with what it does."""
    lines = [f"{code(f'{command} {item.usage}')}  {escape(item.summary)}" for item in usages]
    return Rendered(
        f"{command}: {about}", [section(f"*{escape(command)}*  {escape(about)}"), section("\n".join(lines))]
    )


def unknown(command: str, word: str, about: str, usages: Sequence[Usage]) -> Rendered:
    """Says what was not understood, and what would be."""
    problem = f"{code(command)} does not know {code(word, 60)}."
    shown = usage(command, about, usages)
    return Rendered(f"{command} does not know this word. Try {command} help.", [context(problem), *shown.blocks])
