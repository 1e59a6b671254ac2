"""What `goldilocks import` says of hostile files, how it writes, and what is still to be filled in afterwards."""

from pathlib import Path

import pytest
import structlog

from bot import serve
from bot.checks import check_directory
from core.config.load import ConfigError, load, to_be_filled
from tests.imports_support import FILES, again, go, of

HOSTILE: list[tuple[str, str, bytes | str, str]] = [
    ("alertmanager", "a.yml", "scrape_configs: []\n", "this is Prometheus's own configuration"),
    ("alertmanager", "a.yml", "kind: Secret\ndata: {}\n", "this is a Secret of Kubernetes"),
    ("alertmanager", "a.yml", "", "there must be “route:” and “receivers:” here"),
    ("alertmanager", "a.yml", b"route: \xff\n", "a.yml:1: not UTF-8 text"),
    ("alertmanager", "a.yml", "route: [\n", "a.yml:2: not valid YAML"),
    ("alertmanager", "a.yml", "a: &a [x,x,x]\nb: &b [*a,*a,*a]\n" + "".join(
        f"c{n}: &c{n} [{','.join(['*c' + str(n - 1) if n else '*b'] * 9)}]\n" for n in range(6)), "more than 20,000"),
    ("alertmanager", "a.yml", "route: &r {receiver: a, routes: [*r]}\nreceivers: [{name: a}]\n", "route.routes"),
    ("alertmanager", "a.yml", "route: {receiver: b}\nreceivers: [{name: a}]\n", "“b” is not among the receivers"),
    ("alertmanager", "a.yml", "route: {receiver: a, group_by: x}\nreceivers: [{name: a}]\n", "route.group_by"),
    ("alertmanager", "a.yml", "route: {receiver: a, group_wait: soon}\nreceivers: [{name: a}]\n", "not a duration"),
    ("alertmanager", "a.yml", "route:\n  receiver: a\n  routes:\n    - {receiver: a, matchers: ['a=~\"(\"']}\n"
        "receivers: [{name: a}]\n", "a.yml:4 route.routes.0.matchers.0: invalid regular expression"),
    ("alertmanager", "a.yml", "a" * 1_000_001, "larger than 1,000,000 bytes"),
    ("pagerduty", "a.json", '{"schedules": [{"id": "S"', "it ends too early, so the download was cut off"),
    ("pagerduty", "a.json", '{"results": []}', "this looks like Grafana OnCall's API"),
    ("pagerduty", "a.json", '{"error": {"message": "Invalid Input"}}', "answered with an error (Invalid Input)"),
    ("pagerduty", "a.json", "[" * 100_000, "no JSON that an API answers with"),
    ("pagerduty", "a.json", '{"schedules": [{"id": "S", "name": "s"}]}', "its layers are missing"),
    ("pagerduty", "a.json", '{"schedules": [{"id": "S", "schedule_layers": "x"}]}', "schedules.0.schedule_layers"),
    ("pagerduty", "a.json", '{"users": [{"id": "U"}], "more": true, "limit": 1, "offset": 0}', "&offset=1"),
    ("pagerduty", "a.json", '{"users": [{"id": "U"}]}', "no schedule with a layer"),
    ("grafana-oncall", "a.json", '{"services": []}', "this looks like PagerDuty's API"),
    ("grafana-oncall", "a.json", '{"detail": "Invalid token."}', "answered with an error (Invalid token.)"),
    ("grafana-oncall", "a.json", '{"count": 3, "next": "x", "results": [{"id": "U", "username": "u", "email": "e"}]}',
        "only a page of users: 1 of 3"),
    ("grafana-oncall", "a.json", '{"results": [{"id": "S", "type": "web", "on_call_now": [], "shifts": ["O"]}]}',
        "its shift O is in no file"),
    ("grafana-oncall", "a.json", '{"results": [{"id": "O", "type": "rolling_users", "start": "soon", "duration": 1}]}',
        "results.0.start"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "name", "content", "said_of"), HOSTILE, ids=[each[3][:30] for each in HOSTILE])
def test_a_file_that_cannot_be_imported_is_told_with_its_place(
    tool: str, name: str, content: bytes | str, said_of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert go(tool, file, out=tmp_path / "out") == 2
    printed = capsys.readouterr()
    assert said_of in printed.err
    assert name in printed.err
    assert not (tmp_path / "out").exists(), "nothing is written"


def test_it_writes_whole_files_and_replaces_none_unless_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, source = tmp_path / "config", FILES / "alertmanager.yml"
    assert go("alertmanager", source, out=out) == 0
    before = (out / "team.yaml").read_text()
    (out / "team.yaml").write_text("mine")
    assert go("alertmanager", source, out=out) == 2
    assert (out / "team.yaml").read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert go("alertmanager", source, out=out, force=True) == 0
    assert (out / "team.yaml").read_text() == before
    assert [each.name for each in out.iterdir()] == ["team.yaml"], "and leaves nothing else"
    capsys.readouterr()
    assert go("alertmanager", source) == 0
    assert capsys.readouterr().out == before, "without --out it is printed"


def test_placeholders_are_named_by_check_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again(of("pagerduty"), tmp_path)
    assert check_directory(tmp_path) == 0
    printed = capsys.readouterr().out
    lines = (tmp_path / "team.yaml").read_text().splitlines()
    line = next(number for number, each in enumerate(lines, 1) if "UTODO1" in each)
    assert (
        f"team.yaml:{line}: people.1.slack: UTODO1 is a placeholder: put the member ID of Amina Diallo" in printed
    )
    assert len(to_be_filled(tmp_path, load(tmp_path).team)) == 4


def test_serve_does_not_start_with_a_placeholder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(of("pagerduty"), tmp_path)
    values = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "GOLDILOCKS_CONFIG": str(tmp_path)}
    for name, value in {**values, "GOLDILOCKS_DATA": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    logs = structlog.get_config()
    with pytest.raises(ConfigError, match="UTODO1 is a placeholder"):
        serve.run(None, None)
    structlog.configure(**logs)
