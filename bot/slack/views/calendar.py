"""The secret address of a calendar, told to whoever asked for it and to nobody else."""

from collections.abc import Sequence

from bot.slack.escape import code, inline
from bot.slack.ids import Action
from bot.slack.rendered import Rendered
from bot.slack.views.parts import actions, button, confirm, context, menu_buttons, section


def made(address: str, title: str, others: Sequence[tuple[str, str]] = ()) -> Rendered:
    """How to use it, and how to be rid of it; `others` are commands for the calendars of whole rotations."""
    sure = confirm("Revoke your calendars?", "Whoever has an address of yours sees nothing any more.", "Revoke")
    return Rendered(
        f"Your calendar: {address}",
        [
            section(
                f"*{inline(title)}*\nSubscribe to this address in your calendar (“from URL”):\n{code(address)}"
            ),
            context("It is shown this once. Whoever has it can read the calendar; asking again makes a new one."),
            *([menu_buttons("calendars", others)] if others else []),
            actions("calendar", button("Revoke my calendars", Action.REVOKE_CALENDAR, "all", confirm=sure)),
        ],
    )
