"""Runs a team's trainer as a process of its own: own interpreter and folder, a time limit, none of our secrets."""

import asyncio
import contextlib
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.models.contract import TrainerResult

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")
"""What a program needs to run at all. Everything else (tokens, signing secrets) stays with us."""

_KEPT_LINES = 20
_LONGEST_LINE = 1024 * 1024
"""Bytes; a longer line is cut, so that no output can fill our memory."""

_GRACE_SECONDS = 5.0


class TrainerError(RuntimeError):
    """A training run gave no usable result; `reason` is a stable name, the message says what to look at."""

    def __init__(self, reason: str, message: str, stderr_tail: str = "") -> None:
        super().__init__(f"{message}\n{stderr_tail}".rstrip())
        self.reason = reason
        self.stderr_tail = stderr_tail


class TrainerFailedError(TrainerError):
    """It could not be started, or exited with an error."""


class TrainerTimedOutError(TrainerError):
    """It ran longer than it may, and was stopped with everything it had started."""


class TrainerAnswerError(TrainerError):
    """It finished, and its answer is not the JSON that was agreed."""


@dataclass(frozen=True)
class TrainerSpec:
    """How to run a trainer. `env` is added to a minimal environment; nothing else is inherited."""

    command: Sequence[str]
    cwd: Path
    timeout_s: float
    env: Mapping[str, str] = field(default_factory=dict)


async def run_trainer(
    spec: TrainerSpec,
    request: Mapping[str, Any],
    progress: Callable[[str], None] = lambda _: None,
) -> TrainerResult:
    """Give the trainer the request on standard input and check what it answers.

    `progress` gets each line of its standard error as it comes. When this call is cancelled, the trainer and
    everything it started are stopped too. Raises TrainerFailedError, TrainerTimedOutError or TrainerAnswerError.
    """
    process = await _start(spec)
    tail: deque[str] = deque(maxlen=_KEPT_LINES)
    try:
        async with asyncio.timeout(spec.timeout_s):
            lines = await _converse(process, json.dumps(request).encode(), tail, progress)
            code = await process.wait()
    except TimeoutError:
        raise TrainerTimedOutError(
            "timed_out", f"the trainer was stopped after {spec.timeout_s:g} s", "\n".join(tail)
        ) from None
    finally:
        await _stop_group(process)
    if code != 0:
        raise TrainerFailedError("failed", f"the trainer {_ended(code)}", "\n".join(tail))
    return _parse(lines, "\n".join(tail))


async def _start(spec: TrainerSpec) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *spec.command,
            cwd=spec.cwd,
            env=_environment(spec.env),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,  # so that its whole group can be stopped
        )
    except OSError as error:
        raise TrainerFailedError(
            "not_started", f"cannot start {spec.command[0]} in {spec.cwd}: {error.strerror}"
        ) from error


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | dict(extra)


async def _converse(
    process: Process, request: bytes, tail: deque[str], progress: Callable[[str], None]
) -> list[str]:
    """Write the request while reading both streams, so that no full pipe can hold up the other side."""
    async with asyncio.TaskGroup() as streams:
        streams.create_task(_write(process, request))
        streams.create_task(_forward(process, tail, progress))
        answer = streams.create_task(_last_lines(process))
    return answer.result()


async def _write(process: Process, request: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 -- it was started with a pipe
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read; its exit code tells
        process.stdin.write(request)
        await process.stdin.drain()
    process.stdin.close()


async def _forward(process: Process, tail: deque[str], progress: Callable[[str], None]) -> None:
    assert process.stderr is not None  # noqa: S101 -- it was started with a pipe
    async for raw in _lines(process.stderr):
        line = raw.decode(errors="replace").rstrip()
        tail.append(line)
        progress(line)


async def _last_lines(process: Process) -> list[str]:
    assert process.stdout is not None  # noqa: S101 -- it was started with a pipe
    kept: deque[str] = deque(maxlen=1)
    async for raw in _lines(process.stdout):
        if raw.strip():
            kept.append(raw.decode(errors="replace"))
    return list(kept)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Lines without their ends, each cut at _LONGEST_LINE; nothing is said when a line goes on past that."""
    rest, cut = b"", False
    while chunk := await stream.read(65_536):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if not cut:
                yield line[:_LONGEST_LINE]
            cut = False
        if len(rest) > _LONGEST_LINE:
            if not cut:
                yield rest[:_LONGEST_LINE]
            rest, cut = b"", True
    if rest and not cut:
        yield rest


async def _stop_group(process: Process) -> None:
    """Stop whatever is left of the trainer's process group: politely, then for good."""
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await process.wait()
        except TimeoutError:
            pass
    _signal_group(process.pid, signal.SIGKILL)
    await process.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _ended(code: int) -> str:
    return f"exited with {code}" if code > 0 else f"was ended by {signal.Signals(-code).name}"


def _parse(lines: list[str], stderr_tail: str) -> TrainerResult:
    if not lines:
        raise TrainerAnswerError("no_answer", "the trainer wrote nothing to standard output", stderr_tail)
    try:
        return TrainerResult.model_validate(json.loads(lines[-1]))
    except json.JSONDecodeError as error:
        message = f"the trainer's last line is not JSON: {error}: {lines[-1][:200]!r}"
        raise TrainerAnswerError("invalid_json", message, stderr_tail) from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise TrainerAnswerError("wrong_schema", f"the trainer's answer: {problems}", stderr_tail) from error
