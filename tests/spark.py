"""Spark in this process, for the tests that need it."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest


def start_spark(folder: Path) -> Any:
    """Spark on one thread; without it or Java the test is skipped, unless tests must not skip (in CI)."""
    if shutil.which("java") is None or find_spec("pyspark") is None:
        message = "needs Java and PySpark (Debian: apt-get install default-jre-headless; pip install pyspark)"
        if os.environ.get("GOLDILOCKS_NO_SKIP"):
            pytest.fail(message)
        pytest.skip(message)
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
    }
    builder = SparkSession.builder.master("local[1]").appName("summaries")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
