"""What is frozen before the test seeds are drawn: thresholds, rule versions, the rules' own code, and the labelled world.

    .venv/bin/python benchmarks/findings.py --freeze

writes ``docs/findings-frozen.toml``. Comments and docstrings may change afterwards, nothing else.
"""

import ast
import hashlib
import tomllib
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FROZEN = ROOT / "docs" / "findings-frozen.toml"
_CODE = {
    "rules": sorted((ROOT / "src" / "qingxi" / "finding").glob("*.py")),
    "world": sorted((ROOT / "src" / "qingxi" / "world" / "plants").glob("*.py")),
}


def _code_hash(files: list[Path]) -> str:
    """Of what the files do: their syntax trees without docstrings, so that a comment changes nothing."""
    digest = hashlib.sha256()
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [
                    n for n in body
                    if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) and isinstance(n.value.value, str))
                ]  # fmt: skip
        digest.update(f"{path.name}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()


def present() -> dict[str, object]:
    """What stands now, in the form of the frozen file without its date."""
    from qingxi.finding import RULES, TRACERS

    table = ROOT / "src" / "qingxi" / "standard" / "tables" / "findings.csv"
    return {
        "thresholds": hashlib.sha256(table.read_bytes()).hexdigest(),
        "rules": _code_hash(_CODE["rules"]),
        "world": _code_hash(_CODE["world"]),
        "versions": {rule.code: rule.version for rule in sorted((*RULES, *TRACERS), key=lambda r: r.code)},
    }


def freeze() -> Path:
    """Write down what stands now, with the moment."""
    now = present()
    lines = [
        "# Thresholds and rules as they stood before the test seeds from 3088 on were drawn; written by benchmarks/findings.py --freeze.",
        f'at = "{datetime.now().astimezone().isoformat(timespec="seconds")}"',
        *(f'{key} = "{now[key]}"' for key in ("thresholds", "rules", "world")),
        "",
        "[versions]",
        *(f'{code} = "{version}"' for code, version in now["versions"].items()),
    ]
    FROZEN.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return FROZEN


def differences() -> list[str]:
    """How the present differs from the frozen file; empty when it does not."""
    if not FROZEN.is_file():
        return [f"{FROZEN.relative_to(ROOT)} is not there: freeze first"]
    frozen, now = tomllib.loads(FROZEN.read_text(encoding="utf-8")), present()
    return [f"{key} changed since {frozen.get('at')}" for key in now if frozen.get(key) != now[key]]


def frozen() -> dict[str, object]:
    """The frozen file."""
    return tomllib.loads(FROZEN.read_text(encoding="utf-8"))
