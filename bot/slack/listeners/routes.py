"""All handlers in one place."""

from bot.slack.dispatch import Routes
from bot.slack.ids import Action, Callback
from bot.slack.listeners import (
    alert_commands,
    alerts,
    approvals,
    bugs,
    handoffs,
    home,
    models,
    oncall,
    pages,
    policies,
    reviews,
    rota,
    rota_import,
    silences,
    stages,
    swaps,
    verdicts,
)
from bot.slack.listeners.commands import Commands
from bot.slack.listeners.every_command import COMMANDS
from bot.slack.request import Request


async def _nothing(_request: Request) -> None:
    """A link that opened in the browser, or a form without anything to submit."""


def routes() -> Routes:
    """Everything that the surface listens to."""
    commands = Commands(COMMANDS)
    return Routes(
        commands=commands.handlers(),
        actions={
            **alerts.ACTIONS,
            **alert_commands.ACTIONS,
            **silences.ACTIONS,
            **verdicts.ACTIONS,
            **approvals.ACTIONS,
            **bugs.ACTIONS,
            **handoffs.ACTIONS,
            **models.ACTIONS,
            **oncall.ACTIONS,
            **pages.ACTIONS,
            **policies.ACTIONS,
            **reviews.ACTIONS,
            **rota.ACTIONS,
            **stages.ACTIONS,
            **swaps.ACTIONS,
            Action.MENU: commands.clicked,
            Action.LINK: _nothing,
        },
        submissions={
            **silences.SUBMISSIONS,
            **verdicts.SUBMISSIONS,
            **bugs.SUBMISSIONS,
            **handoffs.SUBMISSIONS,
            **models.SUBMISSIONS,
            **pages.SUBMISSIONS,
            **reviews.SUBMISSIONS,
            **rota.SUBMISSIONS,
            **rota_import.SUBMISSIONS,
            **swaps.SUBMISSIONS,
            Callback.DETAILS: _nothing,
        },
        shortcuts=bugs.SHORTCUTS,
        events={"app_mention": commands.mentioned, "message": commands.messaged, **home.EVENTS},
        other_command=commands.slash,
        home=home.publish,
    )
