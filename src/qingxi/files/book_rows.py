"""Rows of the county's books that no lower room has a thing for."""

from dataclasses import dataclass
from datetime import date

from qingxi.facility import Facility
from qingxi.indicator import State, ThreeBasics, VillageStanding
from qingxi.origin import Ref
from qingxi.place import VillageKind


@dataclass(frozen=True, slots=True)
class VillageRow:
    """One administrative village (行政村治理台账); ``row`` is the Excel row. People: -1 where not said."""

    code: str
    name: str
    township: str
    kind: VillageKind
    village_class: str
    households: int
    people_registered: int
    people_resident: int
    people_festival: int
    state: State
    recognised_on: date | None
    document: str
    mode: str
    basics: ThreeBasics
    households_connected: int
    note: str
    row: int
    lost_on: date | None = None
    lost_reason: str = ""

    @property
    def standing(self) -> VillageStanding:
        """What the indicators need of it."""
        return VillageStanding(
            code=self.code,
            name=self.name,
            township=self.township,
            kind=self.kind,
            state=self.state,
            township_code=self.code[:9],
            recognised_on=self.recognised_on,
            document=self.document,
            lost_on=self.lost_on,
            lost_reason=self.lost_reason,
            households=self.households,
            households_connected=self.households_connected,
            basics=self.basics,
            because=(Ref("row", f"行政村治理台账/{self.row}"),),
        )


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """One facility of the register (处理设施台账): the facility, and what the register says beside it."""

    facility: Facility
    village_name: str
    mn: str
    note: str
    row: int


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One line of the problem ledger as the county keeps it (问题整改台账)."""

    id: str
    title: str
    issue_class: str
    source: str
    village: str
    facility: str
    rectifier: str
    supervisor: str
    verifier: str
    closer: str
    found_on: date
    due_on: date | None
    state: str
    cause: str
    row: int


@dataclass(frozen=True, slots=True)
class FundRow:
    """One fund source and year (资金来源): ``amount_fen`` in fen; ``eligible`` what it may pay for."""

    name: str
    kind: str
    year: int
    amount_fen: int
    eligible: tuple[str, ...]
    document: str
    status: str
    row: int


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit (单位) and what stands above it."""

    name: str
    kind: str
    superior: str
    phone: str
    row: int


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One work of another department (其他部门工程); the line itself stands in the layer ``works``."""

    id: str
    department: str
    kind: str
    name: str
    start: date | None
    end: date | None
    budget_fen: int
    surface: str
    row: int


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One village or township of the national statistical register; ``kind`` only of villages."""

    code: str
    name: str
    parent_code: str
    parent_name: str
    kind: VillageKind | None
    row: int
