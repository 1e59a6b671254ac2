"""Pages whose step cannot be taken keep no other page waiting, and somebody hears of them."""

from sqlalchemy import select, text
from structlog.testing import capture_logs

from core.alerts.tables import AlertGroup
from core.db.database import Database
from core.oncall.tables import Page
from tests.oncall_support import T0, add_group, config, minutes
from workflows.escalate import open_page
from workflows.step_pages import TRY_AGAIN, step_due


def test_a_page_that_breaks_keeps_no_other_from_its_step_and_is_told(sqlite_database: Database) -> None:
    now = T0 + minutes(15)
    with sqlite_database.write() as session:
        cursed, well = (add_group(session, key=key, revision=1, told_at=T0) for key in ("one", "two"))
        for group in (cursed, well):
            open_page(session, config(), group, T0)
        session.execute(text("UPDATE alert_group SET labels = '{half a row' WHERE id = :id"), {"id": cursed.id})
    with sqlite_database.write() as session, capture_logs() as logs:
        assert step_due(session, config(), now) == 1
    with sqlite_database.read() as session:
        steps = {page.group_id: (page.step, page.due_at) for page in session.scalars(select(Page))}
        query = select(AlertGroup.severity, AlertGroup.summary).where(AlertGroup.title.contains("cannot call"))
        severity, summary = session.execute(query).one()
    assert steps[cursed.id] == (0, now + TRY_AGAIN), "it is tried again soon"
    assert steps[well.id][0] == 1
    assert severity == "critical"
    assert f"alert {cursed.id} could not be taken: JSONDecodeError" in summary
    assert [each["log_level"] for each in logs] == ["error"]
