"""The sheet 报批事项 of ``plan.xlsx``: which approvals the plan's pipes need, by which clause."""

from collections.abc import Iterator, Mapping
from typing import Any

_TRUST = {"official": "已核原文", "sourced": "有出处", "remembered": "凭记忆，待核", "assumption": "自定，待核"}


def approvals_sheet(pen: Any, figures: Mapping[str, Any]) -> None:
    """Write the sheet; nothing where no approval is needed."""
    told = figures.get("approvals", [])
    if not told:
        return
    heads = (
        ("手续", "w", 34),
        ("涉及", "w", 24),
        ("依据", "w", 40),
        ("可信度", "t", 14),
        ("管段数", "i", 9),
        ("长度 m", "1", 11),
        ("接户管数", "i", 10),
        ("管段编号", "w", 60),
    )
    pen.table("报批事项", heads, _rows(told), "按用地规则表（land_rules）列出；以主管部门意见为准")


def _rows(told: list[Mapping[str, Any]]) -> Iterator[tuple[object, ...]]:
    for one in told:
        areas = "、".join(_AREAS.get(str(a), str(a)) for a in one["areas"])
        ids = [str(k) for k in one["pipe_ids"]]
        more = f" 等 {len(ids)} 段，见管段层 approval 列" if len(ids) > 60 else ""
        yield (
            one["approval"], areas, one["clause"], _TRUST.get(str(one["trust"]), str(one["trust"])),
            one["pipes"], one["length_m"], one["laterals"], "、".join(ids[:60]) + more,
        )  # fmt: skip


_AREAS = {"river": "河流", "stream": "沟溪", "pond": "池塘", "reservoir": "水库"}
