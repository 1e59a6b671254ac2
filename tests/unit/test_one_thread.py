"""The limit on threads holds for the trees whoever loads them first."""

import json
import os
import subprocess
import sys

import pytest

SAID = """
import json
from threadpoolctl import threadpool_info
from {module} import one_thread
def openmp():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"]
with one_thread():
    inside = openmp()
print(json.dumps([inside, openmp()]))
"""


@pytest.mark.parametrize("module", ["core.evaluation.estimate.threads", "examples.flights.model"])
def test_the_limit_holds_in_a_process_that_had_not_loaded_the_trees(module: str) -> None:
    env = os.environ | {"OMP_NUM_THREADS": "2"}
    said = SAID.replace("{module}", module)
    done = subprocess.run([sys.executable, "-c", said], env=env, capture_output=True, text=True, check=True)
    inside, afterwards = json.loads(done.stdout)
    assert inside
    assert set(inside) == {1}
    assert set(afterwards) == {2}
