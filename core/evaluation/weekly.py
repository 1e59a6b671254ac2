"""How a pipeline's week went: one sentence, and everything that its picture and its details show. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from core.evaluation.goal import Goal, slice_figure, slice_found_by, slice_shortfall, slice_written
from core.evaluation.labels.curve import Curve
from core.evaluation.windows import Window
from core.text import plural

SHOWN = 28
"""Windows in the picture."""
CURVE_POINTS = 120
MINIMUM_DELAYS = 20
"""With fewer different delays there is no curve of them."""
DETAILS_KEPT = 200


@dataclass(frozen=True)
class Judged:
    """One evaluated window as stored: `estimate` is what was expected (None: nothing), `trend` how this and earlier
    windows stood when it was evaluated (entries of `report.evaluate_window`)."""

    start: datetime
    day: str
    rows: int
    labels: int
    value: float | None
    state: str
    estimate: Mapping[str, Any] | None
    trend: Sequence[Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    slices: Sequence[Mapping[str, Any]]
    delays: Mapping[str, Any]


@dataclass(frozen=True)
class Paged:
    """A page that was sent; `window` is the one it was about, None for alerts from elsewhere; `noise` if people said
    so. `before`: it was sent before the week, in which its alert went on."""

    window: datetime | None
    noise: bool
    before: bool = False


def compose(
    judged: Sequence[Judged],
    pages: Sequence[Paged],
    week: Window,
    goal: Goal,
    noun: str,
    delays: Curve | None,
) -> dict[str, Any]:
    """The report of a week, as plain JSON.

    `judged` are windows up to the week's end, oldest first, and may begin before it; what a later one knew of an
    earlier one counts. `goal` is what each is held against, `noun` what a window is called. `delays` is the curve of
    the week's labels, None without.
    """
    standing = _standing(judged)
    told = [_entry(each, standing) for each in judged]
    ours = [each for each in judged if week.start <= each.start < week.end]
    days = [entry for entry, each in zip(told, judged, strict=True) if week.start <= each.start < week.end]
    states = Counter(entry["state"] for entry in days)
    counts = {state: states[state] for state in ("met", "breached", "unknown")}
    right = [_was_right(page, standing) for page in pages if not page.before]
    sent = {"sent": len(right), "right": right.count(True), "wrong": right.count(False), "open": right.count(None)}
    sent["went_on"] = len(pages) - len(right)
    findings = [{"day": each.day, "reason": str(found["reason"])} for each in ours for found in each.findings]
    slices = _ladder(ours)
    return {
        "noun": noun,
        "objective": goal.value,
        "metric": goal.metric.value,
        "unit": goal.unit,
        "sentence": _sentence(counts, sent, len(findings), slices, noun),
        "counts": counts,
        "pages": sent,
        "days": days,
        "shown": told[-SHOWN:],
        "findings": findings[:DETAILS_KEPT],
        "finding_count": len(findings),
        "slices": slices,
        "delays": _sampled(delays) if delays else None,
    }


def _standing(judged: Sequence[Judged]) -> dict[datetime, dict[str, Any]]:
    """How each window stands by the newest evaluation that knows it."""
    found: dict[datetime, dict[str, Any]] = {}
    for each in judged:
        own = {"value": each.value, "state": each.state, "labels": each.labels, "rows": each.rows}
        found[each.start] = own
        for entry in each.trend:
            found[datetime.fromisoformat(entry["start"])] = {key: entry[key] for key in own}
    return found


def _entry(each: Judged, standing: Mapping[datetime, Mapping[str, Any]]) -> dict[str, Any]:
    """A window: what was expected, and what turned out. The value is kept only where enough labels are in."""
    now, expected = standing[each.start], each.estimate or {}
    value = now["value"] if now["state"] != "unknown" else None
    low, high = expected.get("low"), expected.get("high")
    within = None if value is None or low is None or high is None else bool(low <= value <= high)
    return {
        "start": each.start.isoformat(),
        "day": each.day,
        "state": now["state"],
        "value": value,
        "rows": now["rows"],
        "labels": now["labels"],
        "expected": expected.get("value"),
        "low": low,
        "high": high,
        "risk": expected.get("risk"),
        "within": within,
        "median_hours": each.delays.get("median_hours"),
        "p90_hours": each.delays.get("p90_hours"),
    }


def _was_right(page: Paged, standing: Mapping[datetime, Mapping[str, Any]]) -> bool | None:
    """By the metric where it is known, else by what people said; None while neither tells."""
    state = standing.get(page.window, {}).get("state") if page.window else None
    if state in ("met", "breached"):
        return bool(state == "breached")
    return False if page.noise else None


def _ladder(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Every slice that was told, once, in the window in which it was furthest from its usual; the worst first."""
    worst: dict[str, dict[str, Any]] = {}
    for each in judged:
        for found in each.slices:
            if found.get("value") is None or not (found.get("worse") or found.get("tracked")):
                continue
            kept = worst.get(found["name"])
            if kept is None or slice_shortfall(found) > slice_shortfall(kept):
                worst[found["name"]] = {**found, "day": each.day}
    return sorted(
        worst.values(), key=lambda found: (not found.get("worse"), -slice_shortfall(found), found["name"])
    )


