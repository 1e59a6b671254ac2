"""All slash commands, in the order in which people see them."""

from bot.slack.listeners import alert_commands, bug_commands, models, oncall, reviews

COMMANDS = (oncall.COMMAND, alert_commands.COMMAND, bug_commands.COMMAND, models.COMMAND, reviews.COMMAND)
