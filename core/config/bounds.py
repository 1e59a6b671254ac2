"""Bounds of columns, set by hand in a pipeline's `checks` or in a file of their own."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, RootModel, model_validator

from core.config.fields import Model


def _as_text(value: Any) -> Any:
    """Values are compared as texts; YAML reads some of them as numbers or as yes and no."""
    return (
        str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, (int, float)) else value
    )


class ColumnBounds(Model):
    """What one column must keep, whatever its past has shown; what is not given is not asked.

    `min` and `max` hold for every finite number, `nulls` is the largest share of missing values (0 to 1), `values`
    are the texts that may occur.
    """

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    nulls: float | None = Field(default=None, ge=0, le=1)
    values: tuple[Annotated[str, BeforeValidator(_as_text)], ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _asks_something_that_can_be(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max")
        if self == type(self).model_construct():
            raise ValueError("no bound is given; give min, max, nulls or values")
        return self


class AllBounds(RootModel[dict[str, ColumnBounds]]):
    """By column."""
