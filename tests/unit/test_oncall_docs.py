"""The rotations in the docs are ones that are accepted, and mean what the pages say."""

import re
from datetime import UTC, datetime
from pathlib import Path

from ruamel.yaml import YAML

from core.config.rotation import Rotation
from core.oncall.rota import Rota

DOCS = Path(__file__).parents[2] / "docs"


def rotations(page: str) -> list[Rotation]:
    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    declared = [found["rotations"] for block in blocks if "rotations" in (found := YAML(typ="safe").load(block))]
    return [Rotation.model_validate(each) for some in declared for each in some]


def test_the_layer_of_the_docs_works_by_day_and_the_base_at_night() -> None:
    layered = next(each for each in rotations("rotations.md") if each.layers)
    rota = Rota(layered)
    day, night = datetime(2026, 1, 7, 12, tzinfo=UTC), datetime(2026, 1, 7, 22, tzinfo=UTC)
    assert (rota.at(day).layer, rota.at(night).layer) == ("berlin", "flights")
    assert rota.at(day).primary in ("jonas", "leo")
    assert rota.at(night).primary in ("amina", "maya")
