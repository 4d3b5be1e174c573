"""Heads of the trail written down elsewhere: in bulletins, and in the manifests of backups."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.trail.queries import Known


def known(more: Iterable[str] = ()) -> list[Known]:
    """Every head that the office knows of, and those named: a hash, ``count:hash``, a manifest, or a folder of them.

    Raises ValueError for what is none of these.
    """
    found = list(_bulletins())
    for manifest in sorted((settings.HOME / "backups").rglob("*.json")):
        found += _manifest(manifest, strict=False)
    for text in more:
        found += _named(text)
    return found


def _bulletins() -> Iterator[Known]:
    rows = BulletinRecord.objects.exclude(trail_head="").order_by("pk")
    for key, head, count in rows.values_list("key", "trail_head", "trail_count"):
        yield Known(head, count, f"通报 {key}")


def _named(text: str) -> list[Known]:
    path = Path(text)
    if path.is_dir():
        return [k for one in sorted(path.rglob("*.json")) for k in _manifest(one, strict=False)]
    if path.is_file():
        return _manifest(path, strict=True)
    count, _, head = text.rpartition(":")
    if len(head) != 64 or any(c not in "0123456789abcdef" for c in head) or (count and not count.isdigit()):
        raise ValueError(f"{text} 不是链头（64 位十六进制，可写成 行数:链头），也不是备份清单")
    return [Known(head, int(count) if count else None, "命令行")]


def _manifest(path: Path, *, strict: bool) -> list[Known]:
    """The head in a backup's manifest: ``{"trail": {"count": n, "head": hash}}``."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))["trail"]
        return [Known(str(said["head"]), int(said["count"]), f"备份 {path.name}")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        if strict:
            raise ValueError(f"{path} 里没有留痕的行数和链头") from error
        return []
