"""NannyML by day: `nannyml_days.py FOLDER` writes nannyml.json there, drift of each column or CBPE's estimates."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")

import nannyml  # noqa: E402 - it warns while it is imported
import pandas as pd  # noqa: E402


def drift(reference: Any, stream: Any, columns: dict[str, list[str]]) -> dict[str, Any]:
    names = columns["numbers"] + columns["texts"]
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=names, treat_as_categorical=columns["texts"], timestamp_column_name="at", chunk_period="D"
    )
    calculator.fit(reference)
    answer = calculator.calculate(stream).filter(period="analysis").to_df()
    numbers = day_numbers(answer[("chunk", "chunk", "start_date")], stream)
    found: dict[int, list[str]] = {number: [] for number in numbers}
    for name in names:
        alert = answer[name].xs("alert", axis=1, level=1).any(axis=1)
        for number, told in zip(numbers, alert, strict=True):
            found[number] += [name] if told else []
    return {"flagged": found}


def estimate(reference: Any, stream: Any) -> dict[str, Any]:
    estimator = nannyml.CBPE(
        metrics=["accuracy"],
        y_pred_proba="score",
        y_pred="prediction",
        y_true="label",
        problem_type="classification_binary",
        timestamp_column_name="at",
        chunk_period="D",
    )
    estimator.fit(reference)
    answer = estimator.estimate(stream).filter(period="analysis").to_df()
    numbers = day_numbers(answer[("chunk", "start_date")], stream)
    values, alerts = answer[("accuracy", "value")], answer[("accuracy", "alert")]
    return {
        "estimates": {n: [float(v), bool(a)] for n, v, a in zip(numbers, values, alerts, strict=True)},
    }


def day_numbers(starts: Any, stream: Any) -> list[int]:
    by_date = stream.groupby(stream["at"].dt.normalize())["day"].first()
    return [int(by_date[pd.Timestamp(start).normalize()]) for start in starts]


def main() -> None:
    folder = Path(sys.argv[1])
    reference, stream = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "stream"))
    columns = json.loads((folder / "columns.json").read_text())
    answer = estimate(reference, stream) if "score" in stream else drift(reference, stream, columns)
    (folder / "nannyml.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
