"""The message of an alert group says what is wrong, who holds it, and offers what can be done now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.ids import Action, base
from bot.slack.views import alert, alert_details, page, page_call
from bot.slack.views.page_call import CallState
from bot.slack.views.state import AlertLine, GroupState, StormState
from core.alerts.storm import Members, storm_key
from core.alerts.tables import GroupStatus
from core.oncall.tables import CallKind, Notification, Page, PageCall
from tests.slack_views_support import NOW, PEOPLE, state


def offered(drawn: GroupState) -> set[str]:
    return {base(item["action_id"]) for block in alert.buttons(drawn) for item in block["elements"]}


ALWAYS = {Action.FILE_BUG, Action.ALERT_DETAILS, Action.LINK, Action.ALERT_MORE}


@pytest.mark.parametrize(
    ("status", "more"),
    [
        ("firing", {Action.ACKNOWLEDGE, Action.RESOLVE, Action.SILENCE, Action.ROLL_BACK}),
        ("acknowledged", {Action.RESOLVE, Action.SILENCE, Action.ROLL_BACK}),
        ("silenced", {Action.RESOLVE, Action.ROLL_BACK}),
        ("inhibited", {Action.ACKNOWLEDGE, Action.RESOLVE, Action.SILENCE, Action.ROLL_BACK}),
        ("resolved", set()),
    ],
)
def test_the_buttons_follow_the_state(status: str, more: set[str]) -> None:
    assert offered(state(status)) == ALWAYS | more


def test_without_a_pipeline_there_is_nothing_to_roll_back() -> None:
    assert Action.ROLL_BACK not in offered(state(pipeline=False))


def test_each_state_has_its_own_colour_and_word() -> None:
    drawn = [alert.message(state(status), PEOPLE) for status in GroupStatus]
    assert len({message.color for message in drawn}) == len(GroupStatus)
    words = ["Firing", "Acknowledged", "Silenced", "Inhibited", "Resolved"]
    assert [message.text.split(":")[0] for message in drawn] == words


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        (state(), "Nobody has acknowledged it yet."),
        (state("acknowledged", acknowledged_by="maya"), "Held by <@U0MAYA>."),
        (state("resolved", resolved_by="jonas", resolved_at=NOW + timedelta(minutes=65)), "after 1 h 5 min."),
        (state("resolved", resolved_at=NOW + timedelta(days=2)), "Resolved after 2 days."),
        (state("silenced"), "Silenced until <!date^"),
        (state("inhibited"), "Calls nobody while something else fires, which explains it."),
    ],
)
def test_who_holds_it(drawn: GroupState, sentence: str) -> None:
    assert sentence in alert.holder(drawn, PEOPLE)


def test_many_alerts_are_a_few_lines_and_a_count() -> None:
    text = str(alert.blocks(state(alerts=2_000), PEOPLE))
    assert text.count("`host=a`") == alert.SHOWN_ALERTS
    assert "… and 1,995 more alerts" in text


def test_one_alert_needs_no_list() -> None:
    assert "host=a" not in str(alert.blocks(state(), PEOPLE))
    assert "host" in str(alert_details.details(state()))


def test_a_runbook_of_another_sender_is_linked_if_it_is_an_address() -> None:
    for url, found in (("https://wiki.example/a|b>", True), ("javascript:alert(1)", False)):
        line = AlertLine({}, {"runbook_url": url}, True, 1)
        drawn = GroupState(state(pipeline=False).group, [line], 1, 1)
        assert (Action.LINK in offered(drawn)) is found


def test_who_would_file_a_bug_sees_the_one_there_is() -> None:
    names = [str(alert.blocks(replace(state(), tickets=[3, 7], bug=bug), PEOPLE)) for bug in (None, 7)]
    assert ["File bug" in name for name in names] == [True, False]
    assert "'text': 'Bug #7'" in names[1]


def test_a_page_mentions_the_called_and_does_not_rely_on_the_shadow() -> None:
    step = Notification(people=["maya", "jonas"], shadows=["leo"], reason="no_answer", step=1, at=NOW)
    drawn = page.message(step, state().group, PEOPLE)
    assert drawn.text.startswith("<@U0MAYA> and <@U0JONAS>: please take “Slow”. Nobody has answered so far.")
    assert "<@U0LEO> goes along as shadow." in str(drawn.blocks)


def test_alerts_of_a_group_are_told_by_what_they_differ_in_also_when_none_fires_any_more() -> None:
    drawn = state("resolved", alerts=3)
    same = {"alertname": "Slow", "pipeline": "flights", "severity": "critical"}
    lines = [AlertLine({**same, "host": host}, {}, False, 1) for host in "abc"]
    text = str(alert.blocks(replace(drawn, alerts=lines), PEOPLE))
    for host in "abc":
        assert f"✓ `host={host}`" in text
    assert "pipeline=flights" not in text


def test_a_storm_that_is_over_says_so() -> None:
    storm = StormState(Members({"resolved": 30}, NOW), [("Down", 29, 1), ("Slow", 1, 30)])
    drawn = replace(state("resolved"), total=0, storm=storm)
    text = str(alert.blocks(drawn, PEOPLE))
    assert "None of them fires any more." in text
    assert "• 29 × Down (the first is alert *1*)" in text
    assert "• Slow (alert *30*)" in text


def test_details_tell_a_title_and_a_summary_once() -> None:
    notes = {"title": "Slow", "summary": "It is slow.", "runbook_url": "https://runbooks.example/slow"}
    drawn = replace(state(), alerts=[AlertLine({"host": "a"}, notes, True, 1)])
    told = str(alert_details.details(drawn))
    assert (told.count("It is slow."), told.count("*Slow*"), told.count("*title*")) == (1, 1, 0)
    assert "https://runbooks.example/slow" in told
    other = replace(drawn, alerts=[AlertLine({"host": "a"}, {"summary": "p99 is 4 s"}, True, 1)])
    assert "p99 is 4 s" in str(alert_details.details(other)), "what the group does not say"


@pytest.mark.parametrize(
    ("people", "why"), [(["maya"], "You are on call."), (["maya", "jonas"], "All of you are called.")]
)
def test_nobody_is_said_to_be_on_call_who_is_called_because_nobody_is(people: list[str], why: str) -> None:
    step = Notification(step=0, reason="opened", people=people, shadows=[], at=NOW)
    text = page.message(step, state().group, PEOPLE).text
    assert text.endswith(why)


def test_alerts_of_one_cause_are_told_by_their_names() -> None:
    drawn, table = state(alerts=2), {"table": "flights_raw"}
    lines = [AlertLine({**table, "alertname": name}, {}, True, 1) for name in ("TableDown", "StaleColumn")]
    text = str(alert.blocks(replace(drawn, alerts=lines), PEOPLE))
    assert "• TableDown\\n• StaleColumn" in text
    lines[1] = AlertLine({**table, "alertname": "StaleColumn", "column": "dep"}, {"summary": "old"}, True, 1)
    assert "• StaleColumn `column=dep` old" in str(alert.blocks(replace(drawn, alerts=lines), PEOPLE))


@pytest.mark.parametrize(("key", "ends"), [("host=a", True), (storm_key("flights", "flights"), False)])
def test_a_storm_is_not_offered_to_be_resolved(key: str, ends: bool) -> None:
    page, call = (
        Page(status="open", step=0),
        PageCall(id=1, page_id=1, kind=CallKind.PERSON, target="maya", step=0),
    )
    drawn = page_call.message(CallState(call, page, state(key=key), None, None), PEOPLE)
    assert ("Resolve" in str(drawn.blocks)) is ends
