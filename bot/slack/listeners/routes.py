"""All handlers in one place."""

from bot.slack.dispatch import Routes
from bot.slack.ids import Action
from bot.slack.listeners import alerts, oncall
from bot.slack.listeners.commands import Commands
from bot.slack.request import Request


async def _nothing(_request: Request) -> None:
    """A link opened in the browser; Slack tells us, and there is nothing to do."""


def routes() -> Routes:
    commands = Commands((oncall.COMMAND,))
    return Routes(
        commands=commands.handlers(),
        actions={
            **alerts.ACTIONS,
            **oncall.ACTIONS,
            Action.MENU: commands.clicked,
            Action.LINK: _nothing,
        },
        events={"app_mention": commands.mentioned},
    )
