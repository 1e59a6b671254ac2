"""Whom to tell when the database is away: learned while it is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts.severity import Severity
from core.config.escalation import EscalationPolicy, Notify
from core.config.load import Config
from core.config.rotation import Rotation
from core.oncall import rota_store
from core.oncall.escalation import Recipients, recipients
from core.oncall.learning import learners
from core.oncall.rota import Rota
from core.runs import store as runs
from workflows.call import pagers_of


@dataclass(frozen=True)
class Known:
    """The rotas that the team's catch-all policy calls by, and the replicas that live, as they were last read."""

    rotas: Mapping[str, Rota]
    replicas: Sequence[str]

    def turn(self, replica: str) -> int:
        """Which of the replicas it is."""
        return sum(name < replica for name in self.replicas)


@dataclass(frozen=True)
class Told:
    """Who is to hear of it now: people, the first call of a critical alert of no pipeline, and pagers, those of the
    first call that has any."""

    people: Sequence[str]
    pagers: Sequence[str]


def learn(session: Session, config: Config, now: datetime) -> Known:
    """What `whom` needs to know."""
    rotas = {name: rota_store.rota(session, config.team.rotation(name), now) for name in _named(config)}
    return Known(rotas, runs.living_replicas(session, now - runs.SILENCE))


def declared(config: Config) -> Known:
    """What the YAML alone says of it: who has which shift, without overrides, swaps and absences."""
    return Known({name: _declared(config.team.rotation(name)) for name in _named(config)}, [])


def _declared(rotation: Rotation) -> Rota:
    return Rota(rotation, learners=[each for plan in rotation.shadowing for each in learners(plan, [])])


def _named(config: Config) -> set[str]:
    return {config.team.alerts.rotation} | set(_policy(config).named("rotation"))


def whom(config: Config, known: Known, now: datetime) -> Told:
    """Who is told at `now`, when some of what was known may have passed: rotas know their future."""
    steps = [_called(config, known, step.notify, now) for step in _policy(config).steps]
    rung = (pagers_of(config, called.people, called.webhooks) for called in steps)
    return Told(steps[0].people, next(filter(None, rung), []))


def _policy(config: Config) -> EscalationPolicy:
    return config.team.policy_for(config.team.alerts.policy, Severity.CRITICAL)


def _called(config: Config, known: Known, notify: Sequence[Notify], now: datetime) -> Recipients:
    duties = {name: (rota.at(now), rota.rotation) for name, rota in known.rotas.items()}
    return recipients(notify, config.team.alerts.rotation, duties)
