"""Evidently's drift preset, each day against the reference: `evidently_days.py FOLDER` writes evidently.json there."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402 - what follows warns while it is imported
from evidently import DataDefinition, Dataset, Report  # noqa: E402
from evidently.presets import DataDriftPreset  # noqa: E402


def flagged(day: Any, reference: Any, numbers: list[str], texts: list[str]) -> tuple[list[str], list[str]]:
    """The columns that drift, and those that are wholly null, on which the report cannot be made."""
    empty = [name for name in numbers + texts if day[name].isna().all()]
    numbers, texts = ([name for name in names if name not in empty] for names in (numbers, texts))
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    now, before = (
        Dataset.from_pandas(rows[numbers + texts], data_definition=definition) for rows in (day, reference)
    )
    answer = Report([DataDriftPreset()]).run(now, before).dict()
    drifts = [metric for metric in answer["metrics"] if metric["metric_name"].startswith("ValueDrift")]
    return [metric["config"]["column"] for metric in drifts if drifted(metric)], empty


def drifted(metric: dict[str, Any]) -> bool:
    value, limit = float(metric["value"]), float(metric["config"]["threshold"])
    return value < limit if "p_value" in metric["config"]["method"] else value >= limit


def main() -> None:
    folder = Path(sys.argv[1])
    reference, stream = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "stream"))
    columns = json.loads((folder / "columns.json").read_text())
    found, unread = {}, 0
    for number, day in stream.groupby("day"):
        names, empty = flagged(day, reference, columns["numbers"], columns["texts"])
        found[int(number)] = names + empty
        unread += len(empty)
    (folder / "evidently.json").write_text(json.dumps({"flagged": found, "unread": unread}))


if __name__ == "__main__":
    main()
