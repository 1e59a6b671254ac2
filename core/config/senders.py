"""Who sends: the sources of alerts and changes, and the jobs that are expected to report."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.config.fields import Duration, Id, Model, OneOrMore, SecretRef, Shape

Sha256 = Annotated[
    str,
    Shape(
        "[0-9a-f]{64}",
        "the SHA-256 of a token (64 digits from 0 to f); `goldilocks token` makes both",
        shown=False,
    ),
]
Severity = Literal["critical", "error", "warning", "info"]


class Source(Model):
    """A sender, known by the SHA-256 of its token (`goldilocks token` makes both), or by what it signs with.

    While a token or a secret is changed, both the old and the new one may be listed. `labels` are forced onto all
    that it sends, whatever it says itself: it can speak for nothing else.
    """

    id: Id
    token_sha256: OneOrMore[Sha256] = ()
    hmac_secret: OneOrMore[SecretRef] = ()
    labels: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_known(self) -> Self:
        if not self.token_sha256 and not self.hmac_secret:
            raise ValueError("a source needs token_sha256 (see `goldilocks token`), hmac_secret, or both")
        if not all(name.isprintable() and name and value for name, value in self.labels.items()):
            raise ValueError("labels need names and values")
        if self.id == "goldilocks":
            raise ValueError("Goldilocks signs its own alerts with this name; choose another")
        return self


class Heartbeat(Model):
    """A job that reports at least `every` so often; when it is `grace` late, it is taken for dead.

    The alert goes to the people of `pipeline`, or of `rotation` when the job belongs to no pipeline.
    """

    id: Id
    every: Duration = Field(gt=timedelta(0))
    grace: Duration = Field(default=timedelta(minutes=5), ge=timedelta(0))
    pipeline: Id | None = None
    rotation: Id | None = None
    severity: Severity = "error"

    @model_validator(mode="after")
    def _belongs_to_one(self) -> Self:
        if (self.pipeline is None) == (self.rotation is None):
            raise ValueError("a heartbeat needs either a pipeline or a rotation: whose people are called?")
        return self
