"""Causes of problems: those that the source documents name, each under the short list 技术 管理 习惯 协同不足 资金 选址."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources


class CauseGroup(StrEnum):
    """The short list."""

    TECHNIQUE = "技术"
    MANAGEMENT = "管理"
    HABIT = "习惯"
    COOPERATION = "协同不足"
    MONEY = "资金"
    SITE = "选址"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: what it shows as, why, the measure the documents name for it, and which document names it."""

    code: str
    group: CauseGroup
    problem: str
    words: str
    measure: str
    source: str


@cache
def causes() -> tuple[Cause, ...]:
    """Every cause, in the order of the short list; raises ValueError for a row whose group is not on it."""
    text = (resources.files("qingxi.issue") / "causes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    found = [
        Cause(r["code"], CauseGroup(r["short"]), r["problem"], r["cause"], r["measure"], r["source"]) for r in rows
    ]
    order = list(CauseGroup)
    return tuple(sorted(found, key=lambda c: (order.index(c.group), c.code)))


def cause(code: str) -> Cause | None:
    """The cause with this code."""
    return next((c for c in causes() if c.code == code), None)
