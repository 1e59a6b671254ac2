"""What a change in the data will do to the metric, before its labels come.

The change is made again on past rows whose labels are known, and what the model would have answered is told by a
stand-in that was learned from its answers, those to half of this window too. The difference that this makes to past
windows is the expected effect, and how it varies between them its interval. Where values only lie elsewhere among
those known (a drift), past rows are weighed like the window instead, with the model's own answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.effect.effect import Effect, expected, unknown
from core.evaluation.effect.repeat import repeated
from core.evaluation.effect.stand_in import FAITHFUL, StandIn, half_of, learn_stand_in
from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.measure import metrics
from core.evaluation.estimate.memory import tabled, usable
from core.evaluation.estimate.threads import one_thread
from core.evaluation.finding import Finding, Kind
from core.evaluation.rows import Rows, concat

FEWEST_LABELS, FEWEST_WINDOWS, OF_A_WINDOW = 300, 5, 20
"""Past labels, past windows, and labels of each, from which anything is said."""
LOOKED_AT = 42
"""Windows of the past that effects are learned from."""
MOST_ROWS = 20_000
NOVEL = 0.1
"""With a larger share of values that never were, weighing known ones says nothing."""
TRIFLE = 0.01
ASTRAY = 2.0
"""A stand-in that strays so many times (and TRIFLE) farther from the window than from the past knows nothing of it."""
LEVELS = 20


@dataclass
class Foresight:
    """Foresees effects on one measure. A finding that went on from the window before keeps the effect that it had."""

    measure: Measure
    _before: dict[tuple[str, ...], Effect] = field(default_factory=dict)

    @one_thread()
    def judge(self, found: Sequence[Finding], past: Sequence[Rows], window: Rows) -> list[Finding]:
        """The findings with their expected effect, said at the end of their sentence.

        `past` are windows before, oldest first, with the labels known by now; `window` needs no labels.
        """
        keys = [(finding.check, finding.direction, *finding.columns) for finding in found]
        new = [finding for finding, key in zip(found, keys, strict=True) if key not in self._before]
        seen = _Seen(_of_some_size(past, self.measure) if new else [], window, new)
        effects: dict[tuple[str, ...], Effect] = {}
        for finding, key in zip(found, keys, strict=True):
            effects[key] = self._before[key] if key in self._before else self._effect(finding, seen)
        self._before = effects
        return [_with(finding, effect) for finding, effect in zip(found, effects.values(), strict=True)]

    def _effect(self, finding: Finding, seen: "_Seen") -> Effect:
        name, window, windows = self.measure.spoken, seen.window, seen.past
        columns = [each for each in finding.columns if each in window.features.columns]
        if not finding.columns:
            return unknown(name, "it is about which rows there are, not about what they hold")
        if len(columns) < len(finding.columns):
            return unknown(name, "its columns are not among the features of the window")
        if not len(window):
            return unknown(name, "the window has no rows")
        if len(window) == 1:  # half of a window is taught, the other tested on
            return unknown(name, "the window has a single row")
        if sum(map(len, windows)) < FEWEST_LABELS or len(windows) < FEWEST_WINDOWS:
            return unknown(name, f"fewer than {FEWEST_LABELS} labels of {FEWEST_WINDOWS} past windows are known")
        windows = seen.some
        if finding.kind is Kind.DRIFT and _novel(windows, window, columns) <= NOVEL:
            moved = [self._weighed(rows, window, columns) for rows in windows]
            why = "past rows weighed like the window"
        else:
            stand_in = seen.stand_in
            if stand_in is None or stand_in.faithful < FAITHFUL:
                return unknown(name, "what the model answers cannot be told from its features")
            if stand_in.off_by(half_of(window, 1)) > ASTRAY * stand_in.strays + TRIFLE:
                return unknown(name, "the model answers such values in a way that its past does not show")
            moved = [self._changed(finding, stand_in, rows, window) for rows in windows]
            why = "the change made again on past rows"
        return self._summed(name, np.array([each for each in moved if np.isfinite(each)]), why)

    def _summed(self, name: str, moved: Floats, why: str) -> Effect:
        if len(moved) < FEWEST_WINDOWS:
            return unknown(name, "past windows have too few labels of each class")
        low, high = np.quantile(moved, [0.05, 0.95])
        value = float(moved.mean())
        reason = f"{why}, over {len(moved)} past windows"
        ends = min(float(low), value), max(float(high), value)
        return expected(name, value, *ends, reason, share=self.measure.share)

    def _weighed(self, rows: Rows, window: Rows, columns: Sequence[str]) -> float:
        weight = np.ones(len(rows))
        for name in columns:
            bins, here = _bins(rows.features[name], window.features[name])
            before, now = (np.bincount(each, minlength=LEVELS + 2) / max(len(each), 1) for each in (bins, here))
            weight *= np.clip(now / np.maximum(before, 1e-9), 0, 20)[bins]
        return self._value(rows, weight) - self._value(rows, np.ones(len(rows)))

    def _changed(self, finding: Finding, stand_in: StandIn, rows: Rows, window: Rows) -> float:
        changed = repeated(finding, rows.features, window.features)
        every = np.ones(len(rows))
        after = self._value(stand_in.answers(rows, changed), every)
        return after - self._value(stand_in.answers(rows, rows.features), every)

    def _value(self, rows: Rows, weight: Floats) -> float:
        table = tabled(rows, self.measure, np.zeros((len(rows), 0)))
        return float(metrics(self.measure, rows.task, table.outcome[:, None], weight[:, None], table)[0])


@dataclass(frozen=True)
class _Seen:
    """What one window's `new` findings have in common, each worked out once, whatever many there are."""

    past: Sequence[Rows]
    window: Rows
    new: Sequence[Finding]

    @cached_property
    def some(self) -> list[Rows]:
        return _thinned(self.past)

    @cached_property
    def stand_in(self) -> StandIn | None:
        about = {column for finding in self.new for column in finding.columns}
        return learn_stand_in(concat(self.some), self.window, about)


