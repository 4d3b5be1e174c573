"""Which backups stay: the newest of so many days, weeks and months. Pure but for the removal itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from qingxi_office.site.keeping import archive

_NAME = re.compile(r"^qingxi-(\d{8}-\d{6})(\.tar\.zst)?$")


def taken_at(name: str) -> datetime | None:
    """When a backup of this name was taken; None for a name that is none of ours."""
    found = _NAME.match(name)
    return datetime.strptime(found[1], "%Y%m%d-%H%M%S") if found else None  # noqa: DTZ007  the machine's own time, for sorting


def stays(names: Iterable[str], days: int, weeks: int, months: int) -> set[str]:
    """Names that stay: the newest backup of each of the last so many days, weeks and months that have one.

    The newest of all stays always; a name that is none of ours stays always.
    """
    dated = sorted(((at, name) for name in names if (at := taken_at(name))), reverse=True)
    kept = {name for name in names if taken_at(name) is None}
    kept |= {name for _at, name in dated[:1]}
    for many, key in (
        (days, lambda at: at.date()),
        (weeks, lambda at: at.isocalendar()[:2]),
        (months, lambda at: (at.year, at.month)),
    ):
        seen: list[object] = []
        for at, name in dated:
            period = key(at)
            if period not in seen:
                if len(seen) == many:
                    break
                seen.append(period)
                kept.add(name)
    return kept


def parse(text: str) -> tuple[int, int, int]:
    """``7,4,12`` as days, weeks, months; raises ValueError for anything else."""
    parts = text.split(",")
    if len(parts) != 3 or not all(p.strip().isdigit() for p in parts):
        raise ValueError(f"--keep 应为 天,周,月 三个数,例如 7,4,12;给的是“{text}”")
    days, weeks, months = (int(p) for p in parts)
    return days, weeks, months


def usual() -> tuple[int, int, int]:
    """Days, weeks, months of the standard's table."""
    from qingxi.standard import load_table

    table = load_table("keeping")
    return int(table["keep.days"]), int(table["keep.weeks"]), int(table["keep.months"])


def thin_out(where: Path, keep: tuple[int, int, int]) -> list[str]:
    """Remove the backups of a folder that need not stay; gives their names."""
    names = [path.name for path in where.iterdir() if taken_at(path.name)]
    gone = sorted(set(names) - stays(names, *keep))
    for name in gone:
        beside = archive.manifest_beside(where / name)
        archive.discard(where / name)
        beside.unlink(missing_ok=True)
    return gone
