"""Changes as people see them: in the thread, and in what is asked about an alert."""

from dataclasses import replace
from datetime import timedelta

from bot.slack.views import alert, change
from bot.slack.views.people import People
from core.changes.tables import Change
from tests.slack_views_support import CONFIG, NOW, PEOPLE, state


def told(minutes: int, summary: str = "Deployed v42", href: str = "https://ci.example.com/7") -> Change:
    at = NOW + timedelta(minutes=minutes)
    links = [{"href": href, "text": "Build"}]
    return Change(
        id=1, source="ci", pipeline="flights", summary=summary, at=at, received_at=at, links=links, details={}
    )


def test_a_line_in_the_thread_is_safe_to_show() -> None:
    drawn = change.message(told(0, "<!channel> & more", "javascript:alert(1)"))
    assert drawn.text == "*Changed:* &lt;!channel&gt; &amp; more · Build"
    assert "told by ci" in drawn.blocks[1]["elements"][0]["text"]


def test_who_asks_about_an_alert_sees_what_changed_around_its_beginning() -> None:
    around = [told(75), told(-12)]
    drawn = alert.shown(replace(state(), changes=around), PEOPLE)
    assert drawn.blocks[-1]["text"]["text"] == (
        "*Changed around then*\n"
        "• 1 h 15 min after: Deployed v42 · <https://ci.example.com/7|Build>\n"
        "• 12 min before: Deployed v42 · <https://ci.example.com/7|Build>"
    )
    assert drawn.blocks[:-1] == alert.message(state(), PEOPLE).blocks
    assert change.around([], NOW) == []


def test_what_only_a_sender_holds_can_be_taken_by_a_person() -> None:
    held = state("acknowledged", acknowledged_by="source:pd", acknowledged_at=NOW)
    drawn = str(alert.blocks(held, People(CONFIG.team)))
    assert "Held by its sender “pd”" in drawn
    assert "Acknowledge" in str(alert.buttons(held))
    assert "'Acknowledge'" not in str(alert.buttons(state("acknowledged", acknowledged_by="maya")))