def _sampled(found: Curve) -> dict[str, Any] | None:
    """The curve at some hours, evenly from 0 to the longest; None with too few labels for one."""
    if len(found.hours) < MINIMUM_DELAYS:
        return None
    longest = float(found.hours[-1])
    hours = [longest * i / CURVE_POINTS for i in range(CURVE_POINTS + 1)]
    share = [float(value) for value in found.within(np.asarray(hours))]
    return {"hours": hours, "share": share, "median": found.hours_until(0.5), "ever": found.ever}


def _sentence(
    counts: Mapping[str, int],
    pages: Mapping[str, int],
    findings: int,
    slices: Sequence[Mapping[str, Any]],
    noun: str,
) -> str:
    if not sum(counts.values()):
        return "Nothing was evaluated this week."
    parts = [_verdicts(counts, noun), _pages(pages), _found(findings)]
    worst = slices[0] if slices and slices[0].get("worse") else None
    if worst:
        usual = "" if worst["usual"] is None else f", usually {slice_written(worst, worst['usual'])}"
        by = slice_found_by(worst)
        how = f"on {worst['day']}: it {by}" if by else f"with {slice_figure(worst)} on {worst['day']}{usual}"
        parts.append(f"the worst slice was {worst['name']} {how}")
    return "; ".join(parts) + "."


def _verdicts(counts: Mapping[str, int], noun: str) -> str:
    """`The objective was met on 5 days, missed on 1 and not judged on 1`; whoever reads it sees every number."""
    if not counts["met"] and not counts["breached"]:
        return f"No {noun} could be judged: too few labels are in for {plural(counts['unknown'], noun)}"
    text = f"The objective was met on {plural(counts['met'], noun)} and missed on {counts['breached'] or 'none'}"
    return f"{text}, with {counts['unknown']} not judged" if counts["unknown"] else text


def _pages(pages: Mapping[str, int]) -> str:
    went_on = f"{plural(pages['went_on'], 'earlier alert')} went on"
    if not pages["sent"]:
        return f"no new page was sent while {went_on}" if pages["went_on"] else "no page was sent"
    told = [(pages["right"], "right"), (pages["wrong"], "wrong"), (pages["open"], "not known yet")]
    known = ", ".join(f"{number} {word}" for number, word in told if number)
    return f"{plural(pages['sent'], 'page')} sent ({known})" + (f", and {went_on}" if pages["went_on"] else "")


def _found(findings: int) -> str:
    return plural(findings, "data finding") if findings else "nothing unusual in the data"
