"""The rota of a rotation: who is on call in the end, with everything that people changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.config.load import Config
from core.config.rotation import Rotation
from core.oncall import rota_store
from core.oncall.duty import Duty
from core.oncall.rota import Rota


def rotation_of(config: Config, rotation_id: str) -> Rotation:
    """The rotation, or the team's catch-all when the YAML no longer has it: a page must reach somebody."""
    known = {rotation.id: rotation for rotation in config.team.rotations}
    return known.get(rotation_id) or config.team.rotation(config.team.alerts.rotation)


def rotas(session: Session, config: Config, since: datetime) -> list[Rota]:
    """Every rotation's rota, from the shifts on that run at `since`."""
    return [rota_store.rota(session, rotation, since) for rotation in config.team.rotations]


def on_call(session: Session, config: Config, rotation_id: str, now: datetime) -> Duty:
    """Who is on call now in a rotation."""
    return rota_store.rota(session, rotation_of(config, rotation_id), now).at(now)
