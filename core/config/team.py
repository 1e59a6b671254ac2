"""`team.yaml`: people, channels, rotations, escalation, approvals and the senders of alerts."""

from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from core.config import references, responders
from core.config.declared import Declared
from core.config.places import refuse
from core.config.rotation import DayOff

URGENT = ("critical", "error")
"""The severities that must reach somebody under any policy."""


class Team(Declared):
    """The whole of `team.yaml`: every name in it is declared, and whatever it calls can answer."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(references.twice(self))
        refuse(references.missing(self))
        refuse(references.former(self))
        refuse(responders.missing(self))
        refuse((("alerts", "policy"), said) for said in self.silent(self.alerts.policy, "alerts"))
        return self

    def silent(self, policy_id: str, where: str) -> Iterator[str]:
        """Where an urgent alert under this policy would call nobody: at most one sentence about `where`."""
        for severity in URGENT:
            policy = self.policy_for(policy_id, severity)
            if not policy.calls_people:
                yield (
                    f"{where}: for severity {severity} the escalation policy {policy.id} reaches nobody: it only "
                    "posts in channels; add primary, a person, a webhook or a mention"
                )
                return

    @model_validator(mode="after")
    def _senders_are_distinct(self) -> Self:
        _once([digest for source in self.sources for digest in source.token_sha256], "tokens of sources")
        return self

    @model_validator(mode="after")
    def _rotations_know_people(self) -> Self:
        self.rotations[:] = [each.within(person.id for person in self.people) for each in self.rotations]
        return self

    @model_validator(mode="after")
    def _rotations_know_holidays(self) -> Self:
        days = {each.id: each.days for each in self.holidays}
        off = [
            DayOff(person.id, day, person.timezone)
            for person in self.people
            for day in sorted({day for each in person.holidays for day in days[each]})
        ]
        if off:
            found = [each.with_days_off(d for d in off if d.person in each.everybody) for each in self.rotations]
            self.rotations[:] = found
        return self


def _once(names: list[str], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{what} must differ; given twice: {', '.join(sorted(twice))}")
