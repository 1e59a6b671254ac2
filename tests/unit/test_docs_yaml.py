"""The sections of YAML in the guides are ones that Goldilocks reads."""

import re
from pathlib import Path
from typing import Any, Union

import pytest
from pydantic import BaseModel, TypeAdapter
from ruamel.yaml import YAML

from core.config.pipeline import Pipeline
from core.config.team import Team

DOCS = Path(__file__).parents[2] / "docs"
OTHERS = ("# prometheus.yml", "# alertmanager.yml", "# goldilocks.rules.yml")
"""Files of other programs, by the first line of their examples."""


def sections() -> list[Any]:
    """(page, key, value) of every section that a guide shows; parts of sections are indented and left out."""
    found = []
    for page in sorted(DOCS.glob("*.md")):
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            if block.startswith((" ", *OTHERS)):
                continue
            whole = re.sub(r"\b([0-9a-f]{8})…", lambda token: token[1] * 8, block)
            found += [(page.name, key, value) for key, value in YAML(typ="safe").load(whole).items()]
    return [pytest.param(key, value, id=f"{page}-{key}") for page, key, value in found]


@pytest.mark.parametrize(("key", "value"), sections())
def test_a_section_can_be_read(key: str, value: object) -> None:
    owners: list[type[BaseModel]] = [each for each in (Team, Pipeline) if key in each.model_fields]
    assert owners, f"neither team.yaml nor pipeline.yaml has `{key}`"
    kinds = [each.model_fields[key].annotation for each in owners]
    TypeAdapter(Union[*kinds]).validate_python(value)
