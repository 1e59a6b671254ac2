"""Which alerts explain which others away: inhibitions, as in Alertmanager. Pure rules."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from core.alerts.labels import Labels
from core.config.alerts import Inhibition
from core.matchers import Matcher


class Source(NamedTuple):
    """A firing alert that quietens others: by the rule of this digest, where the labels in `equal` are the same."""

    alert_id: int
    group_id: int
    fingerprint: str
    labels: Labels
    rule: str
    equal: Mapping[str, str]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.labels.get("alertname") or self.fingerprint


class Inhibiting(NamedTuple):
    """The rules by their digests, and what fires of their sources."""

    rules: Mapping[str, Inhibition]
    sources: Sequence[Source]


def digest(rule: Inhibition) -> str:
    """Equal for rules that mean the same: a changed one must not go on with the sources of the old one."""
    sides = [[str(matcher) for matcher in side] for side in (rule.source, rule.target)]
    return blake2b(msgspec.json.encode([*sides, sorted(rule.equal)]), digest_size=8).hexdigest()


def by_digest(rules: Iterable[Inhibition]) -> dict[str, Inhibition]:
    return {digest(rule): rule for rule in rules}


def source_of(labels: Labels, rules: Mapping[str, Inhibition]) -> dict[str, dict[str, str]]:
    """The rules (by digest) of which this alert is a source, each with what its targets must share. A label that is
    absent counts as empty, on both sides."""
    return {
        name: {label: labels.get(label, "") for label in rule.equal}
        for name, rule in rules.items()
        if _all(rule.source, labels)
    }


def inhibited_by(labels: Labels, inhibiting: Inhibiting) -> Source | None:
    """The first source that explains this alert. Nothing inhibits itself: where an alert is both source and target of a
    rule, others that are both do not count for it."""
    for source in inhibiting.sources:
        rule = inhibiting.rules.get(source.rule)
        if rule is None or any(labels.get(name, "") != value for name, value in source.equal.items()):
            continue
        if _all(rule.target, labels) and not (_all(rule.source, labels) and _all(rule.target, source.labels)):
            return source
    return None


def _all(matchers: Iterable[Matcher], labels: Labels) -> bool:
    return all(matcher.holds(labels) for matcher in matchers)
