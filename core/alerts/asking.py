"""What people ask a list of alerts for: words behind `/alerts list`. Pure rules."""

from dataclasses import dataclass
from datetime import timedelta

from core.alerts.severity import Severity
from core.alerts.tables import GroupStatus
from core.config.fields import parse_duration
from core.decision import quoted

MOST = 1_000_000_000
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
    """Words that nobody understands; the message says which, and what there is."""


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
        else:
            wanted[name] = _value(name, value, word)
    return Asked(statuses=tuple(statuses), **wanted)  # type: ignore[arg-type]


def _value(name: str, value: str, word: str) -> object:
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
    raise AskedError(f"“{quoted(word[:60])}” says nothing about alerts. There is: {HELP}.")


def written(asked: Asked, page: int) -> str:
    """The words that ask for another page of the same list."""
    words: list[str] = [*asked.statuses]
    words += [name for name, said in (("all", asked.everything), ("mine", asked.mine)) if said]
    words += [f"{name}={value}" for name in ("pipeline", "severity", "storm") if (value := getattr(asked, name))]
    spans = (("older", asked.older), ("newer", asked.newer))
    words += [f"{name}={int(span.total_seconds())}s" for name, span in spans if span is not None]
    return " ".join([*words, f"page={page}"])
