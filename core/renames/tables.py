"""What the YAML declared, as far as it is recognised by it under another id."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base


class KnownName(Base):
    """An id that some YAML declared: what it is recognised by (`mark`), and what it `was` called before.

    What is not declared any more stays, so that it is recognised when it comes back; what was renamed does not.
    """

    __tablename__ = "known_name"

    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]
    was: Mapped[list[Any]] = mapped_column(default=list)
