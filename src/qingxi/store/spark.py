"""The Spark session of this process.

The cluster's keeper may want other settings: ``QINGXI_SPARK="spark.executor.memory=4g;spark.executor.cores=4"``.
"""

import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SETTING = "QINGXI_SPARK"

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "16",
    "spark.sql.files.maxPartitionBytes": "64m",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",  # files are named one by one: no job lists them
    "spark.rpc.message.maxSize": "1024",  # MiB: a county's folder travels in one message
}

MASTERS = ("spark://", "local[", "local-cluster[", "yarn", "k8s://")
"""How the address of a cluster begins."""

REMEDIES = {
    "address": "no engine at {master!r}: leave it empty for DuckDB, or give a Spark master (spark://host:7077)",
    "pyspark": "a Spark cluster needs PySpark here: pip install 'qingxi[cluster]' (or -r requirements-cluster.lock)",
    "java": "a Spark cluster needs Java 17 or newer here: apt-get install openjdk-17-jre-headless, or set JAVA_HOME",
    "master": "nobody answers at {master}: is the master started (sbin/start-master.sh), and its port open to this machine?",
}
"""What to do for each of :func:`lacking`'s answers."""

_ANSWER_S = 5.0

_session: Any = None
_master = ""


def session(master: str) -> Any:
    """One session a process; another master replaces it.

    Raises
    ------
    RuntimeError
        Where PySpark or Java is missing or nobody answers at the address; the message says what to do.
    """
    # A master that is away is asked for a minute by Spark itself, and what it says then helps nobody.
    global _session, _master
    if _session is not None and _master == master and not _session.sparkContext._jsc.sc().isStopped():
        return _session
    if what := lacking(master):
        raise RuntimeError(REMEDIES[what].format(master=master))
    from pyspark.sql import SparkSession

    stop()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("qingxi")
    for key, value in (_SETTINGS | settings(os.environ.get(SETTING, ""))).items():
        builder = builder.config(key, value)
    try:
        _session = builder.getOrCreate()
    except Exception as error:
        raise RuntimeError(
            f"no Spark session at {master}: Java 17 or newer is needed, and a cluster of the version of PySpark here: {error}"
        ) from error
    _session.sparkContext.setLogLevel("ERROR")
    _master = master
    return _session


def lacking(master: str) -> str:
    """What stands in the way of asking this master: ``address`` (it is none), ``pyspark``, ``java``, ``master`` (nobody answers), or nothing."""
    if not master.startswith(MASTERS):
        return "address"
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark"
    home = os.environ.get("JAVA_HOME")
    if not (home and (Path(home) / "bin" / "java").is_file()) and shutil.which("java") is None:
        return "java"
    if master.startswith("spark://") and not any(map(_answers, master.removeprefix("spark://").split(","))):
        return "master"
    return ""


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_S).close()
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def borrowed(address: str) -> Iterator[None]:
    """Let a cluster's executors go when a round of work is done: others wait for them, and the next is an hour away."""
    try:
        yield
    finally:
        if address.startswith(MASTERS):
            stop()


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