def _with(finding: Finding, effect: Effect) -> Finding:
    return replace(finding, expected_effect=effect, reason=f"{finding.reason} {effect.sentence}")


def _of_some_size(past: Sequence[Rows], measure: Measure) -> list[Rows]:
    labelled = (_labelled(rows, measure) for rows in past)
    return [rows for rows in labelled if len(rows) >= OF_A_WINDOW]


def _labelled(rows: Rows, measure: Measure) -> Rows:
    kept = usable(rows, measure)
    return kept.where(kept.labelled)


def _thinned(windows: Sequence[Rows]) -> list[Rows]:
    """At most about MOST_ROWS in all, every n-th row of each window."""
    step = -(-sum(map(len, windows)) // MOST_ROWS)
    if step <= 1:
        return list(windows)
    return [rows.where(pd.Series(np.arange(len(rows)) % step == 0, index=rows.at.index)) for rows in windows]


def _novel(windows: Sequence[Rows], window: Rows, columns: Sequence[str]) -> float:
    """The largest share of a column's values in the window that no past one had: a text, a null, a far number."""
    shares = []
    for name in columns:
        past, now = pd.concat([rows.features[name] for rows in windows]), window.features[name]
        if pd.api.types.is_numeric_dtype(past) and pd.api.types.is_numeric_dtype(now):
            odd = (now < past.min()) | (now > past.max())
        else:
            odd = now.notna() & ~now.astype(str).isin(set(past.dropna().astype(str)))
        shares.append(float((odd | (now.isna() & (not past.isna().any()))).mean()))
    return max(shares)


def _bins(past: "pd.Series[Any]", window: "pd.Series[Any]") -> tuple[Ints, Ints]:
    """Both as numbers of bins: tenths of the past or its commonest texts; the last two are the rest and missing."""
    if pd.api.types.is_numeric_dtype(past) and pd.api.types.is_numeric_dtype(window):
        known = past.dropna().to_numpy(float)
        edges = np.unique(np.quantile(known, np.linspace(0.1, 0.9, 9))) if len(known) else np.zeros(0)
        return _placed(past, edges), _placed(window, edges)
    common = past.dropna().astype(str).value_counts().index[:LEVELS]
    codes = {str(level): code for code, level in enumerate(common)}
    return _coded(past, codes), _coded(window, codes)


def _placed(values: "pd.Series[Any]", edges: Floats) -> Ints:
    place = np.searchsorted(edges, values.to_numpy(float, na_value=np.nan), side="right")
    return np.where(values.isna().to_numpy(), LEVELS + 1, place).astype(np.int64)


def _coded(values: "pd.Series[Any]", codes: dict[str, int]) -> Ints:
    place = values.astype(str).map(codes).fillna(LEVELS).to_numpy(float)
    return np.where(values.isna().to_numpy(), LEVELS + 1, place).astype(np.int64)
