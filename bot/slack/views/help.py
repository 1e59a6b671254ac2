"""What commands there are: menus, help, and the answer to a word that is no command."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from bot.slack.escape import code, escape
from bot.slack.rendered import Rendered
from bot.slack.views.parts import context, menu_button, menu_buttons, section

ROW = 25
"""Slack shows no more buttons in a row."""


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
    blocks = [
        section(f"*{escape(command)}*  {escape(about)}"),
        menu_buttons("menu", [*choices(command, usages), ("Help", f"{command} help")]),
    ]
    return Rendered(f"{command}: {about}", blocks)


def choices(command: str, usages: Sequence[Usage]) -> list[tuple[str, str]]:
    """The buttons of a command: (label, what it runs)."""
    return [(usage.label, f"{command} {usage.words}") for usage in usages if usage.label]


def which(question: str, written: str, answers: Sequence[tuple[str, str]]) -> Rendered:
    """A question with a button for each answer, as many as a row takes, and how to write it."""
    more = [context(f"Or write {code(written)}.")] if len(answers) > ROW else []
    return Rendered(question, [section(f"*{escape(question)}*"), menu_buttons("which", answers[:ROW]), *more])


def form_by_click(command: str) -> Rendered:
    """The button that opens a form, where the words alone could not: Slack opens one only right after a click."""
    text = "Slack opens a form only right after a click."
    return Rendered(text, [section(text, menu_button("Open the form", "form", command))])


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
