"""The Spark session of this process.

The cluster's keeper may want other settings: ``QINGXI_SPARK="spark.executor.memory=4g;spark.executor.cores=4"``.
"""

import os
import sys
from typing import Any

SETTING = "QINGXI_SPARK"

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "16",
    "spark.sql.files.maxPartitionBytes": "64m",
    "spark.rpc.message.maxSize": "1024",  # MiB: a county's folder travels in one message
}

_session: Any = None
_master = ""


def session(master: str) -> Any:
    """One session a process; another master replaces it.

    Raises
    ------
    RuntimeError
        Where PySpark or Java is missing or nobody answers at the address; the message says what to do.
    """
    global _session, _master
    if _session is not None and _master == master and not _session.sparkContext._jsc.sc().isStopped():
        return _session
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise RuntimeError("a Spark cluster needs PySpark here: pip install 'qingxi[cluster]'") from None
    stop()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("qingxi")
    for key, value in (_SETTINGS | settings(os.environ.get(SETTING, ""))).items():
        builder = builder.config(key, value)
    try:
        _session = builder.getOrCreate()
    except Exception as error:
        raise RuntimeError(
            f"no Spark session at {master} (is Java 17 there, does the master run?): {error}"
        ) from error
    _session.sparkContext.setLogLevel("ERROR")
    _master = master
    return _session


def stop() -> None:
    """End the session; the executors go."""
    global _session
    if _session is not None:
        _session.stop()
        _session = None


def settings(text: str) -> dict[str, str]:
    """``name=value`` pairs between semicolons.

    Raises
    ------
    ValueError
        For a part that is no such pair.
    """
    found = {}
    for part in text.split(";"):
        if part.strip():
            name, sign, value = part.partition("=")
            if not sign:
                raise ValueError(f"{SETTING}: {part!r} is not name=value")
            found[name.strip()] = value.strip()
    return found
