"""Whatever the state holds, its message is one that Slack takes, and nothing in it pings or forges a link."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.slack.escape import cut, escape, inline, link, pieces
from bot.slack.limits import fit_message, fit_view
from bot.slack.rendered import Rendered
from bot.slack.views import (
    alert,
    alert_details,
    approval,
    evaluation,
    handoff,
    note,
    page,
    page_call,
    review,
    ticket,
)
from bot.slack.views.page_call import CallState
from bot.slack.views.people import People
from bot.slack.views.state import AlertLine, GroupState
from bot.workspace.blocks.check import check_message, check_view
from core.alerts.tables import AlertGroup, GroupStatus
from core.approvals.tables import Approval, ApprovalStatus
from core.audit.tables import AuditEntry
from core.evaluation.tables import CardStatus, Evaluation, Review, ReviewCard
from core.oncall.tables import CallKind, Notification, Page, PageCall, PageStatus, ShiftHandoff
from core.tickets.tables import Severity, Symptom, Ticket, TicketStatus
from tests.oncall_support import config

NOW = datetime(2013, 2, 11, 13, 0, tzinfo=UTC)
CONFIG = config()
PEOPLE = People(CONFIG.team)
TEAM_MENTIONS = {person.slack for person in CONFIG.team.people} | {"U0STRANGER"}

QUICK = settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""Without shrinking: it takes minutes on such large states, and the first example tells enough."""

NASTY = st.sampled_from(
    [
        "<!channel>",
        "<!everyone|hi>",
        "<@U0EVIL>",
        "<https://evil.example|https://bank.example>",
        "```",
        "&amp;<",
        "\u202e\u2066txet",
        "שלום",
        "👩‍👩‍👧‍👦",
        "\x00\x1b[31m",
        "*_~`",
        "\n\n\n",
    ]
)
TEXT = st.lists(st.one_of(NASTY, st.text(max_size=30)), max_size=6).map("".join)
LONG = st.builds(lambda part, times: part * times, TEXT, st.sampled_from([1, 1, 30, 300]))
LABELS = st.dictionaries(TEXT.filter(bool), LONG, max_size=8)
PERSON = st.sampled_from(["maya", "jonas", "goldilocks", "slack:U0STRANGER", "<!channel>", None])
TIMES = st.integers(0, 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds))


def pinged(node: Any) -> set[str]:
    """Everyone and everything that the mrkdwn in a payload mentions."""
    if isinstance(node, list):
        return {found for item in node for found in pinged(item)}
    if not isinstance(node, dict):
        return set()
    found = {name for value in node.values() for name in pinged(value)}
    if node.get("type") == "mrkdwn":
        found |= set(re.findall(r"<[@!#]([^<>|]+)", node["text"]))
    return found


def links(node: Any) -> set[str]:
    return set(re.findall(r"<(https?:[^<>|]+)", str(node)))


def is_taken(rendered: Rendered) -> dict[str, Any]:
    """The payload, checked by the workspace's rules; returns it."""
    body = fit_message(**rendered.content())
    check_message(body["blocks"], body["attachments"], lambda _file: True)
    assert body["text"].strip()
    assert len(body["text"]) <= 4_000
    mentioned = {name for name in pinged([body["blocks"], body["attachments"]]) if not name.startswith("date^")}
    assert mentioned <= {f"{slack}" for slack in TEAM_MENTIONS}, mentioned
    assert not re.findall(r"<[!#]", body["text"])
    return body


@st.composite
def group_states(draw: st.DrawFn) -> GroupState:
    resolved = draw(st.one_of(st.none(), TIMES))
    group = AlertGroup(
        id=7,
        key="k",
        labels=draw(LABELS),
        title=draw(LONG),
        summary=draw(LONG),
        severity=draw(TEXT),
        pipeline=draw(st.sampled_from(["flights", None, "<!here>"])),
        channel="oncall",
        rotation="flights",
        policy="page",
        status=draw(st.sampled_from(GroupStatus)),
        opened_at=NOW,
        acknowledged_by=draw(PERSON),
        acknowledged_at=resolved,
        resolved_by=draw(PERSON),
        resolved_at=resolved,
    )
    lines = st.builds(AlertLine, LABELS, LABELS, st.booleans(), st.integers(0, 10**9), LONG)
    alerts = draw(st.lists(lines, max_size=12))
    pipeline = CONFIG.pipelines["flights"] if group.pipeline == "flights" else None
    total = draw(st.integers(len(alerts), 10**6))
    return GroupState(
        group, alerts, total, total, total, pipeline, resolved, draw(st.lists(st.integers(1, 9), max_size=3))
    )


@QUICK
@given(group_states())
def test_alert_groups(state: GroupState) -> None:
    is_taken(alert.message(state, PEOPLE))
    check_view(
        fit_view(
            {
                "type": "modal",
                "title": {"type": "plain_text", "text": "Alert"},
                "blocks": alert_details.details(state),
            }
        ),
        "modal",
        lambda _: True,
    )


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


