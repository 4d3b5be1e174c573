"""What a programme is made of: systems that could be built, lots that will be, payments, and what must wait."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from qingxi.origin import Ref
from qingxi.programme.clash import Clash
from qingxi.programme.fund import Use


@dataclass(frozen=True, slots=True)
class Candidate:
    """One system of a plan as a row that the programme may take up.

    Attributes
    ----------
    id : str
        The plan's system id, as text.
    village, township : str
        Codes or names; for sorting and reasons.
    build_fen, equipment_fen : int
        Total investment, split by use; 0 or more.
    running_fen_y : int
        Yearly running cost, due from the year after building.
    must : tuple of str
        Why it comes first (水源保护区, 乡镇驻地, 黑臭水体, ...); empty: it need not.
    consent : str
        已同意, 未征询, 不同意, or empty where nobody need be asked.
    earliest : int or None
        No year before this one.
    """

    id: str
    name: str
    village: str
    township: str
    mode: str
    households: int
    build_fen: int
    equipment_fen: int
    running_fen_y: int
    must: tuple[str, ...] = ()
    consent: str = ""
    earliest: int | None = None

    def __post_init__(self) -> None:
        if min(self.build_fen, self.equipment_fen, self.running_fen_y, self.households) < 0:
            raise ValueError(f"system {self.id}: amounts and households must be 0 or more")

    @property
    def capital_fen(self) -> int:
        """Total investment."""
        return self.build_fen + self.equipment_fen

    @property
    def ref(self) -> Ref:
        return Ref("system", self.id)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money of one fund spent on one use in one year."""

    fund: str
    year: int
    use: Use
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Lot:
    """A system taken into a year (批次).

    ``cost_fen`` is what the fund sources pay, after ``saved_fen`` by digging once; ``window`` the building season.
    """

    id: str
    system: str
    name: str
    village: str
    township: str
    mode: str
    households: int
    year: int
    window: tuple[date, date]
    cost_fen: int
    saved_fen: int
    running_fen_y: int
    payments: tuple[Payment, ...]
    clashes: tuple[Clash, ...]
    must: tuple[str, ...]
    reason: str
    because: tuple[Ref, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Waiting:
    """A system that no year took, and why."""

    system: str
    name: str
    reason: str
    because: tuple[Ref, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Programme:
    """What is built when, and paid from where.

    Attributes
    ----------
    lots : tuple of Lot
        By year, those that must come first before the others.
    waiting : tuple of Waiting
    running : tuple of Payment
        Running money of the lots in the years after they are built.
    gap : float
        How far the sum of points may be from the best possible, 0 to 1, by the solver's own bound.
    """

    years: tuple[int, ...]
    lots: tuple[Lot, ...]
    waiting: tuple[Waiting, ...]
    running: tuple[Payment, ...]
    gap: float

    def in_year(self, year: int) -> tuple[Lot, ...]:
        """Lots of a year."""
        return tuple(lot for lot in self.lots if lot.year == year)

    def spent(self, year: int) -> dict[tuple[str, Use], int]:
        """Fen by (fund, use) in a year, building and running together."""
        out: dict[tuple[str, Use], int] = {}
        for payment in self.payments():
            if payment.year == year:
                key = (payment.fund, payment.use)
                out[key] = out.get(key, 0) + payment.amount_fen
        return out

    def payments(self) -> Iterable[Payment]:
        """Every payment of the programme."""
        for lot in self.lots:
            yield from lot.payments
        yield from self.running
