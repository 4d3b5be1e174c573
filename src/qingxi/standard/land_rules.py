"""What may be built where (用地规则): by protected area or water and by works, each with its clause and degree of trust."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from qingxi.standard.table import Trust


class Works(StrEnum):
    """What is to be built."""

    PLANT = "plant"
    STREET = "street"  # a trench along a street that is there
    OFFSTREET = "offstreet"  # a trench over land
    LATERAL = "lateral"  # a house connection


class Allowed(StrEnum):
    """What a rule says."""

    FREE = "free"
    APPROVAL = "approval"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class LandRule:
    """One rule.

    Attributes
    ----------
    area : str
        A protected area by name, ``river``, ``stream``, ``pond``, ``reservoir``, or 水功能Ⅰ类, 水功能Ⅱ类.
    works : Works
    verdict : Allowed
    price : str
        What follows ``protected.`` in the price table, yuan per metre of trench; empty: no price.
    approval : str
        Name of the approval that has to be had; empty unless the verdict is ``approval``.
    clause, source, meaning : str
    dated : date
    trust : Trust
    """

    area: str
    works: Works
    verdict: Allowed
    price: str
    approval: str
    clause: str
    source: str
    dated: date
    trust: Trust
    meaning: str

    @property
    def words(self) -> str:
        """Area and clause, as a refusal names them."""
        return f"{self.area}（{self.clause}）"


LandRules = Mapping[tuple[str, Works], LandRule]


@cache
def land_rules(name: str = "land_rules") -> LandRules:
    """Load ``tables/<name>.csv``; a pair of area and works without a row is free.

    Raises
    ------
    FileNotFoundError
        When no such table is shipped.
    ValueError
        When a row contradicts itself, lacks a source, or stands twice; the message names the line.
    """
    path = resources.files("qingxi.standard") / "tables" / f"{name}.csv"
    rules: dict[tuple[str, Works], LandRule] = {}
    for line, cells in enumerate(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))), start=2):
        try:
            rule = LandRule(
                area=cells["area"], works=Works(cells["works"]), verdict=Allowed(cells["verdict"]),
                price=cells["price"], approval=cells["approval"], clause=cells["clause"], source=cells["source"],
                dated=date.fromisoformat(cells["dated"]), trust=Trust(cells["trust"]), meaning=cells["meaning"],
            )  # fmt: skip
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(f"{name}.csv line {line}: {error}") from error
        if not (rule.area and rule.source and rule.clause and rule.meaning):
            raise ValueError(f"{name}.csv line {line}: area, clause, source or meaning is empty")
        if bool(rule.approval) != (rule.verdict is Allowed.APPROVAL):
            raise ValueError(f"{name}.csv line {line}: an approval stands beside the verdict {rule.verdict}")
        if rule.price and rule.verdict is Allowed.FORBIDDEN:
            raise ValueError(f"{name}.csv line {line}: a price stands beside the verdict {rule.verdict}")
        if (rule.area, rule.works) in rules:
            raise ValueError(f"{name}.csv line {line}: {rule.area} {rule.works} stands twice")
        rules[rule.area, rule.works] = rule
    return rules
