"""A report as files: JSON for programs, one page for people."""

import json
from pathlib import Path

from core.evaluation.backtest.html.page import page
from core.evaluation.backtest.report import BacktestReport


def write_json(report: BacktestReport, path: Path) -> None:
    _write(path, json.dumps(report.as_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_html(report: BacktestReport, path: Path) -> None:
    """Complete in itself."""
    _write(path, page(report))


def _write(path: Path, text: str) -> None:
    """Beside `path`, and then renamed, so that nobody reads half a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
