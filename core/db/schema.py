"""Every table of the house, so that migrations and tests see the whole schema."""

from sqlalchemy import MetaData

import core.alerts.silence_tables
import core.alerts.tables
import core.approvals.tables
import core.audit.tables
import core.changes.tables
import core.evaluation.tables
import core.evaluation.tuning.tables
import core.heartbeats.tables
import core.inbound.tables
import core.models.tables
import core.oncall.calendar_tables
import core.oncall.rota_tables
import core.oncall.tables
import core.outbox.tables
import core.renames.tables
import core.runs.tables
import core.tickets.tables  # noqa: F401
from core.db.base import Base

metadata: MetaData = Base.metadata
