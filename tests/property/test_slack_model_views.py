"""Messages about models, approvals and reviews: Slack takes them, whatever the state holds."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.limits import fit_view
from bot.slack.views import approval, evaluation, review
from bot.workspace.blocks.check import check_view
from core.approvals.tables import Approval, ApprovalStatus
from core.evaluation.tables import CardStatus, Evaluation, Review, ReviewCard
from tests.slack_views_support import CONFIG, LONG, NOW, PEOPLE, PERSON, QUICK, TEXT, is_taken

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
