"""A candidate beside the champion, on the same held-out rows."""

from collections.abc import Mapping
from typing import Any

from bot.slack.escape import escape, inline
from bot.slack.rendered import Json
from bot.slack.views.parts import context, picture, section
from core.config.metric import Metric, decimals_among, signed

WORDS = {
    "better": "The candidate is better:",
    "not_worse": "The candidate is not worse:",
    "worse": "The candidate is worse:",
    "too_few": "The held-out rows cannot tell:",
}
_FARED = {True: "*broken* ", False: "kept ", None: ""}
SHOWN_GUARDS = 8


def blocks(evidence: Mapping[str, Any], champion: int, candidate: int) -> list[Json]:
    """The gate's verdict, both models' figures, and the picture if there is one."""
    gate = evidence.get("gate") or {}
    if not gate:
        return []
    word = WORDS.get(str(gate.get("decision")), "")
    shown = [section(f"*{word}* {escape(str(gate.get('detail', '')))}".strip())]
    figures = table(gate, f"v{champion}", f"v{candidate}")
    shown += [section(f"```\n{figures}\n```")] if figures else []
    shown += _guards(gate)
    shown += (
        [context(f"{gate['rows']:,} held-out rows that neither model was trained on")] if gate.get("rows") else []
    )
    if chart := evidence.get("chart"):
        shown.append(picture(chart, f"v{candidate} and v{champion} on the same held-out rows"))
    return shown


def _guards(gate: Mapping[str, Any]) -> list[Json]:
    """What must not break, slice by slice, and product metrics."""
    guards = gate.get("guards") or []
    lines = [f"• {_FARED[each['broken']]}{inline(str(each['detail']), 300)}" for each in guards[:SHOWN_GUARDS]]
    more = f"\n… and {len(guards) - SHOWN_GUARDS} more" if len(guards) > SHOWN_GUARDS else ""
    return [section("*Must not break*\n" + "\n".join(lines) + more)] if lines else []


def table(gate: Mapping[str, Any], champion: str, candidate: str) -> str:
    """Figures in columns, the one that decides first, which fit on a phone; empty where none are known."""
    new, old = gate.get("candidate") or {}, gate.get("champion") or {}
    known = [each for each in Metric if new.get(each) is not None and old.get(each) is not None]
    if not known:
        return ""
    known.sort(key=lambda each: each != gate.get("metric"))
    head = ("", champion, candidate, "change")
    rows = [(each.spoken, *_figures(each, old[each], new[each])) for each in known]
    wide = [max(len(row[place]) for row in [head, *rows]) for place in range(4)]
    lines = [f"{r[0]:<{wide[0]}} {r[1]:>{wide[1]}} {r[2]:>{wide[2]}} {r[3]:>{wide[3]}}" for r in [head, *rows]]
    return "\n".join(lines)


def _figures(metric: Metric, old: float, new: float) -> tuple[str, str, str]:
    """Both and their difference: shares in percent, others with as many decimals as give three digits to the larger."""
    if metric.share:
        return metric.written(old), metric.written(new), signed((new - old) * 100, decimals=1)
    decimals = decimals_among(max(abs(new), abs(old)))
    return f"{old:,.{decimals}f}", f"{new:,.{decimals}f}", signed(new - old, "", decimals=decimals)
