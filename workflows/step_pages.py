"""The steps of pages that are due. One that cannot be taken keeps no other back: somebody hears of it at once, and it
is tried again in a minute."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from core.alerts.severity import Severity
from core.config.load import Config
from core.db.database import is_lost
from core.oncall import store
from core.oncall.tables import Page
from workflows.escalate import step_page
from workflows.failures import in_words
from workflows.own_alerts import STEPPING, raise_own

log = structlog.get_logger(__name__)
TRY_AGAIN = timedelta(minutes=1)


def step_due(session: Session, config: Config, now: datetime) -> int:
    """Take the due step of every page that nobody answered in time; returns how many pages moved.

    After downtime a page moves one step, and the wait of that step counts from now.
    """
    return sum(_step(session, config, page, now) for page in store.due_pages(session, now))


def _step(session: Session, config: Config, page: Page, now: datetime) -> bool:
    try:
        with session.begin_nested():
            return step_page(session, config, page, now)
    except Exception as problem:
        if is_lost(problem):
            raise
        log.exception("page.failed", page=page.id)
        said = f"The next step of the page about alert {page.group_id} could not be taken: {in_words(problem)}"
    page.due_at = now + TRY_AGAIN
    raise_own(session, config, STEPPING, f"page {page.id}", said, now, Severity.CRITICAL)
    return False
