"""Which slices of a pipeline have data checks of their own, and how what they find is said."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.config.pipeline import Pipeline
from core.evaluation.finding import Finding
from core.evaluation.log.prediction_log import PredictionLogReader, Value, Where
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window, windows_until

LOOKED_AT = 28
"""Windows whose commonest values are the slices of an attribute."""
BACKFILL = 60
"""Windows of the past that are summarised of a slice that is new."""
NAMED = 3
"""Slices that one finding names."""


@dataclass(frozen=True)
class SliceSeen:
    """A slice's summary of a window. `whole` is how many rows the whole window had when it was made, so that one
    that got late rows since is known; `findings` are what the slice's own checks found, told or not."""

    summary: WindowSummary
    whole: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Slice:
    """A sub-population whose columns are summarised. `rows` holds, by the start of each stored window, how many rows
    the whole had when the slice was summarised; `seen` the stored windows, oldest first, where they were read."""

    where: Where
    rows: Mapping[datetime, int] = field(default_factory=dict)
    seen: Sequence[SliceSeen] = ()

    @property
    def key(self) -> str:
        return key_of(self.where)

    @property
    def name(self) -> str:
        """As a sentence names it."""
        return " and ".join(
            f"{name} is {'missing' if value is None else value}" for name, value in self.where.items()
        )


def key_of(where: Where) -> str:
    """What a slice is stored under: the same for the same attributes and values in any order."""
    return json.dumps(dict(where), sort_keys=True, ensure_ascii=False)


def wanted(
    reader: PredictionLogReader,
    pipeline: Pipeline,
    window: Window,
    tracked: Iterable[Where],
    stored: Iterable[str],
) -> list[Where]:
    """The slices that the pipeline asks for: of each attribute those that are `stored` already and, until there are
    `largest` of them, the commonest values; then those that people track. Raises LogError."""
    asked = pipeline.slice_checks
    known = [json.loads(key) for key in stored]
    found: dict[str, Where] = {}
    for name in asked.by:
        kept = [where for where in known if list(where) == [name]][: asked.largest]
        if len(kept) < asked.largest:
            windows = windows_until(pipeline.evaluation, window, LOOKED_AT)
            common = reader.commonest(name, windows, asked.largest)
            kept += [{name: value} for value, _ in common if _plain(value)]
        unique = {key_of(where): where for where in kept}
        found |= dict(list(unique.items())[: asked.largest])
    if asked.tracked:
        features = pipeline.predictions.features
        found |= {key_of(where): where for where in tracked if where and all(name in features for name in where)}
    return list(found.values())


def _plain(value: Value) -> bool:
    """A value that JSON gives back as it was."""
    return value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and value == value)


def backfilled(wholes: Mapping[datetime, int]) -> int:
    """How many windows up to the newest a slice that is new is summarised of."""
    return min(BACKFILL, max(1, len(wholes)))


def spoken(found: Sequence[tuple[Slice, Finding]], told: Sequence[Finding], watched: int) -> tuple[Finding, ...]:
    """One finding for what several slices show alike, without what the whole shows: of the same columns, of those that
    make the slice, or of the rows when something is wrong with the rows of the whole."""
    whole = {name for each in told for name in each.columns or ("",)}
    alike: dict[tuple[object, ...], list[tuple[Slice, Finding]]] = {}
    for each, finding in found:
        if not whole & {*(finding.columns or ("",)), *each.where}:
            same = (finding.check, finding.columns, finding.kind, finding.direction)
            alike.setdefault(same, []).append((each, finding))
    said = [_as_one(few, watched) for few in alike.values()]
    return tuple(sorted(said, key=lambda finding: -finding.score))


def _as_one(found: list[tuple[Slice, Finding]], watched: int) -> Finding:
    """The gravest, with the names of all."""
    found = sorted(found, key=lambda pair: -pair[1].score)
    names = [each.name for each, _ in found]
    first = found[0][1]
    reason = f"Where {names[0]}: {first.reason}"
    if len(names) > 1:
        others = "; ".join(names[1:NAMED]) + (f"; and {len(names) - NAMED} more" if len(names) > NAMED else "")
        reason += f" The same where {others} ({len(names)} of {watched} slices)."
    return replace(first, reason=reason, where=tuple(each.where for each, _ in found))
