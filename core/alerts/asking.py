"""What people ask a list of alerts for: words behind `/alerts list`. Pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.alerts.severity import Severity
from core.alerts.tables import GroupStatus
from core.config.fields import parse_duration
from core.decision import quoted
from core.nearest import nearest

MOST = 1_000_000_000
NAMES = ("pipeline", "severity", "older", "newer", "storm", "page")
HELP = "firing, acknowledged, silenced, inhibited, resolved, all, mine, pipeline=ID, severity=NAME, older=2h, newer=1d"


@dataclass(frozen=True)
class Asked:
    """Which groups are wanted: of any of these states (open ones, if none is named), and of everything else that is
    not None. `page` counts from 1."""

    statuses: tuple[GroupStatus, ...] = ()
    everything: bool = False
    mine: bool = False
    pipeline: str | None = None
    severity: Severity | None = None
    older: timedelta | None = None
    newer: timedelta | None = None
    storm: int | None = None
    page: int = 1


class AskedError(ValueError):
    """Words that nobody understands; the message says which, and what there is. `meant` are the whole texts that were
    probably meant, if any."""

    def __init__(self, message: str, meant: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.meant = meant


def parse(text: str) -> Asked:
    """The words in any order; raises AskedError."""
    wanted: dict[str, object] = {}
    statuses: list[GroupStatus] = []
    for word in text.split():
        name, _, value = word.lower().partition("=")
        if name in set(GroupStatus):
            statuses.append(GroupStatus(name))
        elif word.lower() in ("all", "mine"):
            wanted["everything" if name == "all" else "mine"] = True
        elif word.lower() != "open":  # which is what is listed anyway
            wanted[name] = _value(name, value, word, text)
    return Asked(statuses=tuple(statuses), **wanted)  # type: ignore[arg-type]


def _value(name: str, value: str, word: str, text: str) -> object:
    try:
        match name:
            case "pipeline" if value:
                return value
            case "severity":
                return Severity(value)
            case "older" | "newer":
                return parse_duration(value)
            case "page" | "storm" if 1 <= int(value) <= MOST:
                return int(value)
    except ValueError:
        pass
    near = [mended(text, word, each) for each in _near(name, value)]
    about = f"“{quoted(word[:60])}” says nothing about alerts."
    raise AskedError(about if near else f"{about} There is: {HELP}.", near)


def _near(name: str, value: str) -> list[str]:
    """The words that somebody may have meant."""
    if name == "severity":
        return [f"severity={each}" for each in nearest(value, Severity)]
    if value:
        return [f"{each}={value}" for each in nearest(name, NAMES) if each != name]
    return nearest(name, (*GroupStatus, "open", "all", "mine"))


def mended(text: str, wrong: str, right: str) -> str:
    """The same words with one of them put right."""
    return " ".join(right if word == wrong else word for word in text.split())


def written(asked: Asked, page: int | None = None) -> str:
    """The words that ask for the same list, or for another page of it."""
    words: list[str] = [*asked.statuses]
    words += [name for name, said in (("all", asked.everything), ("mine", asked.mine)) if said]
    words += [f"{name}={value}" for name in ("pipeline", "severity", "storm") if (value := getattr(asked, name))]
    spans = (("older", asked.older), ("newer", asked.newer))
    words += [f"{name}={int(span.total_seconds())}s" for name, span in spans if span is not None]
    return " ".join([*words, *([f"page={page}"] if page is not None else [])])
