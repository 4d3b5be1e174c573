"""What a backup says of itself: counts, hashes, the trail's head, versions, and the state of migration."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

FORMAT = 1
NAME = "manifest.json"
SUFFIX = ".manifest.json"
"""Beside an archive lies its manifest under the same name, so that heads and ages are read without opening it."""


class Damaged(Exception):
    """The backup is not what it says, or not a backup; the sentence says where."""


@dataclass
class Manifest:
    """The manifest.

    Attributes
    ----------
    taken_at : str
        ISO time with offset.
    tables : dict
        Table → {"rows", "sha256"} of its canonical text.
    files : dict
        Path below the home → {"bytes", "sha256"}.
    trail : dict
        {"count": rows, "head": hash of the last row}.
    migrations : list
        ["app", "name"] pairs applied, sorted.
    sequences : dict
        Table → last number given to a row.
    changed : list
        Files that changed while they were copied; empty in a good backup.
    """

    taken_at: str
    office: str
    versions: dict[str, str]
    engine: str
    why: str = ""
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    trail: dict[str, Any] = field(default_factory=dict)
    migrations: list[list[str]] = field(default_factory=list)
    sequences: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(int(t["rows"]) for t in self.tables.values())

    @property
    def bytes(self) -> int:
        """Bytes of all files, as they lie in the home."""
        return sum(int(f["bytes"]) for f in self.files.values())

    @property
    def taken(self) -> datetime:
        return datetime.fromisoformat(self.taken_at)

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def parse(text: str) -> Manifest:
    """Read a manifest; raises Damaged when it is none, or of a format this program does not know."""
    try:
        said = json.loads(text)
        if not isinstance(said, dict) or not isinstance(said.get("format"), int):
            raise Damaged("manifest.json 不是清溪备份的清单")
        if said["format"] != FORMAT:
            raise Damaged(
                f"备份的格式是第 {said['format']} 版,本程序认得第 {FORMAT} 版:请用写这份备份的版本或更新的版本"
            )
        return Manifest(**said)
    except (ValueError, TypeError) as error:
        raise Damaged(f"manifest.json 读不懂:{error}") from error


def read(path: Path) -> Manifest:
    return parse(path.read_text(encoding="utf-8"))
