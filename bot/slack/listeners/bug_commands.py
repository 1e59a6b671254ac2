"""`/bug`: the queue, one bug, and everything that can be done about it by typing."""

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.slack.escape import code, escape
from bot.slack.inbound import number_among, number_in
from bot.slack.listeners import bugs, handoffs, named
from bot.slack.listeners.bugs import GONE
from bot.slack.listeners.commands import Command, Run, Short, Sub
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import ticket as views
from bot.slack.views.help import Usage
from bot.slack.views.parts import menu_button, section, when
from core.config.declared import Person
from core.config.named import without_filler
from core.tickets import asking, store
from core.tickets.asking import Asked
from core.tickets.report import TicketReport
from core.tickets.tables import Ticket, TicketStatus
from workflows import file_bug as workflow

SHOWN_EVENTS = 15
TITLE = 2
"""From how many words on what is no command is the title of a bug, and not looked for."""


async def new(request: Request, args: str) -> None:
    """The form, with what was written as the bug's title."""
    await bugs.form(request, views.Prefilled(args))


async def queue(request: Request, args: str) -> None:
    """The queue, or those of it and of what is closed that the words ask for."""
    await _listed(request, asking.parse(args, request.deps.config.pipelines), args)


async def mine(request: Request, args: str) -> None:
    await queue(request, f"mine {args}".strip())


async def closed(request: Request, args: str) -> None:
    await queue(request, f"closed {args}".strip())


async def search(request: Request, args: str) -> None:
    """Bugs of any state that hold every word."""
    asked = asking.parse(args, request.deps.config.pipelines, asking.STATES["all"])
    await _listed(request, asked, args)


async def _listed(request: Request, asked: Asked, typed: str) -> None:
    found = await _find(request, asked)
    await request.tell(views.queue(found, request.people, typed if asked != Asked() else ""))


async def _find(request: Request, asked: Asked) -> list[views.Entry]:
    def work(session: Session) -> list[views.Entry]:
        ranked, closed = workflow.find(session, asked, request.actor, request.now)
        waiting = [(each.ticket, each.ranked.priority, each.ranked.reasons) for each in ranked]
        told = [*waiting, *((each, None, ()) for each in closed)]
        return [
            views.Entry(ticket, priority, reasons, request.deps.address(session, ticket.message))
            for ticket, priority, reasons in told
        ]

    return await request.deps.database.fetch(work)


async def show(request: Request, args: str) -> None:
    ticket_id = await _number(request, "show", args)
    if ticket_id is None:
        return
    found = await request.deps.database.fetch(lambda session: _story(session, ticket_id))
    if found is not None:
        await request.tell(_told(request, *found))


def _told(request: Request, ticket: Ticket, report: TicketReport) -> Rendered:
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
    return Rendered(drawn.text, blocks, drawn.color)


def _story(session: Session, ticket_id: int) -> tuple[Ticket, TicketReport] | None:
    ticket, report = store.get(session, ticket_id), workflow.report(session, ticket_id)
    return (ticket, report) if ticket and report else None


async def close(request: Request, args: str) -> None:
    """The form, with what is written behind the number as what fixed it."""
    ticket_id = await _number(request, "close", args)
    if ticket_id is not None:
        said = args.partition(" ")[2].strip() if number_in(args) is not None else ""
        await bugs.closing(request, ticket_id, said)


def _moved(verb: str, status: TicketStatus) -> Run:
    async def run(request: Request, args: str) -> None:
        ticket_id = await _number(request, verb, args)
        if ticket_id is not None and await bugs.change(request, ticket_id, status):
            await show(request, str(ticket_id))

    return run


take, reopen = _moved("take", TicketStatus.IN_PROGRESS), _moved("reopen", TicketStatus.OPEN)


