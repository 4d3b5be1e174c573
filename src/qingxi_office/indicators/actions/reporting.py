"""Changes to what others said and asked: official figures, and targets of task letters."""

from datetime import date

from django.db import transaction

from qingxi.indicator import Reported, definitions
from qingxi.origin import Ref
from qingxi_office.indicators.models import FigureTarget, ReportedFigure, SeatNote
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts
from qingxi_office.trail.numbers import next_key

_PLAIN = (
    "name", "bound", "unit", "unit_counted", "part", "n", "measurer", "issuer", "document", "number", "as_of",
    "issued_on", "period", "definition", "quote", "note",
)  # fmt: skip


def note_reported(
    said: Reported, *, by: trail.Doer, place: Place | None = None, replaces: str = "", because: tuple[Ref, ...] = ()
) -> ReportedFigure:
    """Keep a figure as a document issued it.

    Parameters
    ----------
    said : Reported
        An empty ``key`` is given one. The same figure again under the same key is not kept twice.
    place : Place, optional
        The place in whose books it lies: the county by default.
    replaces : str
        Key of the row that this one corrects. The old row stays.

    Raises
    ------
    ValueError
        Without a county, with a definition nobody knows, when the key holds another figure, or when what is to be
        replaced is not there or was replaced before.
    """
    own = county()
    where = place or (own.place if own else None)
    if where is None:
        raise ValueError("还没有县，先开账")
    rights.check(by, "note_reported", path=where.path)
    if said.definition and said.definition not in definitions():
        raise ValueError(f"没有口径 {said.definition}")
    digits = said.value.as_tuple().exponent
    if not isinstance(digits, int) or digits < -6 or abs(said.value) >= 10**14:
        raise ValueError(f"{said.value} 记不下：最多六位小数、十四位整数")
    values = {
        **{name: getattr(said, name) for name in _PLAIN},
        "place_name": said.place, "value": said.value, "decimals": max(-digits, 0), "assumed": dict(said.assumed),
        "place_id": where.pk, "because": texts(because),
    }  # fmt: skip
    with transaction.atomic():
        there = ReportedFigure.objects.filter(key=said.key).first() if said.key else None
        if there is not None:
            if all(getattr(there, name) == value for name, value in values.items()):
                return there
            raise ValueError(f"{said.key} 已记着另一个数；更正要另记一条并写明替换哪一条")
        old = None
        if replaces:
            old = ReportedFigure.objects.select_for_update(of=("self",)).filter(key=replaces, place=where).first()
            if old is None:
                raise ValueError(f"没有要更正的 {replaces}")
            if ReportedFigure.objects.filter(replaces=old).exists():
                raise ValueError(f"{replaces} 已被更正过，请更正最新的一条")
        row = ReportedFigure(
            key=said.key or next_key(ReportedFigure, "GF-", width=5),
            by_name=str(by),
            at=clock.now(),
            replaces=old,
            **values,
        )
        row.save(force_insert=True)
        trail.record(
            "figure.reported_noted", row_ref(row), by=by,
            before={"key": old.key} if old else None, after={"place": said.place, "name": said.name, "said": said.printed},
        )  # fmt: skip
    return row


def row_ref(row: ReportedFigure) -> Ref:
    return Ref("reported", row.key)


def set_target(
    definition: str, year: int, value: float, document: str, *, by: trail.Doer, place: Place | None = None,
    issued_on: date | None = None,
) -> FigureTarget:  # fmt: skip
    """Keep what a task letter asks of a figure in a year, per cent. The old target stays as a row.

    Raises
    ------
    ValueError
        For an unknown definition, a value outside 0 to 100, or a target without its letter.
    """
    own = county()
    where = place or (own.place if own else None)
    if where is None:
        raise ValueError("还没有县，先开账")
    rights.check(by, "set_figure_target", path=where.path)
    if definition not in definitions():
        raise ValueError(f"没有口径 {definition}")
    if not 0 < value <= 100:
        raise ValueError(f"目标 {value:g} % 不在 0 与 100 之间")
    if not 2000 <= year <= 2100:
        raise ValueError(f"年份 {year} 不对")
    if not document.strip():
        raise ValueError("目标要写明任务文件")
    with transaction.atomic():
        row = FigureTarget(
            definition=definition, place=where, year=year, value=value, document=document.strip(), issued_on=issued_on,
            by_name=str(by), at=clock.now(),
        )  # fmt: skip
        row.save(force_insert=True)
        trail.record(
            "figure.target_set", Ref("figure", f"{definition}/{where.code}"), by=by,
            after={"year": year, "value": value, "document": row.document},
        )  # fmt: skip
    return row


def note_seat(
    place: Place, way: str, *, by: trail.Doer, on: date, plant: str = "", owner: str = "", design_m3_d: float | None = None,
    runs: bool | None = None, document: str = "",
) -> SeatNote:  # fmt: skip
    """Keep what was found about a township seat's sewage on a day.

    Raises
    ------
    ValueError
        For a place that is no township, an unknown way, a day to come, a plant of no size, or a plant that runs where
        there is none.
    """
    rights.check(by, "note_seat", path=place.path)
    if place.level != Place.Level.TOWNSHIP:
        raise ValueError(f"{place.name}不是乡镇")
    if way not in SeatNote.To.values:
        raise ValueError("请选污水去哪里")
    if on > clock.today():
        raise ValueError(f"{on:%Y-%m-%d} 还没有到")
    if design_m3_d is not None and not 0 < design_m3_d < 10**6:
        raise ValueError(f"规模 {design_m3_d:g} m³/d 不对")
    if way == SeatNote.To.NONE and (runs or plant):
        raise ValueError("没有去处，就没有处理厂，也谈不上运行")
    with transaction.atomic():
        row = SeatNote(
            place=place, on=on, way=way, plant=plant.strip(), owner=owner.strip(), design_m3_d=design_m3_d, runs=runs,
            document=document.strip(), by_name=str(by), at=clock.now(), because=[f"place:{place.code}"],
        )  # fmt: skip
        row.save(force_insert=True)
        trail.record("seat.noted", Ref("seat", str(row.pk)), by=by, after={"place": place.name, "says": row.says})
    return row
