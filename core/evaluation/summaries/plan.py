"""How a pipeline's columns are summarised: fixed once from reference rows, so that windows stay comparable."""

from dataclasses import dataclass, field
from typing import Any

from core.evaluation.summaries.summary import ValueKind


@dataclass(frozen=True)
class ColumnPlan:
    """How one column is read.

    Numbers: `center` and `scale` are the reference's median and spread, `edges` the rising inner edges of the
    histogram's bins. Texts: `known` are the reference's commonest values, the commonest first.
    """

    kind: ValueKind
    type: str
    center: float = 0.0
    scale: float = 1.0
    edges: tuple[float, ...] = ()
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The columns by name, and the pairs of columns whose joint behaviour is kept."""

    columns: dict[str, ColumnPlan] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold; `from_json` reads them back."""
        import msgspec

        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Plan":
        """What `as_json` made. Raises msgspec.ValidationError when it is something else."""
        import msgspec

        return msgspec.convert(stored, cls)
