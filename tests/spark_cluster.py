"""A real Spark cluster on this machine for tests and benchmarks: a master and workers, each a process of its own."""

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def lacking() -> str:
    """Why no cluster can be started here; empty when one can."""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed (the extra 'cluster')"
    if shutil.which("java") is None:
        return "no Java on the path (apt-get install openjdk-17-jre-headless)"
    return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """Started on entering, ended on leaving; ``address`` is its one address."""

    def __init__(self, folder: Path, workers: int = 2, memory: str = "1g") -> None:
        self.folder, self.workers, self.memory = folder, workers, memory
        self.address = ""
        self.events = folder / "events"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Cluster":
        self.events.mkdir(parents=True, exist_ok=True)
        port = _free_port()
        self.address = f"spark://127.0.0.1:{port}"
        deploy = "org.apache.spark.deploy"
        self._start(f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        self._until(port)
        for _ in range(self.workers):
            self._start(
                f"{deploy}.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", self.memory,
                "--webui-port", "0", "--work-dir", str(self.folder / "work"), self.address,
            )  # fmt: skip
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        os.environ["QINGXI_SPARK"] = (
            f"spark.eventLog.enabled=true;spark.eventLog.dir=file://{self.events};spark.eventLog.compress=false;"
            f"spark.executor.memory={self.memory};spark.executor.cores=1;spark.driver.host=127.0.0.1;"
            "spark.scheduler.minRegisteredResourcesRatio=1.0;spark.scheduler.maxRegisteredResourcesWaitingTime=60s;"
            f"spark.cores.max={self.workers};spark.eventLog.rolling.enabled=false"
        )
        return self

    def __exit__(self, *_: object) -> None:
        from qingxi.store import spark

        spark.stop()
        del os.environ["QINGXI_SPARK"]
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(self, *words: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        environment = os.environ | {
            "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
            "SPARK_DAEMON_MEMORY": "256m", "PYTHONPATH": os.pathsep.join(each for each in sys.path if each),
        }  # fmt: skip
        with (self.folder / "daemons.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen([home / "bin" / "spark-class", *words], env=environment, stdout=log, stderr=log)
            )

    def _until(self, port: int) -> None:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError((self.folder / "daemons.log").read_text()[-2000:])

    def executors(self) -> dict[str, int]:
        """Executors that live now, by their number, and the process of each; only this cluster's own."""
        found = {}
        mine = f"CoarseGrainedScheduler@127.0.0.1:{self._driver_port()}"
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if "--executor-id" in words and any(mine in word for word in words):
                found[words[words.index("--executor-id") + 1]] = int(entry.name)
        return found

    @staticmethod
    def _driver_port() -> str:
        from qingxi.store import spark

        return str(spark._session.sparkContext.getConf().get("spark.driver.port"))

    def kill_one(self) -> str:
        """End one executor at once (-9); returns its number."""
        number, process = sorted(self.executors().items())[0]
        os.kill(process, signal.SIGKILL)
        return number

    def told(self) -> dict[str, set[str]]:
        """Of the event log: executors added, removed, and those that finished a task."""
        out: dict[str, set[str]] = {"added": set(), "removed": set(), "worked": set()}
        for path in self.events.rglob("*"):
            if not path.is_file() or path.stat().st_size == 0:
                continue
            for line in path.read_text(errors="replace").splitlines():
                try:
                    event = json.loads(line)
                except json.JSONDecodeError:
                    continue  # the last line may be half written
                kind = event.get("Event", "")
                if kind == "SparkListenerExecutorAdded":
                    out["added"].add(event["Executor ID"])
                elif kind == "SparkListenerExecutorRemoved":
                    out["removed"].add(event["Executor ID"])
                elif kind == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
                    out["worked"].add(event["Task Info"]["Executor ID"])
        return out
