"""A candidate beside the champion, on the same held-out rows."""

from collections.abc import Mapping
from typing import Any

from bot.slack.escape import escape
from bot.slack.rendered import Json
from bot.slack.views.parts import context, picture, section

WORDS = {
    "better": "The candidate is better.",
    "not_worse": "The candidate is not worse.",
    "worse": "The candidate is worse.",
    "too_few": "The held-out rows cannot tell.",
}
FIGURES = (("accuracy", "accuracy"), ("auc", "AUC"), ("log_loss", "log loss"), ("brier", "Brier"))


def blocks(evidence: Mapping[str, Any], champion: int, candidate: int) -> list[Json]:
    """The gate's verdict, both models' figures, and the picture if there is one."""
    gate = evidence.get("gate") or {}
    if not gate:
        return []
    word = WORDS.get(str(gate.get("decision")), "")
    shown = [section(f"*{word}* {escape(str(gate.get('detail', '')))}".strip())]
    table = _table(gate, champion, candidate)
    shown += [section(table)] if table else []
    shown += (
        [context(f"{gate['rows']:,} held-out rows that neither model was trained on")] if gate.get("rows") else []
    )
    if chart := evidence.get("chart"):
        shown.append(picture(chart, f"v{candidate} and v{champion} on the same held-out rows"))
    return shown


def _table(gate: Mapping[str, Any], champion: int, candidate: int) -> str:
    """Figures in columns, as preformatted text that fits on a phone."""
    new, old = gate.get("candidate") or {}, gate.get("champion") or {}
    names = [(key, label) for key, label in FIGURES if new.get(key) is not None and old.get(key) is not None]
    if not names:
        return ""
    lines = [f"{'':<8}{f'v{candidate}':>7}{f'v{champion}':>7}{'change':>8}"]
    lines += [f"{label:<8}{new[key]:>7.3f}{old[key]:>7.3f}{new[key] - old[key]:>+8.3f}" for key, label in names]
    return "```\n" + "\n".join(lines) + "\n```"
