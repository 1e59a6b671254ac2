"""All slash commands, in the order in which people see them."""

from bot.slack.listeners import alert_commands, bugs, models, oncall, reviews

COMMANDS = (oncall.COMMAND, alert_commands.COMMAND, bugs.COMMAND, models.COMMAND, reviews.COMMAND)
