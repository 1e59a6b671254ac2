"""What commands there are: menus, help, and the answer to a word that is no command."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from bot.slack.escape import code, escape, inline, line
from bot.slack.rendered import Rendered
from bot.slack.views.parts import context, menu_button, menu_buttons, section
from core.text import shorten

ROW = 25
"""Slack shows no more buttons in a row."""

LABEL = 75
"""Nor longer labels."""

NAMED = ("ID", "pipeline", "rotation", "person")
"""What stands in a usage for a number or a name."""


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

    @property
    def takes_a_name(self) -> bool:
        """Whether a number or a name stands behind it, which people write before it, too: `12 close`."""
        return any(kind in self.usage.partition(" ")[2] for kind in NAMED)


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
    return Rendered(question, [section(f"*{inline(question)}*"), menu_buttons("which", answers[:ROW]), *more])


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
    """Says what was not understood, and everything that would be."""
    shown = usage(command, about, usages)
    return Rendered(
        f"{command} does not know this word. Try {command} help.",
        [context(not_known(command, word)), *shown.blocks],
    )


def no_command(typed: str) -> str:
    """That a slash command, which the app's manifest may still name, is none."""
    return f"{code(typed, 60)} is no command of this version of Goldilocks."


def instead(problem: str, command: str, usages: Sequence[Usage]) -> Rendered:
    """What was wrong (`problem` is escaped), and the menu of what there is."""
    buttons = [*choices(command, usages), ("Help", f"{command} help")]
    return Rendered(problem, [section(problem), menu_buttons("menu", buttons)])


def not_known(command: str, word: str) -> str:
    """That a command has no such word."""
    return f"{code(command)} does not know {code(word, 60)}."


def meant(problem: str, commands: Sequence[str], else_: str | None = None) -> Rendered:
    """What was not understood (`problem` is escaped), and what was probably meant, each a button that runs it.

    `else_` is the command that shows everything there is."""
    named = [code(each) for each in commands]
    asked = f"Did you mean {' or '.join(named)}?" if named else ""
    buttons = [(_label(each), each) for each in commands] + ([("Help", else_)] if else_ else [])
    text = " ".join(filter(None, [problem, asked]))
    return Rendered(text, [section(text), *([menu_buttons("meant", buttons)] if buttons else [])])


def _label(command: str) -> str:
    return shorten(line(command), LABEL)
