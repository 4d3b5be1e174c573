"""Every command as a row of :file:`tables/commands.csv`: who begins, what is answered, which fields it carries.

Three kinds of flow (HJ 212-2017, 6.5), told by who begins and what ends them:

- **request** (the upper computer asks): 9011, then data where the row says so, then 9012;
- **upload** (the device sends data): 9014, when bit A asks for it;
- **notice** (either tells): 9013.

``trust`` is that of the newest clause quoted: *official* rows were read in the text of HJ 212-2017, *sourced* rows are
those of 2025, read in public code transcribed from the standard. HJ/T 212-2005 is quoted nowhere and always *sourced*.
"""

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from qingxi.wire.hj212.tongues import Said

EDITIONS: Final = (2005, 2017, 2025)


@dataclass(frozen=True, slots=True)
class Need:
    """A field of a data area.

    Attributes
    ----------
    names : tuple of str
        Spellings that count as this field; ``*-Rtd`` stands for any factor.
    required : bool
    """

    names: tuple[str, ...]
    required: bool

    def met_by(self, key: str) -> bool:
        """Whether a key of a data area is this field."""
        return any(
            key == name or (name[0] == "*" and key.endswith(name[1:]) and len(key) > 4) for name in self.names
        )


@dataclass(frozen=True, slots=True)
class Flow:
    """One row of the table.

    Attributes
    ----------
    cn : str
    starter : str
        ``"upper"``, ``"device"`` or ``"both"`` (answers only).
    kind : str
        ``"request"``, ``"upload"``, ``"notice"`` or ``"answer"``.
    name : str
        Chinese name of the standard; it knows its English.
    reply : str
        Data messages between 9011 and 9012 of a request: ``"none"``, ``"one"`` or ``"many"``.
    asks, gives : tuple of Need
        Fields of what the upper computer says, and of what the device says.
    editions : tuple of int
    clause_2017, clause_2025 : str
        Table of Annex C (or of the body); empty where the edition has none.
    trust : str
    """

    cn: str
    starter: str
    kind: str
    name: str
    reply: str
    asks: tuple[Need, ...]
    gives: tuple[Need, ...]
    editions: tuple[int, ...]
    clause_2017: str
    clause_2025: str
    trust: str

    @property
    def answers(self) -> tuple[str, ...]:
        """Commands of the answers in their order, data under the flow's own command."""
        if self.kind == "request":
            return ("9011", self.cn, "9012") if self.reply != "none" else ("9011", "9012")
        return {"upload": ("9014",), "notice": ("9013",)}.get(self.kind, ())


def _needs(cell: str) -> tuple[Need, ...]:
    return tuple(Need(tuple(word.rstrip("?").split("|")), not word.endswith("?")) for word in cell.split())


def table_rows(name: str) -> list[dict[str, str]]:
    """Rows of a table of this package."""
    text = resources.files(__package__).joinpath("tables", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def _flow(row: dict[str, str]) -> Flow:
    return Flow(
        cn=row["cn"],
        starter=row["starter"],
        kind=row["kind"],
        name=Said(row["name"], row["english"]),
        reply=row["reply"],
        asks=_needs(row["asks"]),
        gives=_needs(row["gives"]),
        editions=tuple(int(year) for year in row["editions"].split()),
        clause_2017=row["clause_2017"],
        clause_2025=row["clause_2025"],
        trust=row["trust"],
    )


FLOWS: Final[dict[tuple[str, str], Flow]] = {
    (row["cn"], row["starter"]): _flow(row) for row in table_rows("commands")
}
"""Every flow by (CN, who begins)."""


def flow_of(cn: str, starter: str) -> Flow | None:
    """The flow that ``"upper"`` or ``"device"`` begins with a command; None for one the table does not know."""
    return FLOWS.get((cn, starter)) or FLOWS.get((cn, "both"))


@dataclass(frozen=True, slots=True)
class Link:
    """One row of Table 1: seconds to wait for an answer and how often to send again, by kind of line."""

    name: str
    timeout_s: float
    resends: int
    clause: str
    trust: str


@cache
def links() -> dict[str, Link]:
    """HJ 212-2017 Table 1 by name of the line."""
    return {
        row["link"]: Link(row["link"], float(row["timeout_s"]), int(row["resends"]), row["clause"], row["trust"])
        for row in table_rows("timeouts")
    }


def must_encrypt(cn: str, sender: str) -> bool:
    """Whether the data area of a command travels under SM4 where SM4 is in use (HJ 212-2025 6.4.4, sourced).

    2000 to 2999 and 3020 from the device, 1014 from both sides.
    """
    if cn == "1014":
        return True
    return sender == "device" and (cn == "3020" or (len(cn) == 4 and cn.startswith("2")))
