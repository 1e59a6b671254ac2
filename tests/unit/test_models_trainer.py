"""Trainers are other people's programs: here are some good and some bad ones, each run for real."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from core.models.trainer import (
    TrainerAnswerError,
    TrainerFailedError,
    TrainerSpec,
    TrainerTimedOutError,
    run_trainer,
)

GOOD = """
import json, os, pathlib, sys
request = json.load(sys.stdin)
print("reading", file=sys.stderr)
path = pathlib.Path(request["output_dir"]) / "model.skops"
path.write_bytes(b"weights")
print("a line of somebody's library")
print("done", file=sys.stderr)
print(json.dumps({"schema": 1, "model_path": str(path), "features": ["wind"], "metrics": {"accuracy": .75},
                  "rows": {"training": len(request.get("padding", ""))}, "extra": "ignored"}))
"""


def trainer(code: str, cwd: Path, timeout_s: float = 60, **env: str) -> TrainerSpec:
    return TrainerSpec([sys.executable, "-c", code], cwd, timeout_s, env)


async def test_a_good_trainer_gets_its_request_and_is_believed(tmp_path: Path) -> None:
    said: list[str] = []

    result = await run_trainer(trainer(GOOD, tmp_path), {"output_dir": str(tmp_path)}, said.append)

    assert result.model_path == tmp_path / "model.skops"
    assert result.metrics == {"accuracy": 0.75}
    assert (result.features, result.threshold, result.holdout_predictions) == (["wind"], 0.5, None)
    assert said == ["reading", "done"]


async def test_a_request_larger_than_a_pipe_arrives_whole(tmp_path: Path) -> None:
    request = {"output_dir": str(tmp_path), "padding": "x" * 1_000_000}

    result = await run_trainer(trainer(GOOD, tmp_path), request)

    assert result.rows == {"training": 1_000_000}


async def test_our_secrets_stay_with_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    code = "import json, os, sys; print(json.dumps(dict(os.environ)), file=sys.stderr); sys.exit(4)"

    with pytest.raises(TrainerFailedError) as caught:
        await run_trainer(trainer(code, tmp_path, SEED="7"), {})

    seen = json.loads(caught.value.stderr_tail)
    assert seen["SEED"] == "7"
    assert seen["PATH"] == os.environ["PATH"]
    assert not any(name.startswith("SLACK_") for name in seen)


async def test_a_failure_shows_the_end_of_what_it_said(tmp_path: Path) -> None:
    code = "import sys; [print(f'line {n}', file=sys.stderr) for n in range(100)]; sys.exit(3)"

    with pytest.raises(TrainerFailedError, match="exited with 3") as caught:
        await run_trainer(trainer(code, tmp_path), {"padding": "x" * 1_000_000})

    assert caught.value.reason == "failed"
    assert caught.value.stderr_tail.splitlines() == [f"line {n}" for n in range(80, 100)]


async def test_a_trainer_that_was_killed_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(TrainerFailedError, match="ended by SIGKILL"):
        await run_trainer(trainer("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path), {})


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainerFailedError, match="cannot start no-such-program") as caught:
        await run_trainer(TrainerSpec(["no-such-program"], tmp_path, 5), {})

    assert caught.value.reason == "not_started"


HANGS_WITH_A_CHILD = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("pids").write_text(f"{child.pid}")
print("waiting", file=sys.stderr, flush=True)
time.sleep(600)
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def gone(pid: int) -> bool:
    for _ in range(3_000):
        if not alive(pid):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_one_that_hangs_is_stopped_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.models.trainer._GRACE_SECONDS", 0.1)

    for patience_s in (1, 5, 60):  # a busy machine may take longer than that to start it
        with pytest.raises(TrainerTimedOutError, match=f"stopped after {patience_s} s") as caught:
            await run_trainer(trainer(HANGS_WITH_A_CHILD, tmp_path, timeout_s=patience_s), {})
        if caught.value.stderr_tail:
            break

    assert caught.value.stderr_tail == "waiting"
    assert await gone(int((tmp_path / "pids").read_text()))


async def test_a_cancelled_run_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.models.trainer._GRACE_SECONDS", 0.1)
    waiting = asyncio.Event()
    run = asyncio.create_task(run_trainer(trainer(HANGS_WITH_A_CHILD, tmp_path), {}, lambda _: waiting.set()))
    await waiting.wait()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert await gone(int((tmp_path / "pids").read_text()))


def answer(**changes: Any) -> str:
    return json.dumps({"schema": 1, "model_path": sys.executable, "features": ["wind"]} | changes)


@pytest.mark.parametrize(
    ("said", "reason", "message"),
    [
        ("", "no_answer", "nothing"),
        ("all done!", "invalid_json", "all done!"),
        ("[1]", "wrong_schema", "valid dictionary"),
        (answer(schema=2), "wrong_schema", "schema"),
        (answer(features=[]), "wrong_schema", "features"),
        (answer(model_path="/nothing/there"), "wrong_schema", "/nothing/there is not a file"),
        (answer(model_path="relative.skops"), "wrong_schema", "absolute"),
        (answer(holdout_predictions="/nothing/there"), "wrong_schema", "is not a file"),
        (answer(metrics={"accuracy": "NaN"}), "wrong_schema", r"metrics\.accuracy"),
        ("x" * 3_000_000, "invalid_json", "xxx"),
    ],
)
async def test_an_answer_that_was_not_agreed_is_refused(
    tmp_path: Path, said: str, reason: str, message: str
) -> None:
    (tmp_path / "answer").write_text(said)

    with pytest.raises(TrainerAnswerError, match=message) as caught:
        await run_trainer(trainer("print(open('answer').read())", tmp_path), {})

    assert caught.value.reason == reason
    assert len(str(caught.value)) < 2_000
