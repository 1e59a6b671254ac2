"""The trainer: `python -m examples.flights.train [REQUEST.json]`, run as a process of its own.

It reads one JSON request (from standard input without a path), tells its progress on standard error, and writes
one JSON result as the last line of standard output. It exits with 2 when the request is wrong, 3 when there are
too few rows to learn from.
"""

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from examples.flights.columns import FEATURES
from examples.flights.request import Request
from examples.flights.rows import between, known_rows

MINIMUM_ROWS = 500
"""Fewer rows than this (a single day has about 900) teach the trees nothing that would hold the next day."""

_REQUIREMENTS = ("numpy", "pandas", "scikit-learn", "skops")


class TooFewRowsError(RuntimeError):
    """Not enough labelled rows, or rows of one class only."""


def main(arguments: list[str]) -> int:
    text = Path(arguments[0]).read_text(encoding="utf-8") if arguments else sys.stdin.read()
    try:
        request = Request.model_validate_json(text)
        result = train(request)
    except ValidationError as error:
        _say(f"the request is wrong: {error}")
        return 2
    except (TooFewRowsError, FileNotFoundError) as error:
        _say(str(error))
        return 3
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def train(request: Request) -> dict[str, Any]:
    """Train, save, and measure on the held-out rows; the result is the JSON that the caller gets."""
    from examples.flights import model

    _say("reading the rows")
    rows = known_rows(request.data, request.known_at)
    training = between(rows, request.train_from, request.train_until)
    holdout = _holdout(rows, request)
    _refuse_too_few(training)
    _say(f"training on {len(training)} flights, {len(holdout)} held out")
    candidate = model.fit(training, request.seed)
    path = request.output_dir / "model.skops"
    model.save(candidate, path)
    held_out = _score_holdout(candidate, holdout, request)
    _say("done")
    return {
        "schema": 1,
        "model_path": str(path),
        "metrics": _metrics(held_out),
        "features": list(FEATURES),
        "rows": {"training": len(training), "holdout": len(holdout)},
        "threshold": model.THRESHOLD,
        "requirements": [f"{name}=={version(name)}" for name in _REQUIREMENTS],
        "holdout_predictions": held_out if held_out is None else _write(held_out, request.output_dir),
        "trained_until": _iso(training["predicted_at"].max()),
    }


def _holdout(rows: Any, request: Request) -> Any:
    if request.holdout_from is None or request.holdout_until is None:
        return rows.iloc[:0]
    return between(rows, request.holdout_from, request.holdout_until)


def _refuse_too_few(training: Any) -> None:
    if len(training) < MINIMUM_ROWS:
        raise TooFewRowsError(
            f"{len(training)} labelled flights in the training window, at least {MINIMUM_ROWS} needed"
        )
    if training["label"].nunique() < 2:
        raise TooFewRowsError(
            "all flights of the training window have the same label: there is nothing to tell apart"
        )


def _score_holdout(candidate: Any, holdout: Any, request: Request) -> Any:
    """The held-out rows with their features, label, score and the champion's score; None without such rows."""
    from examples.flights import model

    if not len(holdout):
        return None
    scored = holdout.drop(columns="label_at").assign(score=model.scores(candidate, holdout))
    if request.champion is not None:
        _say(f"scoring the champion, version {request.champion.version}")
        champion = model.load(request.champion.model_path)
        scored["champion_score"] = model.scores(champion, holdout)
    return scored


def _metrics(scored: Any) -> dict[str, float]:
    """Accuracy at the threshold, log loss and, where both classes occur, AUC; empty without a holdout."""
    if scored is None:
        return {}
    from sklearn.metrics import log_loss, roc_auc_score

    from examples.flights.model import THRESHOLD

    labels = scored["label"].astype(int)
    called = (scored["score"] >= THRESHOLD).astype(int)
    metrics = {
        "accuracy": float((called == labels).mean()),
        "log_loss": float(log_loss(labels, scored["score"], labels=[0, 1])),
    }
    if labels.nunique() == 2:
        metrics["auc"] = float(roc_auc_score(labels, scored["score"]))
    return metrics


def _write(scored: Any, folder: Path) -> str:
    path = folder / "holdout.parquet"
    scored.to_parquet(path, index=False)
    return str(path)


def _iso(instant: Any) -> str:
    moment: datetime = instant.to_pydatetime()
    return moment.astimezone(UTC).isoformat()


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
