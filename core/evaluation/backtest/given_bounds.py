"""Bounds of columns as they are given to a backtest: plain values, or a file of them."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config.bounds import AllBounds, ColumnBounds
from core.config.load import ConfigError, load_bounds
from core.evaluation.backtest.errors import BacktestError


def read_bounds(given: Any) -> dict[str, ColumnBounds]:
    """Bounds by column: as they are, as plain values, or the file that holds them. BacktestError otherwise."""
    if given is None:
        return {}
    try:
        if isinstance(given, str | Path):
            return load_bounds(Path(given))
        return AllBounds.model_validate(dict(given)).root
    except ConfigError as error:
        raise BacktestError(f"--checks: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise BacktestError(f"--checks: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
