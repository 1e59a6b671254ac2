"""Alembic's entry: runs the migrations on the connection that `core.db.migrate` hands in."""

from alembic import context

from core.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="base.",
)
with context.begin_transaction():
    context.run_migrations()
