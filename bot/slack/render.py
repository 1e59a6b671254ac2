"""From an outbox row to its message, drawn from the state as it is now."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.rendered import Rendered
from bot.slack.views import alert, note, page
from bot.slack.views.people import People
from core.alerts import store as alerts
from core.audit.tables import AuditEntry
from core.config.load import Config
from core.oncall import store as oncall
from core.oncall.tables import Page
from core.outbox.tables import OutboxRow

View = Callable[[Session, int], Rendered | None]


class Renderer:
    """Draws every kind of message; None when its subject is gone."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._people = People(config.team)
        self._views: Mapping[str, View] = {
            "alert_group": self._alert_group,
            "page": self._page,
            "note": self._note,
        }

    def render(self, session: Session, row: OutboxRow) -> Rendered | None:
        """The message of a row; raises LookupError for a kind that nobody draws."""
        return self._views[row.kind](session, int(row.subject))

    def _alert_group(self, session: Session, group_id: int) -> Rendered | None:
        group = alerts.get(session, group_id)
        return alert.message(load.group_state(session, self._config, group), self._people) if group else None

    def _page(self, session: Session, notification_id: int) -> Rendered | None:
        notification = oncall.notification(session, notification_id)
        page_ = session.get(Page, notification.page_id) if notification else None
        group = alerts.get(session, page_.group_id) if page_ else None
        return page.message(notification, group, self._people) if notification and group else None

    def _note(self, session: Session, entry_id: int) -> Rendered | None:
        entry = session.get(AuditEntry, entry_id)
        return note.message(entry, self._people) if entry else None
