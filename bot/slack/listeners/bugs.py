"""The forms of bugs, and the buttons of their messages."""

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.escape import unescape
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import ticket as views
from core.tickets import store
from core.tickets.draft import TicketDraft
from core.tickets.tables import TicketStatus
from workflows import file_bug as workflow
from workflows.retention.forgotten import forgotten

GONE = "There is no such bug."
NO_ALERT = "This alert is gone."
SHOWN_EVENTS = 15


async def from_alert(request: Request) -> None:
    await about_group(request, request.number)


async def about_group(request: Request, group_id: int) -> None:
    """The form, filled with what the alert and its evidence say; or the bug, where it is filed already."""
    config = request.deps.config
    filed = await request.deps.database.fetch(lambda session: _filed(session, request, group_id))
    if filed is not None:
        await request.open(filed)
        return
    draft = await request.deps.database.fetch(lambda s: workflow.draft_from_group(s, config, group_id))
    if draft is None:
        gone = await request.deps.database.fetch(lambda s: forgotten(s, config, group_id))
        await request.tell(Rendered(gone or NO_ALERT))
        return
    start = views.Prefilled(draft.title, draft.description, draft.pipeline, draft.severity, draft.symptom)
    await form(request, start, str(group_id))


def _filed(session: Session, request: Request, group_id: int) -> Json | None:
    """The bug that the alert has already, so that nobody fills in a form for nothing."""
    ticket = store.open_of_group(session, group_id)
    if ticket is None:
        return None
    pipeline = request.deps.config.pipelines.get(ticket.pipeline or "")
    return views.filed(ticket, request.deps.address(session, ticket.message), request.people, pipeline)


async def from_message(request: Request) -> None:
    """The form, filled with a message that somebody posted."""
    text = unescape(str((request.body.get("message") or {}).get("text") or ""))
    await form(request, views.Prefilled(text.split("\n")[0], text))


async def form(request: Request, start: views.Prefilled, data: str = "") -> None:
    pipelines = [(each.pipeline, each.title) for each in request.deps.config.pipelines.values()]
    await request.open(views.form(start, pipelines, data))


async def submitted(request: Request) -> None:
    """File it; what is wrong is said next to the field, and the form stays."""
    config, draft = request.deps.config, _draft(request)
    decision, ticket = await request.run(
        lambda session: workflow.file_bug(session, config, draft, request.person, request.actor, request.now)
    )
    if ticket is None:
        request.errors = workflow.errors_of(draft, config) if decision.reason == "invalid_draft" else {}
        if not request.errors:
            await request.refuse(decision.detail)


def _draft(request: Request) -> TicketDraft:
    values = inbound.entered(request.body)
    return TicketDraft(
        title=values.get(Field.TITLE, ""),
        description=values.get(Field.DESCRIPTION, ""),
        pipeline=values.get(Field.PIPELINE),
        severity=values.get(Field.SEVERITY, ""),
        symptom=values.get(Field.SYMPTOM, ""),
        group_id=request.form_number if inbound.metadata(request.body) else None,
    )


async def start(request: Request) -> None:
    await change(request, request.number, TicketStatus.IN_PROGRESS)


async def reopen(request: Request) -> None:
    await change(request, request.number, TicketStatus.OPEN)


async def close(request: Request) -> None:
    await closing(request, request.number)


async def closing(request: Request, ticket_id: int, resolution: str = "") -> None:
    """The form that closes a bug, with what was said of it."""
    ticket = await request.deps.database.fetch(lambda session: store.get(session, ticket_id))
    if ticket is None:
        await request.tell(Rendered(GONE))
    else:
        await request.open(views.closing(ticket, resolution))


async def closed(request: Request) -> None:
    ticket_id = request.form_number
    resolution = inbound.entered(request.body).get(Field.RESOLUTION, "")
    await change(request, ticket_id, TicketStatus.CLOSED, resolution)


async def change(request: Request, ticket_id: int, status: TicketStatus, resolution: str = "") -> bool:
    """Move a bug on; whether that was done. Who may not is told."""
    config, person, actor, now = request.deps.config, request.person, request.actor, request.now
    return await request.decide(
        lambda session: workflow.change_status(session, config, ticket_id, status, person, actor, now, resolution)
    )


ACTIONS: dict[str, Handler] = {
    Action.FILE_BUG: from_alert,
    Action.START_TICKET: start,
    Action.REOPEN_TICKET: reopen,
    Action.CLOSE_TICKET: close,
}
SUBMISSIONS: dict[str, Handler] = {Callback.FILE_BUG: submitted, Callback.CLOSE_TICKET: closed}
SHORTCUTS: dict[str, Handler] = {Callback.MESSAGE_FILE_BUG: from_message}