VALUE = st.one_of(st.none(), st.floats(0, 1))
FINDING = st.fixed_dictionaries({"check": TEXT, "column": st.one_of(st.none(), TEXT), "reason": LONG})
SLICE = st.fixed_dictionaries(
    {
        "name": TEXT,
        "rows": st.integers(0, 9),
        "value": VALUE,
        "usual": VALUE,
        "worse": st.booleans(),
        "tracked": st.booleans(),
    }
)
FEATURES = st.dictionaries(TEXT.filter(bool), st.one_of(st.none(), st.integers(), st.floats(), TEXT), max_size=30)
EXAMPLE = st.fixed_dictionaries(
    {
        "id": TEXT,
        "prediction": st.integers(0, 1),
        "label": st.integers(0, 1),
        "score": st.floats(0, 1),
        "features": FEATURES,
    }
)


@st.composite
def evaluations(draw: st.DrawFn) -> Evaluation:
    return Evaluation(
        id=3,
        pipeline="flights",
        window_start=NOW,
        window_end=NOW,
        known_at=NOW,
        versions=draw(st.lists(TEXT, max_size=3)),
        rows=800,
        labels=780,
        metric="accuracy",
        value=draw(VALUE),
        low=draw(VALUE),
        high=draw(VALUE),
        objective=0.7,
        state=draw(st.sampled_from(["met", "breached", "unknown"])),
        reason=draw(LONG),
        findings=draw(st.lists(FINDING, max_size=8)),
        slices=draw(st.lists(SLICE, max_size=8)),
        summary={"examples": draw(st.lists(EXAMPLE, max_size=8))},
        chart=draw(st.sampled_from([None, "chart.png"])),
    )


@QUICK
@given(evaluations())
def test_evaluations_and_evidence(found: Evaluation) -> None:
    is_taken(evaluation.message(found, None))
    is_taken(evaluation.evidence(found, CONFIG.pipelines["flights"]))


@QUICK
@given(
    st.sampled_from(ApprovalStatus), evaluations(), LONG, TEXT, PERSON, st.sampled_from(["verified", "odd", None])
)
def test_approvals(
    status: ApprovalStatus, found: Evaluation, why: str, reason: str, person: str | None, outcome: str | None
) -> None:
    asked = Approval(
        id=4,
        action="promote",
        pipeline="<!channel>",
        from_version=1,
        to_version=2,
        evidence={"why": why, "reason": reason, "gate": {"decision": "better", "detail": why, "rows": 3}},
        requested_by="jonas",
        due_at=NOW,
        status=status,
        decided_by=person,
        decided_at=NOW,
        note=why,
        outcome=outcome,
    )
    is_taken(approval.message(asked, None, found, PEOPLE))


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
@given(FEATURES, TEXT, st.sampled_from(CardStatus), PERSON)
def test_review_cards(features: dict[str, Any], text: str, status: CardStatus, person: str | None) -> None:
    card = ReviewCard(
        id=6,
        review_id=1,
        position=1,
        entity=text,
        predicted_at=NOW,
        features=features,
        score=0.5,
        prediction=1,
        label=0,
        status=status,
        failure_mode=text,
        decided_by=person,
    )
    week = Review(id=1, pipeline=text, week_start=NOW, week_end=NOW, wrong=1, judged=2, status="open")
    is_taken(review.card(card, 3, None, PEOPLE))
    is_taken(review.message(week, None, [card]))
    check_view(fit_view(review.form(card, features, list(features))), "modal", lambda _: True)


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


@given(LONG, st.integers(1, 500))
def test_a_cut_fits_counts_and_breaks_nothing(text: str, limit: int) -> None:
    safe = escape(text)
    short = cut(safe, limit)
    assert len(short) <= limit
    assert not re.search(r"&(?!(amp|lt|gt);)", short), "no entity is cut in half"
    if len(safe) <= limit:
        assert short == safe
    elif limit > 40:
        hidden = int(re.search(r"… ([\d,]+) more characters?$", short)[1].replace(",", ""))  # type: ignore[index]
        kept = short[: short.rindex("…")].rstrip()
        assert safe.startswith(kept)
        assert len(safe[: len(safe) - hidden].rstrip()) == len(kept)


@given(LONG, st.integers(6, 300))
def test_pieces_lose_nothing(text: str, limit: int) -> None:
    parts = pieces(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join(parts) == escape(text)


@given(TEXT, TEXT)
def test_links_lead_to_the_web_or_nowhere(url: str, label: str) -> None:
    for made in (link(url, label), link(f"https://example.org/{url}", label)):
        assert re.fullmatch(r"(<https?://[^<>|\s]+\|[^<>|]*>)|[^<>]*", made), made


@given(TEXT, st.integers(1, 50))
def test_inline_is_one_escaped_line(text: str, limit: int) -> None:
    assert not re.search(r"[<>\n\x00-\x1f\u202a-\u202e]", inline(text, limit))
