"""How long personal data are kept, on what ground, and what happens then (个人信息保护法 第十九条)."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

from qingxi.standard import Trust


@dataclass(frozen=True, slots=True)
class Retention:
    """One processing activity, as the register of processing (处理活动记录) prints it.

    Attributes
    ----------
    key : str
        Name of the kind of data.
    days : int or None
        Days after ``begins``; None: as long as the record itself stands.
    begins, end : str
        What the days are counted from; what happens then (抹去, 删除, 保留).
    """

    key: str
    data: str
    whose: str
    purpose: str
    basis: str
    where: str
    seen_by: str
    begins: str
    days: int | None
    end: str
    source: str
    dated: date
    trust: Trust


@cache
def retention_rules() -> dict[str, Retention]:
    """The register of processing by key; a county's own table may replace it row by row."""
    path = resources.files("qingxi.standard") / "tables" / "retention.csv"
    out = {}
    for cells in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        count = cells.pop("days")
        days = int(count) if count else None
        dated, trust = date.fromisoformat(cells.pop("dated")), Trust(cells.pop("trust"))
        out[cells["key"]] = Retention(**cells, days=days, dated=dated, trust=trust)
    return out


def ends_on(rule: Retention, begins: date | None) -> date | None:
    """The first day on which the data have to go; None when they stay with the record or the count has not begun."""
    return None if rule.days is None or begins is None else begins + timedelta(days=rule.days)
