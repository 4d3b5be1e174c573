"""Evidence that comes on paper or in Excel: electricity bills, laboratory results, visits."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Use(StrEnum):
    """What a reading may be used for; software never promotes it (线索 / 管理 / 执法)."""

    CLUE = "线索"
    MANAGEMENT = "管理"
    ENFORCEMENT = "执法"


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's electricity of one account (用电户号): ``kwh`` 0 or more; ``month`` is its first day.

    ``note`` says how the figure came about where it was no plain reading: 估抄, 换表, 含退补 −200 kWh.
    """

    account: str
    month: date
    kwh: float
    use: Use = Use.MANAGEMENT
    note: str = ""


@dataclass(frozen=True, slots=True)
class LabResult:
    """One laboratory value.

    Attributes
    ----------
    point : str
        ``"influent"`` (进水) or ``"effluent"`` (出水).
    quantity : str
        Code of :mod:`qingxi.quantity`: ``"cod"``, ``"nh3n"``, ``"tp"``, ``"tn"``, ``"ss"``, ``"ph"``.
    value : float or None
        mg/L (pH without unit); None where no sample could be taken.
    water_temp_c : float or None
        Water temperature at sampling; some NH3-N limits hang on it.
    """

    facility: str
    sampled_on: date
    point: str
    quantity: str
    value: float | None
    laboratory: str = ""
    cma: str = ""
    report: str = ""
    water_temp_c: float | None = None
    use: Use = Use.MANAGEMENT


@dataclass(frozen=True, slots=True)
class Visit:
    """A round at a facility (巡查): answers keyed by question, for example ``{"blower": "off"}``.

    ``by_role`` is "village" (村巡查), "operator" (运维到站) or "county". ``key`` is what the round is called where it is kept; ""
    for a line of a sheet, which has no name of its own: facility and minute are its name.
    """

    facility: str
    visited_at: datetime
    by: str
    by_role: str
    answers: dict[str, str] = field(default_factory=dict)
    meter_kwh: float | None = None
    note: str = ""
    use: Use = Use.CLUE
    key: str = ""
