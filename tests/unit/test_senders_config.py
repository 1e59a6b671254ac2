"""Sources and heartbeats in team.yaml: what is wrong is said where it is, and no secret is repeated."""

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from pydantic import ValidationError

from bot.secrets import SecretError, read_secret
from core.config.load import ConfigError, load
from core.config.senders import Heartbeat, Source
from tests.conftest import ROOT

TOKEN = "93ed16ee738ed674fe7d31128683572194992079d302b1438253ac17f5660524"


def loaded(folder: Path, more: str) -> Any:
    copied = copytree(ROOT / "examples" / "flights", folder / "flights")
    team = copied / "team.yaml"
    team.write_text(f"{team.read_text(encoding='utf-8')}{more}", encoding="utf-8")
    return load(copied, {"data": "/d", "python": "p", "serving": "http://x"})


def test_one_token_or_several() -> None:
    assert Source(id="a", token_sha256=TOKEN).token_sha256 == (TOKEN,)
    assert Source(id="a", token_sha256=[TOKEN, "0" * 64]).token_sha256 == (TOKEN, "0" * 64)
    assert Source(id="a", hmac_secret="env:S").token_sha256 == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": "a"}, "needs token_sha256"),
        ({"id": "goldilocks", "token_sha256": TOKEN}, "choose another"),
        ({"id": "a", "token_sha256": TOKEN, "labels": {"": "x"}}, "labels need names and values"),
        ({"id": "a", "token_sha256": "my-token"}, "this is not the SHA-256 of a token"),
        ({"id": "a", "hmac_secret": "hunter2"}, "write env:NAME or file:/path"),
    ],
)
def test_a_source_that_cannot_be_used(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Source(**wrong)
    message = caught.value.errors()[0]["msg"]
    assert said in message
    assert "hunter2" not in message


@pytest.mark.parametrize("wrong", [{}, {"pipeline": "a", "rotation": "b"}, {"rotation": "a", "every": "0s"}])
def test_a_heartbeat_that_cannot_be_used(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Heartbeat(**{"id": "a", "every": "1h", **wrong})


def test_a_heartbeat_of_the_team(tmp_path: Path) -> None:
    config = loaded(tmp_path, "heartbeats:\n  - {id: export, every: 1h, pipeline: flights}\n")
    assert config.team.heartbeat("export").grace.total_seconds() == 300
    assert config.team.heartbeat("other") is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "heartbeats:\n  - {id: export, every: 1h, pipeline: fligths}\n",
            "heartbeats.0.pipeline: “fligths” is not among the pipelines; did you mean “flights”?",
        ),
        (
            "heartbeats:\n  - {id: export, every: 1h, rotation: nights}\n",
            "heartbeats.0.rotation: “nights” is not among the rotations",
        ),
        (
            "heartbeats:\n" + "  - {id: export, every: 1h, pipeline: flights}\n" * 2,
            "heartbeats.1.id: two of the heartbeats have the id “export”",
        ),
        (f"  - {{id: again, token_sha256: {TOKEN}}}\n", "tokens of sources must differ"),
        (f"  - {{id: alertmanager, token_sha256: {'a' * 64}}}\n", "two of the sources have the id “alertmanager”"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, more)
    assert said in str(caught.value)


def test_secrets_are_read_where_the_yaml_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"from a file\n")
    monkeypatch.setenv("A_SECRET", "from the environment")
    monkeypatch.delenv("NO_SECRET", raising=False)
    assert read_secret("env:A_SECRET") == b"from the environment"
    assert read_secret(f"file:{file}") == b"from a file"
    (tmp_path / "empty").touch()
    for missing in ("env:NO_SECRET", f"file:{tmp_path}/nothing", f"file:{tmp_path}/empty"):
        with pytest.raises(SecretError) as caught:
            read_secret(missing)
        assert missing in str(caught.value)
