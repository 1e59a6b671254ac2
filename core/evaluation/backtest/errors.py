"""What stops a backtest."""


class BacktestError(Exception):
    """The log or an option cannot be used; the message names the column or the option, and what to do."""
