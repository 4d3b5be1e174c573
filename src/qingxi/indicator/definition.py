"""A definition is data: a TOML file of this room, or one the county brings."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from qingxi.standard import Trust

NUMERATORS = ("village_state", "hamlet_households", "households_connected", "sample_hits", "leaves")
DENOMINATORS = ("signed_list", "hamlet_list", "households_of_list", "sample_size", "leaves")

TRUST_WORDS = {
    Trust.OFFICIAL: "为官方文本",
    Trust.SOURCED: "为公开资料",
    Trust.REMEMBERED: "为一般了解，未经核实",
    Trust.ASSUMPTION: "为假定，由县确认",
}
"""How far a definition may be relied on, in the words of a document."""


@dataclass(frozen=True)
class Definition:
    """One definition of one figure.

    Attributes
    ----------
    id, name, version : str
        A changed rule is a new version; a figure names the version it was computed by.
    unit_counted : str
        行政村, 自然村, 户 or 设施.
    decimals : int
        Of the per cent as printed, half up.
    formula : str
        In words, for the foot of the page.
    valid_from, valid_to : date or None
    numerator, denominator : mapping
        ``rule`` and its parameters.
    source : str
    trust : Trust
    order : int
        Place in a list of several.
    family : str
        Figures that answer one question by different rules: 治理率, 运行, 水质 …
    region : str
        Whose rule it is: 全国, 四川, 广东 …; "" when it is nobody's in particular.
    evidence : str
        What puts a thing into the numerator.
    required : float or None
        Per cent that a paper asks for, with ``required_by``.
    """

    id: str
    name: str
    version: str
    unit_counted: str
    decimals: int
    formula: str
    valid_from: date
    source: str
    trust: Trust
    numerator: Mapping[str, Any]
    denominator: Mapping[str, Any]
    valid_to: date | None = None
    note: str = ""
    order: int = 100
    family: str = "其他"
    region: str = ""
    evidence: str = ""
    required: float | None = None
    required_by: str = ""

    def __post_init__(self) -> None:
        if self.numerator.get("rule") not in NUMERATORS:
            raise ValueError(f"definition {self.id}: numerator rule must be one of {', '.join(NUMERATORS)}")
        if self.denominator.get("rule") not in DENOMINATORS:
            raise ValueError(f"definition {self.id}: denominator rule must be one of {', '.join(DENOMINATORS)}")
        if "leaves" in (self.numerator["rule"], self.denominator["rule"]):
            if self.numerator["rule"] != self.denominator["rule"]:
                raise ValueError(f"definition {self.id}: leaves stand in numerator and denominator, or in neither")
            if not self.numerator.get("of"):
                raise ValueError(f"definition {self.id}: numerator of leaves must say of what")
        share = self.numerator.get("share", 1.0)
        if not 0 < share <= 1:
            raise ValueError(f"definition {self.id}: share is {share}, must be above 0 and at most 1")

    def valid(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def parse_definition(text: str, name: str = "definition") -> Definition:
    """Read a definition from TOML.

    Raises
    ------
    ValueError
        When it is no TOML, a part is missing or unknown, or a rule does not exist; the message names the file.
    """
    try:
        said = tomllib.loads(text)
        return Definition(**{**said, "trust": Trust(said.get("trust", ""))})
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error


@cache
def definitions() -> dict[str, Definition]:
    """Every definition that is shipped, by id, the main one first."""
    folder = resources.files("qingxi.indicator") / "definitions"
    found = [
        parse_definition(path.read_text(encoding="utf-8"), path.name)
        for path in sorted(folder.iterdir(), key=lambda p: p.name)
        if path.name.endswith(".toml")
    ]
    return {d.id: d for d in sorted(found, key=lambda d: (d.order, d.id))}
