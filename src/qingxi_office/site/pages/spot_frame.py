"""A list of stations handed in as a table: read row by row, every fault told at once."""

from __future__ import annotations

from typing import Any

from qingxi.origin import Fault
from qingxi.sampling import Exclusion

from .sheet_in import rows_of

HEAD = ("编号", "名称", "县", "乡镇", "运维单位", "规模 m³/d", "经度", "纬度", "自报正常", "不计入原因")
_NEEDED = ("编号", "名称")
_YES, _NO = {"是", "正常", "√", "1", "有"}, {"否", "不正常", "×", "0", "无"}
MOST = 60_000


def rows_of_frame(upload: Any) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Rows of a frame and what is wrong with them. Raises ValueError for a file that is no such table."""
    lines = rows_of(upload, _NEEDED)
    name, rows, faults, seen = str(upload.name), [], [], {}
    if len(lines) > MOST:
        raise ValueError(f"名单有 {len(lines)} 行，最多 {MOST} 行")

    def wrong(n: int, field: str, value: str, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault(name, n, field, value, rule, remedy, code))

    for n, cells in lines:
        key = cells.get("编号", "")
        if not key:
            wrong(n, "编号", "", "每座站要有编号", "补上编号", "frame-no-key")
        elif len(key) > 60:
            wrong(n, "编号", key[:20], "编号最长 60 个字", "改短", "frame-key-long")
        elif key in seen:
            wrong(n, "编号", key, f"编号和第 {seen[key]} 行一样", "一座站只留一行", "frame-twice")
        seen.setdefault(key, n)
        out = cells.get("不计入原因", "")
        if out and out not in {e.value for e in Exclusion}:
            words = "、".join(e.value for e in Exclusion)
            wrong(n, "不计入原因", out, f"只认 {words}", "改成其中之一，或空着", "frame-excluded")
        said = cells.get("自报正常", "")
        if said and said not in _YES | _NO:
            wrong(n, "自报正常", said, "填 是 或 否", "改成 是、否，或空着", "frame-reported")
        values: dict[str, float | None] = {}
        for word, field, low, high in (
            ("规模 m³/d", "design_m3_d", 0.01, 1e6), ("经度", "lon", 70, 140), ("纬度", "lat", 0, 60),
        ):  # fmt: skip
            text = cells.get(word, "")
            try:
                values[field] = float(text) if text else None
            except ValueError:
                wrong(n, word, text, "要写数字", "去掉单位和文字", "frame-number")
                continue
            if (v := values[field]) is not None and not low <= v <= high:
                wrong(n, word, text, f"要在 {low:g} 和 {high:g} 之间", "核对后改正", "frame-range")
        rows.append(
            {
                "key": key, "name": (cells.get("名称") or key)[:120], "county": cells.get("县", "")[:80],
                "township": cells.get("乡镇", "")[:80], "operator": cells.get("运维单位", "")[:80],
                "reported": None if not said else said in _YES, "excluded": out, **values,
            }
        )  # fmt: skip
    return rows, faults
