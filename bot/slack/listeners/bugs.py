"""`/bug`, the forms of bugs, and the buttons of their messages."""

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.escape import escape, unescape
from bot.slack.ids import Action, Callback, Field
from bot.slack.inbound import number_in
from bot.slack.listeners.commands import Command, Short, Sub
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import ticket as views
from bot.slack.views.help import Usage
from bot.slack.views.parts import section, when
from core.decision import Decision
from core.tickets import store
from core.tickets.draft import TicketDraft
from core.tickets.report import TicketReport
from core.tickets.tables import Ticket, TicketStatus
from workflows import file_bug as workflow
from workflows.retention.forgotten import forgotten

GONE = "There is no such bug."
NO_ALERT = "This alert is gone."
SHOWN_EVENTS = 15


async def new(request: Request, args: str) -> None:
    """The form, with what was written as the bug's title."""
    await _open(request, views.Prefilled(args))


async def from_alert(request: Request) -> None:
    """The form, filled with what the alert and its evidence say; or the bug, where it is filed already."""
    config, group_id = request.deps.config, request.number
    filed = await request.deps.database.fetch(lambda session: _filed(session, request))
    if filed is not None:
        await request.open(filed)
        return
    draft = await request.deps.database.fetch(lambda s: workflow.draft_from_group(s, config, group_id))
    if draft is None:
        gone = await request.deps.database.fetch(lambda s: forgotten(s, config, group_id))
        await request.tell(Rendered(gone or NO_ALERT))
        return
    start = views.Prefilled(draft.title, draft.description, draft.pipeline, draft.severity, draft.symptom)
    await _open(request, start, str(group_id))


def _filed(session: Session, request: Request) -> Json | None:
    """The bug that the alert has already, so that nobody fills in a form for nothing."""
    ticket = store.open_of_group(session, request.number)
    if ticket is None:
        return None
    pipeline = request.deps.config.pipelines.get(ticket.pipeline or "")
    return views.filed(ticket, request.deps.address(session, ticket.message), request.people, pipeline)


async def from_message(request: Request) -> None:
    """The form, filled with a message that somebody posted."""
    text = unescape(str((request.body.get("message") or {}).get("text") or ""))
    await _open(request, views.Prefilled(text.split("\n")[0], text))


async def _open(request: Request, start: views.Prefilled, data: str = "") -> None:
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
    await request.decide(lambda session: _change(session, request, request.number, TicketStatus.IN_PROGRESS))


async def reopen(request: Request) -> None:
    await request.decide(lambda session: _change(session, request, request.number, TicketStatus.OPEN))


async def close(request: Request) -> None:
    await _close(request, request.number)


async def close_by_hand(request: Request, args: str) -> None:
    """`/bug close ID`."""
    ticket_id = number_in(args)
    if ticket_id is None:
        await request.tell(Rendered("Which bug? Write for example `/bug close 12`."))
    else:
        await _close(request, ticket_id)


async def _close(request: Request, ticket_id: int) -> None:
    ticket = await request.deps.database.fetch(lambda session: store.get(session, ticket_id))
    if ticket is None:
        await request.tell(Rendered(GONE))
    else:
        await request.open(views.closing(ticket))


async def closed(request: Request) -> None:
    ticket_id = request.form_number
    resolution = inbound.entered(request.body).get(Field.RESOLUTION, "")
    await request.decide(lambda session: _change(session, request, ticket_id, TicketStatus.CLOSED, resolution))


def _change(
    session: Session, request: Request, ticket_id: int, status: TicketStatus, resolution: str = ""
) -> Decision:
    return workflow.change_status(
        session,
        request.deps.config,
        ticket_id,
        status,
        request.person,
        request.actor,
        request.now,
        resolution,
    )


async def queue(request: Request, _args: str) -> None:
    def work(session: Session) -> list[views.Entry]:
        return [
            views.Entry(
                each.ticket, each.ranked.priority, each.ranked.reasons, _place(session, request, each.ticket)
            )
            for each in workflow.list_open(session, request.now)
        ]

    await request.tell(views.queue(await request.deps.database.fetch(work), request.people))


def _place(session: Session, request: Request, ticket: Ticket) -> str | None:
    return request.deps.address(session, ticket.message)


async def show(request: Request, args: str) -> None:
    ticket_id = number_in(args)
    if ticket_id is None:
        await request.tell(Rendered("Which bug? Write for example `/bug show 12`."))
        return
    found = await request.deps.database.fetch(lambda session: _story(session, ticket_id))
    if found is None:
        await request.tell(Rendered(GONE))
        return
    ticket, report = found
    drawn = views.message(ticket, request.people)
    lines = [
        f"{when(event.at)}  {request.people.fill(escape(event.what))}" for event in report.timeline[-SHOWN_EVENTS:]
    ]
    alike = " ".join(f"#{one.ticket_id}" for one in report.similar)
    blocks = [
        *drawn.blocks,
        *([section("*What happened*\n" + "\n".join(lines))] if lines else []),
        *([section(f"*Similar bugs*\n{alike}")] if alike else []),
    ]
    await request.tell(Rendered(drawn.text, blocks, drawn.color))


def _story(session: Session, ticket_id: int) -> tuple[Ticket, TicketReport] | None:
    ticket, report = store.get(session, ticket_id), workflow.report(session, ticket_id)
    return (ticket, report) if ticket and report else None


COMMAND = Command(
    "/bug",
    "the bug queue",
    (
        Sub(Usage("new [what is wrong]", "file a bug", "File a bug"), new),
        Sub(Usage("list", "the queue by priority", "Queue"), queue),
        Sub(Usage("show ID", "one bug with its story"), show),
        Sub(Usage("close ID", "say what fixed it"), close_by_hand),
    ),
    bare=new,
    short=Short(lambda _, text: text.lstrip("#").isdecimal(), show),
    other=new,
)

ACTIONS: dict[str, Handler] = {
    Action.FILE_BUG: from_alert,
    Action.START_TICKET: start,
    Action.REOPEN_TICKET: reopen,
    Action.CLOSE_TICKET: close,
}
SUBMISSIONS: dict[str, Handler] = {Callback.FILE_BUG: submitted, Callback.CLOSE_TICKET: closed}
SHORTCUTS: dict[str, Handler] = {Callback.MESSAGE_FILE_BUG: from_message}
