"""The question to whoever holds a page for long: are you still on it?"""

from bot.slack.escape import inline
from bot.slack.ids import Action
from bot.slack.rendered import Rendered
from bot.slack.views.alert import COLORS, holder
from bot.slack.views.page_call import facts
from bot.slack.views.parts import actions, button, context, menu_button, section, when
from bot.slack.views.people import People
from bot.slack.views.state import GroupState
from core.alerts.tables import GroupStatus
from core.audit.tables import AuditEntry
from core.oncall.tables import Page, PageStatus


def message(entry: AuditEntry, page: Page, state: GroupState, address: str | None, people: People) -> Rendered:
    """The question with its buttons while it is open, in the colour of its alert group; then what came of it."""
    group = state.group
    title, color = inline(group.title), COLORS[GroupStatus(group.status)]
    about = context(facts(state, address, people))
    if page.status != PageStatus.HELD or page.asked != entry.id:
        fires = group.status == GroupStatus.FIRING
        outcome = "Nobody holds it any more, so it calls again." if fires else holder(state, people)
        text = f"You were asked whether you are still on it: {title}"
        return Rendered(text, [section(f"*{text}*"), about, context(outcome)], color)
    buttons = actions(
        f"page-question:{entry.id}",
        button("I am still on it", Action.STILL_ON_IT, group.id, style="primary"),
        None if group.is_storm else button("Resolve", Action.RESOLVE, group.id),
        menu_button("Give back", "give-back", f"/alerts unack {group.id}"),
        button("Details", Action.ALERT_DETAILS, group.id),
    )
    since = f" You have held it since {when(group.acknowledged_at)}." if group.acknowledged_at else ""
    text = f"Are you still on it? {title}"
    held = context(f"Nothing was done about it for a while.{since}")
    return Rendered(text, [section(f"*{text}*\n{after(page)}"), about, held, buttons], color)


def after(page: Page) -> str:
    """What comes of an open question that nobody answers."""
    return f"Without an answer it calls again, from the first step, at {when(page.due_at)}."
