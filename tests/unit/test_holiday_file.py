"""Holidays out of calendar files, good and bad."""

from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from bot.__main__ import cli
from core.config.rotation import Holidays
from core.oncall.holiday_file import MAX_BYTES, CalendarError, Holiday, holidays

FIRST, LAST = date(2026, 12, 1), date(2027, 12, 31)


def calendar(*events: str) -> bytes:
    inner = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n{inner}END:VCALENDAR\r\n".encode()


CHRISTMAS = (
    "UID:1\r\nSUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20201225\r\nDTEND;VALUE=DATE:20201227\r\nRRULE:FREQ=YEARLY"
)
LABOUR = "UID:2\r\nSUMMARY:Labour day\r\nDTSTART;VALUE=DATE:20270501"
LUNCH = "UID:3\r\nSUMMARY:Lunch\r\nDTSTART:20270502T120000Z\r\nDTEND:20270502T130000Z"


def test_days_recur_last_and_come_in_order_and_meetings_are_left_out() -> None:
    assert holidays(calendar(LABOUR, CHRISTMAS, LUNCH), FIRST, LAST) == [
        Holiday(date(2026, 12, 25), "Christmas"),
        Holiday(date(2026, 12, 26), "Christmas"),
        Holiday(date(2027, 5, 1), "Labour day"),
        Holiday(date(2027, 12, 25), "Christmas"),
        Holiday(date(2027, 12, 26), "Christmas"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no calendar"),
        (b"<html>", "no calendar"),
        (b"\xff\xfe\x00", "no calendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "no calendar"),
        (b"x" * (MAX_BYTES + 1), "larger than 2 MB"),
        (calendar("UID:9\r\nSUMMARY:Odd\r\nDTSTART;VALUE=DATE:20269999"), "“Odd” has no start"),
        (calendar("UID:9\r\nSUMMARY:Odd"), "“Odd” has no start"),
        (
            calendar("UID:9\r\nSUMMARY:Odd\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20280101"),
            "“Odd” lasts 365 days",
        ),
        (
            calendar("UID:9\r\nSUMMARY:Odd\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND:20270102T100000Z"),
            "“Odd” begins with a day",
        ),
        (
            calendar("UID:9\r\nSUMMARY:Odd\r\nDTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=SECONDLY"),
            "“Odd” recurs more often than daily",
        ),
        (
            calendar("UID:9\r\nSUMMARY:Odd\r\nDTSTART;VALUE=DATE:20270101\r\nRRULE:nonsense"),
            "“Odd” recurs more often than daily, or by a broken rule",
        ),
        (
            calendar("UID:9\r\nSUMMARY:Odd\r\nDTSTART;VALUE=DATE:20261201\r\nRRULE:FREQ=DAILY;COUNT=800"),
            "more than 400",
        ),
    ],
)
def test_a_bad_calendar_is_refused_in_one_line_that_names_the_event(content: bytes, said: str) -> None:
    with pytest.raises(CalendarError) as caught:
        holidays(content, FIRST, date(2029, 1, 1))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_prints_lines_that_team_yaml_accepts(tmp_path: Path) -> None:
    file = tmp_path / "de.ics"
    file.write_bytes(calendar(CHRISTMAS.replace("Christmas", "X: \\n[evil] # - {")))
    asked = ["holidays", str(file), "--id", "de", "--from", "2026-12-01", "--to", "2026-12-31"]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0
    (declared,) = YAML(typ="safe").load(done.output)["holidays"]
    assert Holidays.model_validate(declared).days == [date(2026, 12, 25), date(2026, 12, 26)]
    assert CliRunner().invoke(cli, ["holidays", str(tmp_path / "no.ics")]).exit_code == 1
