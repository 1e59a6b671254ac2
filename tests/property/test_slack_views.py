"""Whatever the state holds, its message is one that Slack takes, and nothing in it pings or forges a link."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.limits import fit_view
from bot.slack.views import handoff, note, page, page_call, ticket
from bot.slack.views.page_call import CallState
from bot.slack.views.state import GroupState
from bot.workspace.blocks.check import check_view
from core.audit.tables import AuditEntry
from core.oncall.tables import CallKind, Notification, Page, PageCall, PageStatus, ShiftHandoff
from core.tickets.tables import Severity, Symptom, Ticket, TicketStatus
from tests.slack_views_support import LONG, NOW, PEOPLE, PERSON, QUICK, TEXT, group_states, is_taken


@QUICK
@given(group_states(), st.lists(PERSON.filter(bool), max_size=20), TEXT)
def test_pages(state: GroupState, people: list[str], reason: str) -> None:
    step = Notification(people=people, shadows=people[:2], reason=reason, step=0, at=NOW)
    is_taken(page.message(step, state.group, PEOPLE))


@QUICK
@given(
    group_states(),
    st.sampled_from(CallKind),
    st.sampled_from(PageStatus),
    st.lists(PERSON.filter(bool), max_size=20),
    LONG,
    st.booleans(),
)
def test_calls(
    state: GroupState, kind: CallKind, status: PageStatus, people: list[str], said: str, passed: bool
) -> None:
    step = None if passed else Notification(people=people, shadows=people[:2], reason=said[:40], step=0, at=NOW)
    call = PageCall(id=3, kind=kind, target="maya", mention="", step=0, at=NOW, said=said)
    called = Page(id=1, status=status, step=0, due_at=NOW)
    is_taken(page_call.message(CallState(call, called, state, step, NOW), PEOPLE))
    check_view(fit_view(page_call.question(call)), "modal", lambda _: True)


@QUICK
@given(PERSON.filter(bool), LONG, TEXT)
def test_notes(actor: str, detail: str, action: str) -> None:
    is_taken(note.message(AuditEntry(actor=actor, action=action or "act", detail=detail), PEOPLE))


@QUICK
@given(LONG, LONG, LONG, PERSON, st.sampled_from(TicketStatus))
def test_tickets(title: str, description: str, resolution: str, person: str | None, status: TicketStatus) -> None:
    bug = Ticket(
        id=5,
        title=title,
        description=description,
        pipeline=title[:20],
        severity=Severity.HIGH,
        symptom=Symptom.OTHER,
        status=status,
        reporter=person or "maya",
        assignee=person,
        created_at=NOW,
        resolution=resolution,
    )
    is_taken(ticket.message(bug, PEOPLE))
    is_taken(ticket.queue([ticket.Entry(bug, 12.5, [description[:50]])] * 70, PEOPLE))
    form = ticket.form(ticket.Prefilled(title, description, "flights"), [("flights", title or "x")])
    check_view(fit_view(form), "modal", lambda _: True)


@QUICK
@given(TEXT, LONG, PERSON.filter(bool), st.integers(0, 30))
def test_handoffs(title: str, headline: str, person: str, count: int) -> None:
    entry = {"title": title, "state": "unanswered", "severity": "critical", "opened_at": NOW.isoformat()}
    alerts = [entry | {"acknowledged_by": person, "minutes_to_acknowledge": 3.5}] * count
    shift = ShiftHandoff(
        id=2,
        rotation="flights",
        layer=title,
        shift_start=NOW,
        shift_end=NOW,
        outgoing=person,
        incoming="maya",
        shadow=person,
        status="drafted",
        report={"headline": headline, "open": alerts, "alerts": alerts},
    )
    is_taken(handoff.message(shift, None, PEOPLE))
    is_taken(handoff.report(shift, PEOPLE))
