"""How an evaluation is told: by its labels, as estimated, and with rows that came late."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.slack.views.evaluation import evidence, message
from bot.slack.views.insight import why
from core.config.load import Config
from core.evaluation.tables import Evaluation

START = datetime(2013, 2, 8, 5, tzinfo=UTC)
ESTIMATE = {"value": 0.6, "low": 0.5, "high": 0.68, "risk": 0.97, "reason": "", "coverage": 0.44, "cause": None}


def evaluation(state: str, **summary: Any) -> Evaluation:
    return Evaluation(
        id=1,
        pipeline="flights",
        window_start=START,
        window_end=START + timedelta(days=1),
        known_at=START + timedelta(days=1),
        versions=["2"],
        rows=900,
        labels=400,
        metric="accuracy",
        value=0.5,
        low=0.45,
        high=0.55,
        objective=0.7,
        state=state,
        reason="Because of this.",
        findings=[],
        slices=[],
        summary={"day": "Fri 8 Feb", "estimate": ESTIMATE, "estimated": False, "late": None} | summary,
        chart=None,
    )


def told(found: Evaluation) -> str:
    return json.dumps(message(found, None).blocks, ensure_ascii=False)


@pytest.mark.parametrize(
    ("state", "estimated", "words"),
    [
        ("breached", True, "objective missed, as estimated"),
        ("met", True, "objective met, as estimated"),
        ("breached", False, "objective missed\\n"),
        ("unknown", True, "not judged\\n"),
    ],
)
def test_it_is_said_when_an_objective_is_judged_by_an_estimate(state: str, estimated: bool, words: str) -> None:
    assert words in told(evaluation(state, estimated=estimated))


def test_an_interval_that_the_reason_gives_is_not_given_again() -> None:
    once, else_ = told(evaluation("breached", estimated=True)), told(evaluation("unknown"))
    assert "Chance of a miss 97%." in once
    assert "50.0% to 68.0%" not in once
    assert "With all labels: 60.0% (50.0% to 68.0%). Chance of a miss 97%." in else_


def test_rows_that_came_late_are_told_once_they_came() -> None:
    late = {"text": "42 rows came after <Fri> was judged.", "windows": []}
    assert "42 rows came after &lt;Fri&gt; was judged." in told(evaluation("met", late=late))
    assert "came after" not in told(evaluation("met"))


def test_labels_that_are_not_waited_for_any_more_are_called_overdue() -> None:
    said = "400 of 900 labels are in, the others are overdue · 95% interval"
    assert said in told(evaluation("breached", settled=True))
    assert "overdue" not in told(evaluation("breached", settled=False))


def test_labels_that_the_reason_counts_are_not_counted_again_beside_it(config: Config) -> None:
    found = evaluation("unknown", settled=False)
    (pipeline,) = config.pipelines.values()
    found.reason = "400 of 900 labels are in, at 50.0%, and early labels are unlike late ones."
    for said in (told(found), json.dumps(why(found, pipeline).blocks)):
        assert said.count("400 of 900") == 1
        assert "By the labels that are in alone 50.0%, 95% interval" in said
    found.reason = "Another reason."
    assert "400 of 900 labels are in · by these alone 50.0%" in told(found)


def test_why_there_is_no_estimate_is_said_once(config: Config) -> None:
    reason = "Only 2 past windows have their labels; 5 are needed to estimate."
    none = evaluation("unknown", estimate=ESTIMATE | {"value": None, "reason": reason})
    (pipeline,) = config.pipelines.values()
    assert json.dumps(why(none, pipeline).blocks).count(reason) == 1
    some = evaluation("unknown", estimate=ESTIMATE | {"reason": "From half of the labels."})
    assert "From half of the labels." in json.dumps(why(some, pipeline).blocks)


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (START + timedelta(days=2), "Nearly all labels are usually in by <!date^1360472400^"),
        (START + timedelta(hours=20), "By now nearly all labels are usually in."),
        (None, "No label has come yet, so nobody knows when they will."),
    ],
)
def test_a_window_without_an_estimate_says_so_and_when_it_will_be_known(by: datetime | None, words: str) -> None:
    reason = "Only 2 past windows have their labels; 5 are needed to estimate."
    labels = {"usually_by": by.isoformat() if by else None}
    given = {"estimate": ESTIMATE | {"value": None, "reason": reason}, "settled": False, "labels": labels}
    said = told(evaluation("unknown", **given))
    assert f"It cannot be estimated. {reason} {words}" in said
    assert "It cannot be estimated" not in told(evaluation("met", **given | {"settled": True}))
    nothing = evaluation("unknown", **given)
    nothing.rows = 0
    assert "usually" not in told(nothing)


def tracked(name: str, value: float, labels: int = 90, **more: Any) -> dict[str, Any]:
    return {"name": name, "rows": 90, "labels": labels, "value": value, "usual": 0.7, "tracked": True, **more}


def test_a_slice_is_told_by_what_it_was_found_by() -> None:
    found = evaluation("met")
    found.slices = [tracked("north", 0.97, worse=True, found="finds 0 of 24 positives, usually 12 to 20")]
    assert "*north*: finds 0 of 24 positives, usually 12 to 20; accuracy 97.0% now" in told(found)


def test_of_tracked_slices_the_channel_hears_how_many_and_the_furthest_below_its_usual() -> None:
    found = evaluation("met")
    found.slices = [
        tracked("A", 0.69),
        tracked("B", 0.5, version=2),
        tracked("C", 0.4, labels=4),
        tracked("D", 0.8),
    ]
    line = told(found)
    assert (
        "4 tracked slices, furthest below its usual: *B*: accuracy 50.0% now, usually 70.0%, on 90 labels" in line
    )
    assert "*A*" not in line
    found.slices = [tracked("A", 0.9), tracked("B", 0.7)]
    assert "2 tracked slices, none below its usual" in told(found)
    found.slices = [tracked("A", 0.65, usual_low=0.6, usual_high=0.8)]
    assert "1 tracked slice, none below its usual" in told(found), "what lies where it mostly does is not below"
    found.slices = [tracked("A", 0.59, usual_low=0.6, usual_high=0.8)]
    assert "furthest below its usual: *A*: accuracy 59.0% now, usually 60.0 to 80.0%" in told(found)
    found.slices = [tracked("A", 0.2, worse=True)]
    assert "• *A*: accuracy 20.0% now" in told(found)
    assert "below its usual" not in told(found)


def test_a_fact_needs_no_estimate_once_the_rest_is_overdue() -> None:
    assert "With all labels" in told(evaluation("breached", settled=False))
    assert "With all labels" not in told(evaluation("breached", settled=True))


def test_nothing_is_said_of_labels_where_nothing_was_predicted() -> None:
    nothing = evaluation("unknown")
    nothing.rows, nothing.labels = 0, 0
    assert "labels are in" not in told(nothing)


def test_what_an_alert_shows_in_its_thread_is_not_shown_again_beside_it() -> None:
    found = evaluation("breached")
    found.chart, found.findings = "c.png", [{"column": "temp", "reason": "all null"}]
    beside = json.dumps(message(found, None, "in the thread of alert 1").blocks)
    assert "c.png" in told(found)
    assert "all null" in told(found)
    assert "in the thread of alert 1" in beside
    assert "c.png" not in beside
    assert "all null" not in beside


@pytest.mark.parametrize(("risk", "said"), [(0.996, "over 99%"), (0.002, "under 1%"), (0.5, "50%")])
def test_no_chance_is_called_certain(risk: float, said: str) -> None:
    assert f"Chance of a miss {said}." in told(evaluation("unknown", estimate=ESTIMATE | {"risk": risk}))


def test_an_alerts_evidence_lists_the_slices_that_do_worse_and_names_the_others() -> None:
    found = evaluation("breached")
    found.slices = [
        tracked("A", 0.65, usual_low=0.6, usual_high=0.8),
        tracked("B", 0.5, usual_low=0.6, usual_high=0.8),
        tracked("C", 0.2, worse=True, tracked=False),
    ]
    said = str(evidence(found, None).blocks)
    assert "• *B*: accuracy 50.0% now" in said
    assert "• *C*: accuracy 20.0% now" in said
    assert "• *A*" not in said
    assert "Tracked, and as usual: A" in said
