"""Columns that hold the id of somebody or something that the YAML declares say so here, so that it can be renamed in
all of them at once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy.orm import mapped_column


class Kind(StrEnum):
    """What the YAML gives ids to that rows are kept under."""

    PERSON = "person"
    ROTATION = "rotation"
    POLICY = "policy"


@dataclass(frozen=True)
class Named:
    """A column that holds ids of this kind, each behind `prefix`: in every row, or in those that have one of `values`
    in the column `where` (without `values`, the same id)."""

    kind: Kind
    prefix: str = ""
    where: str = ""
    values: tuple[str, ...] = ()


NAMES, MENTIONS = "names", "mentions"
"""The keys of a column's `info`: what it names as a whole, and whether people are named within it."""


def naming(*named: Named) -> dict[str, Any]:
    """The `info` of a column that holds ids of any of these."""
    return {NAMES: named}


PersonId = Annotated[str, mapped_column(info=naming(Named(Kind.PERSON)))]
RotationId = Annotated[str, mapped_column(info=naming(Named(Kind.ROTATION)))]
PolicyId = Annotated[str, mapped_column(info=naming(Named(Kind.POLICY)))]

ABOUT_PEOPLE: dict[str, Any] = {MENTIONS: True}
"""The `info` of a text in which people are `{person:ID}`, or of JSON that has such texts, or their ids, as values."""
