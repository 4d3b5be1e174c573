"""``qingxi plan --cluster spark://… DIR...``: many counties at once, spread over a Spark cluster.

A county's folder travels to a worker and its results travel back, so workers need Qingxi and no common disk. Each county
is planned by ``qingxi plan`` itself, in a process of its own: what one county is told does not touch another.
"""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qingxi.cli.command import OK, UNUSABLE, UserError

_PASSED = {
    "people": "--people", "mode": "--mode", "prices": "--prices", "norms": "--norms", "processes": "--processes", "crs": "--crs",
    "vertical_error": "--vertical-error", "seed": "--seed", "effort": "--effort", "also": "--also", "map_number": "--map-number",
}  # fmt: skip
_FLAGS = {"no_units": "--no-units", "certify": "--certify", "public": "--public"}


_REMEDIES = {
    "address": "{master} 不是集群的地址：写成 spark://主机:7077",
    "pyspark": "本机没有 PySpark：pip install 'qingxi[cluster]'，或 pip install -r requirements-cluster.lock",
    "java": "本机没有 Java 17（或更新）：apt-get install openjdk-17-jre-headless，或设 JAVA_HOME",
    "master": "{master} 没有应答：看 Spark 的 master 起了没有（sbin/start-master.sh），端口对本机放行没有",
}


@dataclass(frozen=True)
class _Done:
    """A county as it came back: its exit code, what it printed, its results in one piece."""

    number: int
    code: int
    printed: str
    told: str
    results: bytes
    host: str
    seconds: float


def plan_on_cluster(args: Namespace, layers: list[str]) -> int:
    """Plan every folder; 0 when all have a plan. A county that fails is named, and the others are kept.

    Raises
    ------
    UserError
        For folders that are not there, for single layers, or where there is no cluster.
    """
    from qingxi.store.spark import lacking as lacks
    from qingxi.store.spark import session

    folders = list(args.folders)
    if not folders:
        raise UserError("--cluster 要写明一个或几个县域数据夹")
    if layers or args.outlet:
        raise UserError(f"--cluster 只收县域数据夹，不收 --{layers[0] if layers else 'outlet'}")
    if lacking := [str(folder) for folder in folders if not folder.is_dir()]:
        raise UserError(f"没有这样的数据夹：{'、'.join(lacking)}")
    names = [folder.resolve().name for folder in folders]
    if args.out is not None and (twice := sorted({name for name in names if names.count(name) > 1})):
        raise UserError(f"{'、'.join(twice)} 重名，--out 下会写到一处；请分开规划")
    words = _words(args)
    if what := lacks(args.cluster):
        raise UserError(_REMEDIES[what].format(master=args.cluster))
    try:
        spark = session(args.cluster)
    except RuntimeError as error:
        raise UserError(str(error)) from None
    began = time.perf_counter()
    tasks = [(number, _packed(folder), words) for number, folder in enumerate(folders)]
    found: list[_Done] = spark.sparkContext.parallelize(tasks, len(tasks)).map(_plan_one).collect()
    counties = []
    for done in sorted(found, key=lambda each: each.number):
        folder = folders[done.number]
        out = args.out / names[done.number] if args.out is not None else folder / "plan"
        if done.code == OK:
            _unpack(done.results, out)
        counties.append(_told(folder, out, done))
    _print(args, counties, time.perf_counter() - began)
    return OK if all(county["ok"] for county in counties) else UNUSABLE


def _words(args: Namespace) -> list[str]:
    words = []
    for name, option in _PASSED.items():
        value = getattr(args, name)
        if value not in (None, ""):
            words.append(f"{option}={value}")
    return words + [option for name, option in _FLAGS.items() if getattr(args, name)]


def _packed(folder: Path) -> bytes:
    """The folder in one piece, without an earlier plan in it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as pack:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and inside.parts[0] != "plan":
                pack.write(path, str(inside))
    return held.getvalue()


def _unpack(packed: bytes, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as pack:
        pack.extractall(folder)  # names that lead out of the folder are bent back into it


def _plan_one(task: tuple[int, bytes, list[str]]) -> _Done:
    """On a worker: unpack, plan in a process of its own, pack the results. Never raises: a failure is an answer."""
    number, packed, words = task
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="qingxi-county-") as spare:
        here = Path(spare)
        try:
            _unpack(packed, here / "county")
            run = subprocess.run(
                [sys.executable, "-c", "import sys; from qingxi.cli import main; sys.exit(main())", "plan",
                 str(here / "county"), "--json", "--out", str(here / "plan"), *words],
                capture_output=True, text=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            results = _packed(here / "plan") if run.returncode == OK else b""
            code, printed, told = run.returncode, run.stdout, run.stderr[-2000:]
        except (OSError, zipfile.BadZipFile) as error:
            code, printed, told, results = UNUSABLE, "", str(error), b""
    return _Done(number, code, printed, told, results, socket.gethostname(), time.perf_counter() - began)


def _told(folder: Path, out: Path, done: _Done) -> dict[str, Any]:
    county: dict[str, Any] = {"folder": str(folder), "ok": done.code == OK, "host": done.host, "seconds": round(done.seconds, 1)}  # fmt: skip
    try:
        document = json.loads(done.printed)
    except json.JSONDecodeError:
        document = {}
    if done.code == OK:
        document["files"] = {
            key: [str(out / Path(each).name) for each in value] if isinstance(value, list) else str(out / Path(value).name)
            for key, value in document["files"].items()
        }  # fmt: skip
        return county | {"plan": document}
    why = document.get("error") or (done.told.strip().splitlines() or [f"exit {done.code}"])[-1]
    return county | {"error": why, "faults": document.get("faults", [])}


def _print(args: Namespace, counties: list[dict[str, Any]], seconds: float) -> None:
    if args.json:
        print(json.dumps({"counties": counties, "seconds": round(seconds, 1)}, ensure_ascii=False))
        return
    for county in counties:
        if county["ok"]:
            plan = county["plan"]
            worth = plan["cost"]["present_value"] / 10_000
            print(
                f"{county['folder']}: {plan['name']} {plan['households']['all']:,} 户，现值 {worth:,.2f} 万元，"
                f"{county['seconds']:.1f} 秒（{county['host']}）"
            )
    sys.stdout.flush()
    for county in counties:
        if not county["ok"]:
            print(f"qingxi: {county['folder']} 没有规划：{county['error']}", file=sys.stderr)
    good = sum(county["ok"] for county in counties)
    print(f"{good} 个县有了规划，{len(counties) - good} 个没有，共 {seconds:.1f} 秒")
