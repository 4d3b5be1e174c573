"""One load on its way."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from qingxi.origin import Fault, Severity
from qingxi_office.jobs.models import Job
from qingxi_office.places.models import Place
from qingxi_office.trail.actions import Doer


@dataclass
class Loading:
    """One load on its way: what was read, which rows of ours it became, what was wrong."""

    folder: Path
    by: Doer
    job: Job
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, Place] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    facility_ids: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)

    def fault(self, file: str, row: int | None, name: str, value: str, rule: str, remedy: str, code: str) -> None:
        self.faults.append(Fault(file, row, name, value, rule, remedy, code, Severity.WARNING))

    def county(self) -> Place:
        return next(place for place in self.places.values() if place.level == "county")

    def place(self, code: str, file: str, row: int | None) -> Place:
        """The place of a code; the county, with a fault, where we know none."""
        place = self.places.get(code)
        if place is None:
            if code:
                self.fault(file, row, "行政村代码", code, "代码要在行政村台账里", "核对代码", "place-unknown")
            return self.county()
        return place


def known_count(value: float) -> int | None:
    """A count as the books keep it: whole, None where nobody said (NaN or −1)."""
    return None if value != value or value < 0 else round(value)
