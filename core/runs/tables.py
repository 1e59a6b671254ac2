"""Durable runs that were asked for, the replicas that perform them, and how far old rows are deleted."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import Kind, Named, naming

BY_ROTATION = tuple(Named(Kind.ROTATION, prefix) for prefix in ("check_rota:", "shadow:"))
"""The schedules that every rotation has."""


class RunStatus(StrEnum):
    REQUESTED = "requested"
    FINISHED = "finished"
    FAILED = "failed"


class Run(Base):
    """A request that a workflow be run once. `id` is the workflow's id (`evaluate:flights:2013-05-01`),
    so that asking twice is harmless."""

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_status", "status"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    requested_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=RunStatus.REQUESTED)
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]


class Firing(Base):
    """The last instant at which a schedule fired."""

    __tablename__ = "firing"

    schedule: Mapped[str] = mapped_column(primary_key=True, info=naming(*BY_ROTATION))
    last_at: Mapped[datetime]


class Replica(Base):
    """A process that performs runs, by its stable name, and when it last said that it lives.

    `config` is the digest of its YAML, and `config_since` when that came into service, in whichever replica.
    """

    __tablename__ = "replica"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    config: Mapped[str] = mapped_column(default="", server_default="")
    config_since: Mapped[datetime | None]


class Sweep(Base):
    """How far the deletion of one kind of old rows is. `reached` is the id up to which the running round has looked;
    without `began_at` none runs. `lately` counts what its last round deleted, `deleted` all rounds."""

    __tablename__ = "sweep"

    name: Mapped[str] = mapped_column(primary_key=True)
    reached: Mapped[int] = mapped_column(BigInteger, default=0)
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    lately: Mapped[int] = mapped_column(BigInteger, default=0)
    deleted: Mapped[int] = mapped_column(BigInteger, default=0)
