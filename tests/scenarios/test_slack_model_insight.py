"""What `/model` tells of the newest evaluation, and the alerts that an evaluation raises before labels are in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.workspace.picture import bars
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation.finding import GAP, Finding, Kind
from tests.oncall_support import T0
from tests.oncall_support import config as team_config
from tests.slack_support import FLIGHTS, LEO, Desk, desk, shown
from tests.slices_support import DAY, DAYS, MIDNIGHT, flights
from workflows.evaluate import save

ESTIMATE = {
    "value": 0.58,
    "low": 0.5,
    "high": 0.66,
    "risk": 0.97,
    "coverage": 0.1,
    "cause": None,
    "reason": "From what is overdue.",
}
FINDING = {
    "check": "missing",
    "column": "price",
    "columns": ["price"],
    "kind": "soft",
    "score": 2.0,
    "reason": "price <b> is missing in 41% of rows, usually 2%.",
    "response": "File a ticket.",
}


def computed(**changes: Any) -> dict[str, Any]:
    slices = [
        {"name": "carrier EV", "where": {"carrier": "EV"}, "rows": 90, "labels": 80, "value": 0.4, "usual": 0.7}
    ]
    figures = {"low": 0.3, "high": 0.5, "worse": True, "tracked": False, "version": None}
    return {
        "pipeline": "flights",
        "window_start": "2013-02-04T05:00:00+00:00",
        "window_end": "2013-02-05T05:00:00+00:00",
        "known_at": T0.isoformat(),
        "versions": ["1"],
        "rows": 800,
        "labels": 80,
        "metric": "accuracy",
        "value": None,
        "low": None,
        "high": None,
        "objective": 0.7,
        "state": "unknown",
        "reason": "80 of 800 labels are in; 100 are needed to judge.",
        "findings": [FINDING],
        "slices": [{**slices[0], **figures}],
        "chart": None,
        "summary": {
            "day": "Mon 4 Feb",
            "columns": {"price": {}},
            "labels": {
                "text": "80 of 800 labels are in.",
                "median_hours": 3.0,
                "p90_hours": 9.5,
                "longest_hours": 20.0,
            },
            "slos": [],
            "estimate": ESTIMATE,
            "tested": [{"where": {"origin": "JFK"}, "labels": 50, "right": 20, "usual": 0.6}],
        },
        **changes,
    }


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(), SimulatedClock(T0), tmp_path) as running:
        yield running


async def evaluated(at: Desk, **changes: Any) -> None:
    def work(session: Any, config: Config, now: Any) -> int:
        return save(session, config, computed(**changes), now)

    at.do(work)
    await at.deliver()


async def test_before_the_first_evaluation_it_says_so(at: Desk) -> None:
    assert "has not been evaluated yet" in await at.slash(LEO, "/model", "why")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("slices", ["carrier EV", "origin JFK: accuracy 40.0%"]),
        ("checks", ["price &lt;b&gt; is missing in 41%", "File a ticket."]),
        ("slo", ["accuracy", "80 of 800 labels"]),
        ("labels", ["nine in ten within 9.5 h", "Chance of a miss 97%"]),
        ("why", ["not judged", "From what is overdue.", "price"]),
    ],
)
async def test_each_question_has_its_answer(at: Desk, word: str, told: list[str]) -> None:
    await evaluated(at)
    answer = await at.slash(LEO, "/model", word)
    assert all(each in answer for each in told), answer
    assert "<b>" not in answer


async def test_slices_that_stand_out_that_are_tracked_and_others_are_told_apart(at: Desk) -> None:
    worse, tracked, calm = (
        {
            **computed()["slices"][0],
            "name": name,
            "where": {"dest": name},
            "worse": name == "A",
            "tracked": name == "B",
        }
        for name in "ABC"
    )
    await evaluated(at, slices=[worse, calm, tracked])
    answer = await at.slash(LEO, "/model", "slices")
    told = ["Worse than usual", "A", "Tracked, since people asked for it", "B", "Lowest of the others", "C"]
    places = [answer.index(f"*{each}*") for each in told]
    assert places == sorted(places)
    later = {"window_start": "2013-02-05T05:00:00+00:00", "window_end": "2013-02-06T05:00:00+00:00"}
    await evaluated(at, slices=[calm], **later)
    assert "None does worse than its own past and chance explain." in await at.slash(LEO, "/model", "slices")
    later = {"window_start": "2013-02-06T05:00:00+00:00", "window_end": "2013-02-07T05:00:00+00:00"}
    young = {**computed()["summary"], "tested": []}
    await evaluated(at, slices=[{**calm, "usual": None}], summary=young, **later)
    assert "Not known yet: there are too few windows before this one" in await at.slash(LEO, "/model", "slices")


async def test_how_many_labels_are_in_is_said_once(at: Desk) -> None:
    await evaluated(at)
    assert (await at.slash(LEO, "/model", "labels")).count("labels are in") == 1


async def test_the_status_says_how_it_did_last(at: Desk) -> None:
    assert "Mon 4 Feb" not in await at.slash(LEO, "/model", "status")
    await evaluated(at)
    answer = await at.slash(LEO, "/model", "status")
    assert "Mon 4 Feb: not judged. 80 of 800 labels are in; 100 are needed to judge." in answer


async def test_labels_to_come_are_foretold_with_when_the_figure_can_be_trusted(at: Desk) -> None:
    ahead = {
        "ever": 0.96,
        "forecast": [["2013-02-06T13:00:00+00:00", 0.91]],
        "nearly_all_at": "2013-02-06T20:00:00+00:00",
    }
    late = ["Where it is <late>: 31% within 6.0 h, 55% elsewhere."]
    told = {**computed()["summary"], "labels": {"outlook": ahead, "late": late}}
    await evaluated(at, summary={**told, "settled": False}, value=0.4, low=0.3, high=0.5)
    answer = await at.slash(LEO, "/model", "labels")
    for each in (
        "by these alone 40.0%",
        "91% by ",
        ", 96% at last",
        "nearly all of these probably by ",
        "Where it is &lt;late&gt;",
    ):
        assert each in answer, answer
    later = {"window_start": "2013-02-05T05:00:00+00:00", "window_end": "2013-02-06T05:00:00+00:00"}
    await evaluated(at, summary={**told, "settled": True}, **later)
    assert "To come" not in await at.slash(LEO, "/model", "labels")


async def test_what_is_known_is_not_estimated(at: Desk) -> None:
    await evaluated(at, labels=800, state="met", value=0.78, low=0.75, high=0.81, reason="Accuracy was 78.0%.")
    for word in ("why", "labels"):
        assert "With all labels" not in await at.slash(LEO, "/model", word)


async def test_a_pipeline_that_nobody_knows_is_named(at: Desk) -> None:
    assert "There is no pipeline" in await at.slash(LEO, "/model", "why <!channel>")


async def test_a_miss_that_is_expected_calls_before_its_labels_are_in(at: Desk) -> None:
    await evaluated(at)
    messages = [shown(message) for message in at.workspace.messages(FLIGHTS)]
    (alert,) = [text for text in messages if "expected below objective" in text]
    assert "97%" in alert
    assert "price &lt;b&gt; is missing" in alert
    assert not any("data differs from its past" in text for text in messages), "that alert tells it"


async def test_a_window_whose_alert_has_the_evidence_is_one_line_beside_it(at: Desk) -> None:
    missed = {"state": "breached", "value": 0.4, "low": 0.3, "high": 0.5, "labels": 790, "reason": "It was 40.0%."}
    await evaluated(at, **missed)
    objective = next(each for each in at.workspace.messages(FLIGHTS) if "accuracy below objective" in shown(each))
    line = next(each for each in at.workspace.messages(FLIGHTS) if "objective missed" in shown(each))
    assert "price &lt;b&gt; is missing" in "".join(at.replies(FLIGHTS, objective))
    assert f"in the thread of <{at.workspace.config.base_url}" in shown(line)
    assert "is missing" not in shown(line)


async def test_a_day_with_a_gap_leads_to_its_alert_and_repeats_nothing(at: Desk) -> None:
    gap = Finding(GAP, (), Kind.HARD, 4.0, "v2 reached accuracy 72.0% live: 16.0 points less.", "down", 0.16)
    met = {"state": "met", "value": 0.72, "low": 0.7, "high": 0.74, "labels": 790, "reason": "Accuracy was 72.0%."}
    calm = computed()["summary"] | {"estimate": None, "deployment": {"serving": "2", "gap": True}}
    (at.deps.data / "day.png").write_bytes(bars(16, 8))
    await evaluated(at, **met, findings=[gap.as_json()], summary=calm, chart="day.png")
    alert = next(each for each in at.workspace.messages(FLIGHTS) if "live is not what" in shown(each))
    line = next(each for each in at.workspace.messages(FLIGHTS) if "objective met" in shown(each))
    evidence = next(each for each in at.thread(alert) if "Evidence" in shown(each))
    assert [block["type"] for block in evidence.blocks].count("image") == 1
    assert f"in the thread of <{at.workspace.config.base_url}" in shown(line)
    assert "16.0 points less" not in shown(line)
    assert "image" not in [block["type"] for block in line.blocks]


async def test_what_is_as_usual_again_ends_its_alert(at: Desk) -> None:
    await evaluated(at)
    calm = {
        **computed()["summary"],
        "estimate": {**ESTIMATE, "risk": 0.02, "value": 0.8, "low": 0.75, "high": 0.85},
    }
    later = {"window_start": "2013-02-05T05:00:00+00:00", "window_end": "2013-02-06T05:00:00+00:00"}
    met = {"state": "met", "value": 0.8, "low": 0.77, "high": 0.83, "labels": 790, "reason": "Accuracy was 80.0%."}
    await evaluated(at, **later, **met, known_at="2013-02-06T12:00:00+00:00", findings=[], summary=calm)
    groups = [shown(message) for message in at.workspace.messages(FLIGHTS)]
    assert not [text for text in groups if "Firing" in text]


async def test_three_attributes_are_gone_through_on_demand(sqlite_database: Database, tmp_path: Path) -> None:
    last = MIDNIGHT + (DAYS - 1) * DAY
    clock = SimulatedClock(last + 2 * DAY)
    config = team_config()
    names, asked = ["carrier", "origin", "dest"], config.pipeline("flights")
    predictions = asked.predictions.model_copy(update={"features": names})
    asked = asked.model_copy(update={"slices": names, "predictions": predictions})
    config = Config(config.team, {"flights": asked})
    past = flights(config.pipeline("flights"), each=600)
    async with desk(sqlite_database, config, clock, tmp_path, log=lambda _: past) as at:
        window = {"window_start": last.isoformat(), "window_end": (last + DAY).isoformat()}
        await evaluated(at, known_at=(last + DAY).isoformat(), **window)
        answer = await at.slash(LEO, "/model", "slices flights 3")
        assert "stands out" in answer, answer
        assert "carrier EV, origin EWR" in answer
        assert "was 1:" in answer, "wrong predictions come with it"
        stored = await at.slash(LEO, "/model", "slices flights")
        assert "Lowest of the others" in stored
