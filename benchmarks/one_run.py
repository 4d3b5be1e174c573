"""What every benchmark does around its measuring: call our commands, count seconds, name the machine, write what was found."""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def qingxi(*words: str) -> str:
    """Standard output of a command; its failure is ours."""
    code = "import sys; from qingxi.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"qingxi {' '.join(words)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def county(place: Path, households: int, *words: str) -> Path:
    """The example county of so many households, made in a folder."""
    size = "county" if households <= 40_000 else "large"
    qingxi("county", "--size", size, "--households", str(households), "--seed", "1", "--out", str(place), *words)
    return place


def planned(place: Path, out: Path, *words: str) -> tuple[dict, float, float]:
    """A plan in a process of its own, with its wall and CPU seconds, all that Python needs to start among them."""
    start, before = time.perf_counter(), cpu_s(resource.RUSAGE_CHILDREN)
    plan = json.loads(qingxi("plan", str(place), "--json", "--out", str(out), *words))
    return plan, time.perf_counter() - start, cpu_s(resource.RUSAGE_CHILDREN) - before


def cpu_s(whose: int = resource.RUSAGE_SELF) -> float:
    """CPU seconds spent, of this process or of those it started."""
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def here() -> dict[str, str]:
    """Machine, without its name, and day: what every result begins with."""
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": date.today().isoformat(),
    }


def written(part: str, found: dict, as_json: bool) -> int:
    """Keep what was found as ``results/<part>.json`` and print it; the exit code."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{part}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, ensure_ascii=False, indent=None if as_json else 1))
    return 0
