"""The part of `team.yaml` about how long what is over is kept."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from core.config.fields import Duration, Model

LEAST_ALERTS = timedelta(days=30)
LEAST_MESSAGES = timedelta(days=7)
LEAST_TRAIL = timedelta(days=366)
LEAST_FILES = timedelta(days=30)


def _long_enough_for_silences(value: timedelta) -> timedelta:
    if value < LEAST_ALERTS:
        raise ValueError(
            f"at least {LEAST_ALERTS.days}d: whoever writes a silence is shown what it would have kept quiet in the "
            f"last {LEAST_ALERTS.days} days"
        )
    return value


def _long_enough_to_look(value: timedelta) -> timedelta:
    if value < LEAST_MESSAGES:
        raise ValueError(
            f"at least {LEAST_MESSAGES.days}d: what did not arrive, and why, is told by these rows alone; somebody "
            "needs the time to look"
        )
    return value


def _long_enough_to_ask(value: timedelta) -> timedelta:
    if value < LEAST_TRAIL:
        raise ValueError(f"at least {LEAST_TRAIL.days}d: who did what is asked a year later, too")
    return value


def _long_enough_to_see(value: timedelta) -> timedelta:
    if value < LEAST_FILES:
        raise ValueError(
            f"at least {LEAST_FILES.days}d: people still look at what a window or a training of this month showed"
        )
    return value


class Retention(Model):
    """How long what is over is kept; for ever where nothing is said.

    `alerts` counts from when an alert was resolved, `messages` from when one was sent, `trail` from when something was
    done, `files` from when a window was evaluated or a model trained.
    """

    alerts: Annotated[Duration, AfterValidator(_long_enough_for_silences)] | None = Field(
        default=None, description="how long resolved alerts are kept, such as 400d; at least 30d"
    )
    messages: Annotated[Duration, AfterValidator(_long_enough_to_look)] | None = Field(
        default=None, description="how long it is known what was sent, such as 90d; at least 7d"
    )
    trail: Annotated[Duration, AfterValidator(_long_enough_to_ask)] | None = Field(
        default=None,
        description="how long it is known who did what about alerts that were deleted, such as 800d; at least 366d",
    )
    files: Annotated[Duration, AfterValidator(_long_enough_to_see)] | None = Field(
        default=None,
        description="how long pictures of windows and folders of trainings are kept, such as 180d; at least 30d",
    )

    @model_validator(mode="after")
    def _follows_alerts(self) -> "Retention":
        if self.trail is not None and self.alerts is None:
            raise ValueError("trail: only what is about deleted alerts goes; say how long alerts are kept, too")
        return self
