"""drop columns that nobody reads."""

import sqlalchemy as sa
from alembic import op

from core.db import base

revision = "453c087bb001"
down_revision = "fc104e7a4101"
branch_labels = None
depends_on = None

DROPPED = (
    ("alert_verdict", "withdrawn_by"),
    ("alerting_policy", "made_by"),
    ("calendar_copy", "problem_since"),
    ("handoff", "edited_at"),
    ("scored_verdict", "scored_at"),
    ("shadow_step", "asked_at"),
    ("swap", "asked_at"),
)
"""What a person did and when is in the audit trail."""


def upgrade() -> None:
    for table, column in DROPPED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)


def downgrade() -> None:
    """What was in them is not known any more."""
    for table, column in DROPPED:
        kind = sa.String() if column.endswith("_by") else base.UtcDateTime()
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, kind, nullable=True))
