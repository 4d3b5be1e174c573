"""The Spark session of this process."""

import os
import sys
from typing import Any

_session: Any = None
_master = ""


def session(master: str) -> Any:
    """One session a process; another master replaces it.

    Raises
    ------
    RuntimeError
        Where PySpark or Java is missing; the message says what to install.
    """
    global _session, _master
    if _session is not None and _master == master and not _stopped(_session):
        return _session
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise RuntimeError("a Spark cluster needs PySpark here: pip install 'qingxi[cluster]'") from None
    if _session is not None:
        _session.stop()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("qingxi")
    for key, value in _SETTINGS.items():
        builder = builder.config(key, value)
    for key, value in os.environ.items():
        # QINGXI_SPARK_spark.executor.memory=4g and its like: what a cluster's keeper wants otherwise.
        if key.startswith("QINGXI_SPARK_spark."):
            builder = builder.config(key.removeprefix("QINGXI_SPARK_"), value)
    try:
        _session = builder.getOrCreate()
    except Exception as error:
        raise RuntimeError(f"no Spark session at {master} (is Java 17 there?): {error}") from error
    _session.sparkContext.setLogLevel("ERROR")
    _master = master
    return _session


def _stopped(spark: Any) -> bool:
    return spark.sparkContext._jsc is None or spark.sparkContext._jsc.sc().isStopped()


_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "16",
    "spark.sql.files.maxPartitionBytes": "64m",
}
