"""Approvals, notes, handoffs, bugs, models and reviews say what people need to decide."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack.ids import Action
from bot.slack.inbound import number_in
from bot.slack.listeners.reviews import read_where
from bot.slack.views import approval, comparison, evaluation, handoff, home, model, note, review, slices, ticket
from bot.slack.views.people import People
from core.approvals.tables import Approval
from core.audit.tables import AuditEntry
from core.evaluation.tables import Evaluation, EvaluationSlice, ReviewCard
from core.models.version import CHAMPION, STATUS_TAG, ModelVersion
from core.oncall.tables import ShiftHandoff
from core.tickets.tables import Ticket
from tests.oncall_support import config

NOW = datetime(2013, 2, 8, 12, 0, tzinfo=UTC)
CONFIG = config()
PEOPLE = People(CONFIG.team)
PIPELINE = CONFIG.pipelines["flights"]


def request(**changes: Any) -> Approval:
    values: dict[str, Any] = {"id": 3, "action": "roll_back", "pipeline": "flights", "from_version": 2}
    values |= {"to_version": 1, "evidence": {"why": "storm"}, "requested_by": "maya", "due_at": NOW}
    return Approval(**(values | {"status": "pending", "note": ""} | changes))


def evaluated(**changes: Any) -> Evaluation:
    values: dict[str, Any] = {"id": 1, "pipeline": "flights", "window_start": NOW, "versions": ["1"], "rows": 900}
    values |= {
        "labels": 800,
        "metric": "accuracy",
        "objective": 0.65,
        "value": 0.58,
        "low": 0.55,
        "high": 0.61,
        "state": "breached",
    }
    values |= {"reason": "Accuracy was 58.0%.", "findings": [], "slices": [], "summary": {"day": "Fri 8 Feb"}}
    return Evaluation(**(values | {"chart": "charts/a.png"} | changes))


def test_an_open_request_names_its_target_in_the_confirmation() -> None:
    drawn = approval.message(request(), PIPELINE, evaluated(), PEOPLE)
    buttons = drawn.blocks[-1]["elements"]
    assert [each["action_id"] for each in buttons] == [Action.APPROVE, Action.REJECT]
    for each in buttons:
        assert "Roll back Flight delays from v2 to v1" in each["confirm"]["text"]["text"]
    assert "Asked by <@U0MAYA>: storm" in drawn.blocks[0]["text"]["text"]
    assert next(drawn.pictures())["slack_file"]["id"] == "file:charts/a.png"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": "approved", "decided_by": "jonas"}, "Approved by <@U0JONAS>. It is being carried out."),
        ({"status": "approved", "decided_by": "jonas", "outcome": "verified"}, "serving answers with v1"),
        ({"status": "approved", "decided_by": "jonas", "outcome": "reverted"}, "the champion is v2 again"),
        ({"status": "rejected", "decided_by": "jonas", "note": "no need"}, "Rejected by <@U0JONAS>: no need."),
        ({"status": "expired"}, "Nobody decided until"),
    ],
)
def test_a_decided_request_has_no_buttons_and_tells_what_came_of_it(
    changes: dict[str, Any], sentence: str
) -> None:
    drawn = approval.message(request(**changes), PIPELINE, None, PEOPLE)
    assert sentence in str(drawn.blocks)
    assert "actions" not in {block["type"] for block in drawn.blocks}


def test_a_candidate_stands_beside_the_champion() -> None:
    figures = {"accuracy": 0.8, "log_loss": 0.4, "brier": 0.1, "auc": None}
    gate = {"decision": "better", "detail": "accuracy +0.020", "rows": 4000, "candidate": figures}
    evidence = {"gate": gate | {"champion": figures | {"accuracy": 0.78}}, "chart": "c.png"}
    text = str(comparison.blocks(evidence, 2, 3))
    assert "*The candidate is better:* accuracy +0.020" in text
    assert "accuracy    78.0% 80.0%   +2.0" in text
    assert "4,000 held-out rows" in text
    assert comparison.blocks({}, 2, 3) == []


def test_errors_stand_beside_each_other_with_what_must_not_break() -> None:
    figures = {"mae": 5.812, "rmse": 1234.5, "r2": 0.61}
    guards = [
        {"detail": "the hills: MAE 6.2 → 7.9 minutes, on 120 rows", "broken": True},
        {"detail": "the <north>: not judged, 12 held-out rows, 50 needed", "broken": None},
    ]
    gate = {
        "decision": "worse",
        "metric": "mae",
        "unit": "minutes",
        "detail": "MAE 5.923 → 5.812 minutes",
        "rows": 900,
    }
    champion = {"mae": 5.923, "rmse": 1200.0, "r2": 0.6}
    found = comparison.blocks(
        {"gate": gate | {"candidate": figures, "champion": champion, "guards": guards}}, 2, 3
    )
    text = "\n".join(block["text"]["text"] for block in found if block["type"] == "section")
    assert (
        "```\n        v2    v3 change\nMAE   5.92  5.81  −0.11\nRMSE 1,200 1,234    +34\nR²   0.600 0.610 +0.010\n```"
        in text
    )
    assert "*Must not break*\n• *broken* the hills: MAE 6.2 → 7.9 minutes" in text
    assert "• the &lt;north&gt;: not judged" in text


def test_a_note_is_its_sentence_with_mentions() -> None:
    said = AuditEntry(
        actor="maya", action="alert.acknowledge", detail="{person:maya} took <it> from {person:leo}."
    )
    assert note.message(said, PEOPLE).text == "<@U0MAYA> took &lt;it&gt; from <@U0LEO>."
    silent = AuditEntry(actor="slack:U0STRANGER", action="ticket.file", detail="")
    assert note.message(silent, PEOPLE).text == "<@U0STRANGER>: ticket file."


def test_an_evaluation_tells_the_figure_how_sure_it_is_and_the_worst_slice() -> None:
    worst = {"name": "origin EWR", "rows": 90, "labels": 80, "value": 0.4, "usual": 0.7, "worse": True}
    calm = {"name": "origin JFK", "rows": 90, "labels": 80, "value": 0.7, "usual": 0.7, "worse": False}
    found = evaluated(slices=[worst, calm], findings=[{"column": "dep_time", "reason": "all null"}])
    line = str(evaluation.message(found, PIPELINE).blocks)
    assert "800 of 900 labels are in · 95% interval 55.0% to 61.0%" in line
    assert "*origin EWR*: accuracy 40.0% now, usually 70.0%, on 80 labels" in line
    assert "dep_time: all null" in line
    assert "JFK" not in line
    bare = evaluated(findings=[{"column": None, "check": "offline_online_gap", "reason": "v3 reached 71%."}])
    assert "• v3 reached 71%." in str(evaluation.message(bare, PIPELINE).blocks)
    assert "offline_online_gap" not in str(evaluation.message(bare, PIPELINE).blocks)
    assert "JFK" in str(evaluation.evidence(found, PIPELINE).blocks)


def test_evidence_shows_real_rows() -> None:
    row = {"id": "UA 1", "prediction": 0, "label": 1, "score": 0.12, "features": {"origin": "EWR", "wind": 33.0}}
    text = str(evaluation.evidence(evaluated(summary={"examples": [row]}), PIPELINE).blocks)
    assert "*UA 1* predicted 0 (score 0.12), was 1" in text
    assert "origin EWR, wind 33" in text


def test_a_handoff_offers_accept_until_it_is_accepted() -> None:
    values: dict[str, Any] = {
        "id": 2,
        "rotation": "flights",
        "layer": "flights",
        "outgoing": "amina",
        "incoming": "maya",
    }
    values |= {"shift_start": NOW, "shift_end": NOW, "report": {"headline": "A quiet shift."}}
    drafted = ShiftHandoff(**values, status="drafted")
    drawn = handoff.message(drafted, CONFIG.team.rotations[0], PEOPLE)
    assert drawn.blocks[-1]["elements"][0]["action_id"] == Action.ACCEPT_HANDOFF
    accepted = ShiftHandoff(**values, status="accepted", accepted_at=NOW)
    assert "Accepted by <@U0MAYA>" in str(handoff.message(accepted, None, PEOPLE).blocks)


def test_the_report_puts_what_is_open_first() -> None:
    alert = {"title": "Slow", "state": "unanswered", "severity": "critical", "opened_at": NOW.isoformat()}
    alert |= {"acknowledged_by": None, "minutes_to_acknowledge": None}
    change = {"action": "roll_back", "pipeline": "flights", "version": 1, "by": "jonas", "status": "verified"}
    ended = alert | {"state": "resolved", "title": "Over"}
    alerts = [alert, *[ended] * 10]
    values = {"headline": "1 alert.", "open": [alert], "alerts": alerts, "deployments": [change]}
    blocks = handoff.report(ShiftHandoff(report=values), PEOPLE).blocks
    assert blocks[1]["text"]["text"].startswith("*Still open*")
    assert blocks[2]["text"]["text"].startswith("*Alerts that ended*\n• Over")
    assert "Slow" not in blocks[2]["text"]["text"], "what is open is not told twice"
    assert "… and 2 more" in blocks[2]["text"]["text"]
    assert "flights rolled back to v1 by <@U0JONAS>: verified" in blocks[3]["text"]["text"]


def test_the_queue_gives_reasons() -> None:
    bug = Ticket(id=4, title="Late labels", assignee="maya", status="open")
    drawn = ticket.queue([ticket.Entry(bug, 42.0, ("high severity (+40)",))], PEOPLE)
    assert "*#4* Late labels\n42 points: high severity (+40) · <@U0MAYA> is on it" in str(
        drawn.blocks[1]["text"]["text"]
    )
    assert "No open bugs" in ticket.queue([], PEOPLE).text


def test_versions_of_a_model() -> None:
    champion = ModelVersion("flights", 2, NOW, tags={STATUS_TAG: "approved"}, aliases=frozenset({CHAMPION}))
    older = ModelVersion("flights", 1, NOW, tags={STATUS_TAG: "retired"})
    drawn = model.status([model.ModelState(PIPELINE, champion, [champion, older], [])], PEOPLE)
    assert "v2 champion · v1 retired" in str(drawn.blocks)
    said = [
        model.status([model.ModelState(PIPELINE, champion, [], [], answers)], PEOPLE).text
        for answers in ("2", "1")
    ]
    assert said[0].endswith(": v2 serves")
    assert said[1].endswith(": v2 is the champion, but v1 answers")
    assert "nothing serves yet" in model.status([model.ModelState(PIPELINE, None, [], [])], PEOPLE).text


def test_a_confirmed_card_names_its_slice() -> None:
    card = ReviewCard(
        id=1, position=2, entity="UA 1", predicted_at=NOW, features={}, score=0.9, prediction=1, label=0
    )
    card.status, card.failure_mode, card.decided_by = "confirmed", "The world changed", "leo"
    drawn = review.card(card, 3, EvaluationSlice(name="evenings", version=2), PEOPLE)
    assert "Predicted *1* with score 0.90; it was *0*" in str(drawn.blocks)
    assert "The world changed, says <@U0LEO>. Saved as slice *evenings* v2" in str(drawn.blocks)


def test_cards_and_examples_call_classes_what_people_call_them() -> None:
    named = PIPELINE.model_copy(update={"classes": ("on time", "late")})
    card = ReviewCard(
        id=1, position=1, entity="UA 1", predicted_at=NOW, features={}, score=0.9, prediction=1, label=0
    )
    card.status = "open"
    drawn = review.card(card, 3, None, PEOPLE, named)
    assert "Predicted *late* with score 0.90; it was *on time*" in str(drawn.blocks)
    assert "predicted late, was on time" in str(review.form(card, {}, [], named))
    example = {"id": "UA 1", "prediction": 0, "label": 1, "score": 0.2}
    assert "predicted on time (score 0.20), was late" in slices.row(example, named)
    assert "predicted 0 (score 0.20), was 1" in slices.row(example, None)


def test_home_of_somebody_who_is_not_in_the_team() -> None:
    view = home.view(home.HomeState(None, "U0NEW"), CONFIG, PEOPLE, [])
    assert "not in this team’s YAML" in view["blocks"][0]["text"]["text"]
    assert "`slack: U0NEW`" in view["blocks"][0]["text"]["text"]


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("origin = EWR\nhour = 17", {"origin": "EWR", "hour": 17}, ""),
        ("wind=3.5", {"wind": 3.5}, ""),
        ("wind = missing", {"wind": None}, ""),
        ("wind = strong", {}, "not a number"),
        ("ship = 1", {}, "no feature"),
        ("origin", {}, "not of the form"),
        ("", {}, ""),
    ],
)
def test_where_lines(text: str, where: dict[str, Any], problem: str) -> None:
    found, said = read_where(text, {"origin": "JFK", "hour": 5, "wind": 1.5})
    assert found == where
    assert problem in said


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("#7 now", 7), ("", None), ("x1", None), ("9" * 20, None)]
)
def test_ids_in_commands(text: str, number: int | None) -> None:
    assert number_in(text) == number
