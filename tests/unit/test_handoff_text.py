"""What to watch, and reports as Markdown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.views import handoff as views
from bot.slack.views.people import People
from core.oncall.facts import (
    AlertFact,
    DayFact,
    DeploymentFact,
    NoiseFact,
    RequestFact,
    RetrainFact,
    ShiftFacts,
    SilenceFact,
)
from core.oncall.handoff import draft
from core.oncall.handoff_text import markdown
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.oncall.takeover import CHASES, chase_due, may_edit
from core.oncall.watch import SHOWN
from core.tickets.incident import Parts, draft_parts, may_write, titled
from core.tickets.incident import markdown as incident_markdown
from core.tickets.report import Event, TicketReport
from core.tickets.tables import IncidentReport, Ticket
from tests.oncall_support import HANDOFF, T0, config, person

START, END = T0, HANDOFF
TITLE = "Late planes"


def alert(number: int, title: str = "Accuracy", resolved: bool = False) -> AlertFact:
    return AlertFact(number, title, "critical", "flights", START, None, None, END if resolved else None, False)


def day(offset: int, state: str) -> DayFact:
    return DayFact("flights", START + timedelta(days=offset), state, "accuracy", 0.6, 0.7, 800, 900)


def handoff(**changes: object) -> ShiftHandoff:
    values = {
        "rotation": "flights",
        "layer": "flights",
        "shift_start": START,
        "shift_end": END,
        "outgoing": "amina",
        "incoming": "maya",
        "report": draft(ShiftFacts(START, END)),
        "summary": "",
        "watch": "",
        "chased": 0,
        "created_at": END,
        "status": HandoffStatus.DRAFTED,
    }
    return ShiftHandoff(**{**values, **changes})


def test_a_quiet_shift_leaves_nothing_to_watch() -> None:
    assert draft(ShiftFacts(START, END))["watch"] == []


def test_what_presses_most_comes_first() -> None:
    facts = ShiftFacts(
        START,
        END,
        alerts=[alert(1)],
        deployments=[DeploymentFact("promote", "flights", 3, 2, "maya", START, "moved", "")],
        days=[day(0, "met"), day(2, "unknown"), day(1, "breached")],
        retrains=[
            RetrainFact("flights", START, "failed", "out of memory"),
            RetrainFact("a", START, "finished", None),
        ],
    )
    watch = draft(facts)["watch"]
    assert [line.split(",")[0] for line in watch] == [
        "“Accuracy” still fires",
        "flights was moved to v3",
        "flights missed its objective on the last day that was judged.",
        "The last retraining of flights failed: out of memory.",
    ]


def test_pipelines_have_their_titles_everywhere() -> None:
    facts = ShiftFacts(
        START,
        END,
        days=[replace(day(0, "breached"), pipeline_title=TITLE)],
        deployments=[DeploymentFact("promote", "flights", 3, 2, "maya", START, "moved", "", TITLE)],
        retrains=[RetrainFact("flights", START, "failed", "out of memory", TITLE)],
        requests=[RequestFact(1, "tune", "flights", 1, 2, "pending", "goldilocks", None, None, TITLE)],
    )
    report = draft(facts)
    told = [report["headline"], *report["watch"], markdown(handoff(report=report), TITLE, lambda who: who or "-")]
    assert "flights" not in " ".join(told)
    assert f"{TITLE} promoted to v3 (not yet verified)" in report["headline"]
    assert f"A change of the alerting policy of {TITLE} to v2 waits for approval." in report["watch"]
    assert f"Change of the alerting policy of {TITLE} to v2: pending" in told[-1]


def test_a_silence_is_told_by_what_its_matchers_say() -> None:
    matcher = {"name": "host", "value": "web-.*", "isRegex": True, "isEqual": False}
    silence = SilenceFact("s", [matcher], "known", "maya", END + timedelta(days=1))
    text = markdown(
        handoff(report=draft(ShiftFacts(START, END, silences=[silence]))), TITLE, lambda who: who or "-"
    )
    assert '- host!~"web-.*" until' in text


def test_a_mass_of_alerts_is_counted_and_crowds_out_nothing() -> None:
    alerts = [replace(alert(n), severity="warning") for n in range(10_000)] + [alert(10_000, title="Payments")]
    watch = draft(ShiftFacts(START, END, alerts=alerts, days=[day(0, "breached")]))["watch"]
    assert len(watch) <= SHOWN
    assert watch[0] == "“Payments” still fires, and nobody has taken it."
    assert watch[2:] == [
        "9,999 more alerts still fire that nobody has taken.",
        "flights missed its objective on the last day that was judged.",
    ]


def test_the_objective_met_last_is_no_worry() -> None:
    assert draft(ShiftFacts(START, END, days=[day(1, "met"), day(0, "breached")]))["watch"] == []


def test_markdown_holds_every_part_and_no_foreign_headings() -> None:
    facts = ShiftFacts(
        START,
        END,
        alerts=[alert(n, title=f"# number {n}\n## forged") for n in range(12)],
        noise=[NoiseFact(3, "Flaky", "fires every night", "amina")],
        days=[day(0, "breached"), replace(day(1, "unknown"), name="Tue 5 Feb", value=None)],
    )
    text = markdown(
        handoff(report=draft(facts), summary="Fine.\n# not a heading"), "Flights", lambda who: who or "-"
    )
    assert text.count("number") == 12 * 2 + 2, "open alerts, all alerts, and what to watch: none is cut"
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings[0] == "# Flights: handoff of 11 February 2013"
    assert headings[1:] == ["## What to watch", "## Still open", "## Alerts", "## Noise", "## Days"]
    assert "Flaky, says amina: fires every night" in text
    assert f"- {START:%Y-%m-%d} flights: accuracy 60.0%, 800 of 900 labels in, objective 70.0% missed\n" in text
    assert "- Tue 5 Feb flights: accuracy unknown, 800 of 900 labels in, objective 70.0% not judged\n" in text


def test_people_on_call_may_edit_and_only_with_a_summary() -> None:
    assert may_edit(handoff(), person("leo"), "Fine.", "").reason == "edited"
    assert may_edit(handoff(), person("sofia"), "Fine.", "").reason == "role_missing"
    assert may_edit(handoff(incoming="sofia"), person("sofia"), "Fine.", "").reason == "edited"
    assert may_edit(handoff(), person("leo"), " \n", "").reason == "summary_missing"
    assert may_edit(handoff(), person("leo"), "x", "y" * 3001).reason == "too_long"
    assert may_edit(None, person("leo"), "x", "").reason == "no_such_handoff"


def test_reminders_end() -> None:
    due = [chase_due(handoff(chased=n)) for n in range(len(CHASES) + 1)]
    assert due == [*(END + each for each in CHASES), None]
    assert chase_due(handoff(status=HandoffStatus.ACCEPTED)) is None


def ticket() -> Ticket:
    return Ticket(id=7, title="Null\nprices", description="A third", severity="high", pipeline="flights")


def test_an_incident_report_begins_with_the_story() -> None:
    story = TicketReport(
        7,
        "t",
        (Event(START, "It fired."),),
        timedelta(minutes=5),
        timedelta(hours=3),
        "Refilled.",
        (),
    )
    parts = draft_parts(story, ticket())
    assert parts.happened.splitlines()[0].endswith("It fired.")
    assert parts.happened.splitlines()[1] == "Acknowledged after 5 min, resolved after 3 h."
    assert (parts.impact, parts.fix, parts.cause) == ("A third", "Refilled.", "")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (Parts("It broke."), "written"),
        (Parts("  "), "happened_missing"),
        (Parts("x", cause="y" * 3001), "too_long"),
    ],
)
def test_an_incident_report_says_what_happened(parts: Parts, reason: str) -> None:
    assert may_write(ticket(), person("leo"), parts).reason == reason


def test_incident_markdown_shows_only_what_was_written() -> None:
    report = IncidentReport(
        ticket_id=7, happened="# It broke.", impact=" ", cause="A rename.", fix="", follow_up="", written_by="leo"
    )
    report.updated_at = END
    text = incident_markdown(report, ticket(), lambda who: who or "-")
    assert [name for name, _ in titled(report)] == ["What happened", "Cause"]
    assert text.splitlines()[0] == "# Incident report: bug #7, Null prices"
    assert "\\# It broke." in text


def test_a_silence_that_begins_after_the_shift_is_not_said_to_be_on() -> None:
    matchers = [{"name": "host", "value": "b"}]
    on = SilenceFact("one", matchers, "now", "amina", END + timedelta(hours=4))
    later = replace(on, silence_id="two", comment="at noon", begins_at=END + timedelta(hours=2))
    report = draft(ShiftFacts(START, END, silences=[on, later]))
    assert report["watch"] == ["1 silence is still on."]
    lines = [line for line in markdown(handoff(report=report), "Flights", str).splitlines() if 'host="b"' in line]
    assert [" from " in line for line in lines] == [False, True]


def test_a_request_that_became_a_deployment_is_told_once() -> None:
    facts = ShiftFacts(
        START,
        END,
        deployments=[DeploymentFact("promote", "flights", 3, 2, "jonas", START, "verified", "", TITLE)],
        requests=[
            RequestFact(1, "promote", "flights", 2, 3, "approved", "goldilocks", "jonas", "verified", TITLE),
            RequestFact(2, "roll_back", "flights", 3, 2, "pending", "maya", None, None, TITLE),
        ],
    )
    told = str(views.report(handoff(report=draft(facts)), People(config().team)).blocks)
    assert "promoted to v3" in told
    assert "Promotion of" not in told
    assert "from v3 to v2: pending" in told
