"""Handoffs and incident reports: accepting, editing, searching, and taking them along as Markdown."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.escape import inline
from bot.slack.ids import Action, Callback, Field
from bot.slack.listeners import named
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.upload import upload
from bot.slack.views import handoff as views
from bot.slack.views import incident
from bot.slack.views.parts import context, menu_button, plural, section, when
from core.config.rotation import Rotation
from core.oncall import store as oncall
from core.oncall.handoff import draft
from core.oncall.tables import ShiftHandoff
from core.tickets import store as tickets
from core.tickets.incident import Parts
from workflows import hand_off, incident_report
from workflows import reports as archive
from workflows.facts.shift import gather
from workflows.reports import Document
from workflows.rota import on_call

GONE = "There is no such handoff."
NO_BUG = "There is no such bug."
NO_REPORT = "Nobody has written an incident report of this bug yet."
KEPT = timedelta(days=730)
"""How far back a search in Slack looks; `goldilocks reports` knows them all."""
FOUND = 10


async def accept(request: Request) -> None:
    await request.decide(
        lambda session: hand_off.accept(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


async def edit(request: Request) -> None:
    found = await request.deps.database.fetch(lambda session: oncall.handoff(session, request.number))
    if found is None:
        await request.tell(Rendered(GONE))
    else:
        await request.open(views.form(found))


async def edited(request: Request) -> None:
    values, handoff_id = inbound.entered(request.body), request.form_number
    texts = (values.get(Field.SUMMARY, ""), values.get(Field.WATCH, ""))
    config, person, actor, now = request.deps.config, request.person, request.actor, request.now
    await request.decide(lambda session: hand_off.edit(session, config, handoff_id, texts, person, actor, now))


async def write(request: Request) -> None:
    await write_about(request, request.number)


async def write_about(request: Request, ticket_id: int) -> None:
    """The form of an incident report, filled with what is known."""
    ready = await request.deps.database.fetch(lambda s: incident_report.prepare(s, ticket_id))
    if ready is None:
        await request.tell(Rendered(NO_BUG))
        return
    ticket, parts = ready
    named = Parts(**{name: request.people.named(text) for name, text in vars(parts).items()})
    await request.open(incident.form(ticket, named))


async def written(request: Request) -> None:
    values, ticket_id = inbound.entered(request.body), request.form_number
    fields = (Field.HAPPENED, Field.IMPACT, Field.CAUSE, Field.FIX, Field.FOLLOW_UP)
    parts = Parts(*(values.get(name, "") for name in fields))
    config, person, actor, now = request.deps.config, request.person, request.actor, request.now
    await request.decide(
        lambda session: incident_report.write(session, config, ticket_id, parts, person, actor, now)
    )


async def export(request: Request) -> None:
    """The report of a shift as a file, in its thread."""
    await _share(request, lambda session: archive.handoff(session, request.deps.config, request.number), GONE)


async def export_report(request: Request) -> None:
    """The incident report of a bug as a file, in its thread."""
    await _share(
        request, lambda session: archive.incident(session, request.deps.config, request.number), NO_REPORT
    )


async def _share(request: Request, find: Callable[[Session], Document | None], missing: str) -> None:
    document = await request.deps.database.fetch(find)
    channel = inbound.channel_of(request.body)
    if document is None or channel is None:
        await request.tell(Rendered(missing))
        return
    thread = inbound.thread_of(request.body) or (request.body.get("message") or {}).get("ts")
    content = document.text.encode()
    await upload(request.client, document.name, content, document.title, channel=channel, thread=thread)


async def reports(request: Request, args: str) -> None:
    """Reports of shifts and bugs that hold every word, newest first; `handoff 12` and `bug 3` show that one."""
    config, now = request.deps.config, request.now
    kind, _, number = args.strip().lower().partition(" ")
    if kind in (archive.HANDOFF, archive.BUG) and (wanted := inbound.number_in(number)) is not None:
        shown = await request.deps.database.fetch(lambda session: _whole(session, request, kind, wanted))
        await request.tell(shown or Rendered(f"No report of {kind} {wanted} was kept."))
        return

    def work(session: Session) -> list[Document]:
        return archive.search(archive.every(session, config, now - KEPT, now + timedelta(days=1)), args)

    found = await request.deps.database.fetch(work)
    about = f" about “{inline(args, 80)}”" if args.strip() else ""
    if not found:
        await request.tell(Rendered(f"No report{about} was kept in the last two years."))
        return
    lines = [_found(each) for each in found[:FOUND]]
    more = [context(f"… and {plural(len(found) - FOUND, 'more report')}; add words to narrow it down.")]
    head = section(f"*{plural(len(found), 'report')}{about}*, newest first")
    await request.tell(Rendered("Reports", [head, *lines, *(more if len(found) > FOUND else [])]))


def _found(document: Document) -> Json:
    """A report in a list, with the button that shows it."""
    text = f"{when(document.at, '{date_short_pretty}')}  {inline(document.title, 250)}"
    name = document.key.replace(" ", "-")
    return section(text, menu_button("Show", name, f"/oncall reports {document.key}"))


def _whole(session: Session, request: Request, kind: str, number: int) -> Rendered | None:
    """A report as its thread shows it, without the buttons that belong there."""
    people, team = request.people, request.deps.config.team
    if kind == archive.BUG:
        written = tickets.incident_report(session, number)
        return _without_buttons([incident.message(written, people)]) if written else None
    found = oncall.handoff(session, number)
    if found is None:
        return None
    rotation = next((each for each in team.rotations if each.id == found.rotation), None)
    return _without_buttons([views.message(found, rotation, people), views.report(found, people, alone=False)])


def _without_buttons(parts: list[Rendered]) -> Rendered:
    blocks = [block for part in parts for block in part.blocks if block["type"] != "actions"]
    return Rendered(parts[0].text, blocks)


async def preview(request: Request, args: str) -> None:
    """What the report of each running shift, or of one in the rotation that is named, would say if it ended now."""
    now, wanted = request.now, await named.rotations(request, args, "/oncall handoff")

    def work(session: Session) -> list[Json]:
        return [
            block
            for rotation in wanted
            for block in views.report(_running(session, request, rotation, now), request.people).blocks
        ]

    if wanted:
        await request.tell(Rendered("The running shifts", await request.deps.database.fetch(work)))


def _running(session: Session, request: Request, rotation: Rotation, now: datetime) -> ShiftHandoff:
    """The handoff that the running shift would get; it is not stored."""
    duty = on_call(session, request.deps.config, rotation.id, now)
    report = draft(gather(session, request.deps.config, rotation, duty.start, now))
    return ShiftHandoff(
        rotation=rotation.id,
        layer=duty.layer or rotation.id,
        shift_start=duty.start,
        shift_end=now,
        outgoing=duty.primary or "",
        incoming="",
        report=report,
        summary=f"{rotation.title}, so far: {report['headline']}",
        watch="",
        created_at=now,
    )


ACTIONS: dict[str, Handler] = {
    Action.ACCEPT_HANDOFF: accept,
    Action.EDIT_HANDOFF: edit,
    Action.EXPORT_HANDOFF: export,
    Action.WRITE_REPORT: write,
    Action.EXPORT_REPORT: export_report,
}
SUBMISSIONS: dict[str, Handler] = {Callback.EDIT_HANDOFF: edited, Callback.INCIDENT_REPORT: written}
