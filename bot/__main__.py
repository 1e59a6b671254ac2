"""The `goldilocks` command. Each subcommand imports what it needs when it runs, so that help answers at once."""

import gc
import sys

import typer

from bot.commands import declaring, engine, importing, running
from bot.plainly import expected, sentence

cli = typer.Typer(
    name="goldilocks",
    help="On-call for machine-learning pipelines, in Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for some in (running, declaring, importing, engine):
    cli.add_typer(some.commands)


def main() -> None:
    """Run the command; what is known to go wrong is a sentence and the exit status 2, everything else a traceback."""
    # Every 700 objects, as by default, a tenth of a backtest is looking for cycles.
    gc.set_threshold(20_000, 10, 10)
    try:
        cli()
    except SystemExit:
        raise
    except expected() as error:  # looked up only now: help must not wait for the modules that raise them
        told = sentence(error)
        if told is None:
            raise
        sys.stderr.write(f"{told}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
