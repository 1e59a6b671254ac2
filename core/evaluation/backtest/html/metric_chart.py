"""The metric over time: what was estimated, what came true, and the objective."""

from collections.abc import Sequence
from itertools import chain

from core.evaluation.backtest.html.markup import tag, text, void
from core.evaluation.backtest.html.plot import (
    HIGH,
    Scale,
    band,
    coarse,
    dots,
    framed,
    in_a_point,
    level,
    line,
    scale_of,
)
from core.evaluation.backtest.html.sight import Sight, State
from core.evaluation.backtest.objective import Objective


def metric_chart(sights: Sequence[Sight], objective: Objective) -> str:
    """Estimates as a line in their interval, realized values as dots, misses among them marked, pages as ticks."""
    windows = [each.window for each in sights]
    scale = _scale(sights, objective)
    estimates = [w.estimate for w in windows]
    middle = [None if e is None else (scale.x(i), scale.y(e.value)) for i, e in enumerate(estimates)]
    around = [
        None if e is None else (scale.x(i), scale.y(e.high), scale.y(e.low)) for i, e in enumerate(estimates)
    ]
    real = [None if w.realized is None else (scale.x(i), scale.y(w.realized.value)) for i, w in enumerate(windows)]
    missed = [w.realized is not None and objective.missed_by(w.realized.value) for w in windows]
    kept = [None if bad else point for point, bad in zip(real, missed, strict=True)]
    lost = [point for point, bad in zip(real, missed, strict=True) if point and bad]
    drawn = [
        _pages(sights, scale),
        band(around, "interval"),
        level(scale, objective.value, "objective"),
        line(middle, "estimate"),
        dots([point for point in coarse(kept) if point], "kept"),
        dots(lost, "lost"),
    ]
    told = f"{sum(map(bool, real))} realized, {len(lost)} missed the objective"
    said = f"{objective.metric.spoken} of {len(windows)} windows: {told}"
    starts = [w.start for w in windows]
    return (
        framed(drawn, scale, starts, said, written=objective.metric.written, class_="tall")
        + _legend(any(estimates), bool(lost), objective)
        + _gathered(len(windows))
    )


def _gathered(count: int) -> str:
    """Of very many windows, that they are not drawn one by one."""
    size = in_a_point(count)
    said = (
        f"Each point is the mean of {size} windows in a row; those that missed the objective are drawn one by one."
    )
    return tag("p", text(said), class_="quiet-note") if size > 1 else ""


def _scale(sights: Sequence[Sight], objective: Objective) -> Scale:
    estimated = chain.from_iterable((e.low, e.high) for each in sights if (e := each.window.estimate))
    realized = (each.window.realized.value for each in sights if each.window.realized)
    share = objective.metric.share
    return scale_of(
        [*estimated, *realized, objective.value], len(sights), 0.0 if share else None, 1.0 if share else None
    )


def _pages(sights: Sequence[Sight], scale: Scale) -> str:
    """A tick over the whole height wherever somebody would have been woken."""
    states = (State.RIGHT, State.WRONG, State.UNJUDGED)
    return "".join(
        void("path", d=f"M{scale.x(i):.2f} 0V{HIGH:.0f}", class_=f"page {each.state}")
        for i, each in enumerate(sights)
        if each.state in states
    )


def _legend(estimated: bool, lost: bool, objective: Objective) -> str:
    items = [("objective", f"objective, {objective.bound}"), ("kept", "realized")]
    if lost:
        items.append(("lost", "realized, objective missed"))
    if estimated:
        items.append(("estimate", "estimated then, with its 90% interval"))
    return tag(
        "ul", *(tag("li", tag("i", class_=f"key {name}"), text(words)) for name, words in items), class_="legend"
    )