async def assign(request: Request, args: str) -> None:
    """Put the person who is named on the bug; `me` is whoever asks."""
    ticket_id = await _number(request, "assign", args)
    if ticket_id is None:
        return
    name = without_filler(" ".join(word for word in args.split() if number_in(word) is None and word != "to"))
    whom = await _whom(request, args, name, ticket_id)
    if whom is None:
        return
    config, person, actor, now = request.deps.config, request.person, request.actor, request.now
    if await request.decide(lambda session: workflow.assign(session, config, ticket_id, whom, person, actor, now)):
        await show(request, str(ticket_id))


async def _whom(request: Request, args: str, name: str, ticket_id: int) -> Person | None:
    if not name and {"me", "myself"} & set(args.lower().split()):
        return request.person
    if name:
        return await named.person(request, name, f"/bug assign {ticket_id}")
    await request.tell(Rendered(f"To whom? Write for example {code(f'/bug assign {ticket_id} maya')}."))
    return None


async def report(request: Request, args: str) -> None:
    """The form of the bug's incident report."""
    ticket_id = await _number(request, "report", args)
    if ticket_id is not None:
        await handoffs.write_about(request, ticket_id)


async def _number(request: Request, verb: str, args: str) -> int | None:
    """The bug that is meant, by its number; else those that the words name are offered, or all that are open."""
    number = number_among(args)
    if number is not None and await request.deps.database.fetch(lambda s: store.get(s, number) is not None):
        return number
    typed = asking.parse(
        args, (), asking.STATES["closed" if verb == "reopen" else "all" if verb == "show" else "open"]
    )
    near = await _find(request, typed) if number is None and typed.words else []
    entries = near or await _find(request, replace(typed, words=()))
    title = f"{verb} {args}" if number is None and len(args.split()) >= TITLE else ""
    problem = GONE if number is not None else ""
    await request.tell(views.which(verb, entries, request.people, problem, title))
    return None


async def unsaid(request: Request, text: str) -> bool:
    """What is no command: an unknown word with a bug's number shows that bug, one word alone is looked for, and the
    rest is what is wrong."""
    words = text.split()
    number = number_in(words[-1]) if len(words) == TITLE or words[-1].startswith("#") else None
    if number is not None:
        found = await request.deps.database.fetch(lambda session: _story(session, number))
        if found is not None:
            await request.tell(_told(request, *found))
            return True
    if len(words) < TITLE:
        entries = await _find(request, asking.parse(text, request.deps.config.pipelines, asking.STATES["all"]))
        shown = views.queue(entries, request.people, text)
        file = section("Or is it what is wrong?", menu_button("File it as a bug", "file", f"/bug new {text}"))
        await request.tell(Rendered(shown.text, [*shown.blocks, file]))
        return True
    await new(request, text)
    return True


COMMAND = Command(
    "/bug",
    "the bug queue",
    (
        Sub(Usage("new [what is wrong]", "file a bug", "File a bug"), new, ("file", "create")),
        Sub(
            Usage("list [words]", "the queue by priority; with words: mine, flights, high, closed, …", "Queue"),
            queue,
            ("queue", "open", "all", "bugs"),
        ),
        Sub(Usage("mine", "what you took", "Mine"), mine, ("my",)),
        Sub(Usage("closed [words]", "what was fixed, the last first", "Closed"), closed),
        Sub(Usage("search WORDS", "bugs that say so, open and closed"), search, ("find",)),
        Sub(Usage("show ID", "one bug with its story"), show, ("details", "story", "similar")),
        Sub(Usage("take ID", "work on it"), take, ("start", "claim", "own")),
        Sub(Usage("assign ID WHO", "put somebody on it"), assign, ("reassign", "give")),
        Sub(Usage("close ID [what fixed it]", "say what fixed it"), close, ("resolve", "fixed", "done")),
        Sub(Usage("reopen ID", "it is not fixed"), reopen, ("unclose",)),
        Sub(Usage("report ID", "write its incident report"), report, ("incident", "postmortem")),
    ),
    bare=new,
    short=Short(lambda _, text: text.lstrip("#").isdecimal(), show),
    other=unsaid,
    names=lambda _, text: number_in(text) is not None and " " not in text,
)
