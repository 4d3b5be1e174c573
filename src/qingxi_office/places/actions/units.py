"""What happens to units: opened, renamed, merged, put below another, closed, each on a day and by a document."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from qingxi.origin import Ref
from qingxi_office.places.models import Duty, Place, Unit, UnitPast
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


def _ask(on: date, document: str, *units: Unit) -> None:
    if on > clock.today():
        raise ValueError(f"生效日期 {on} 还没有到，到那天再办")
    if not document.strip():
        raise ValueError("要写依据的文件")
    for unit in units:
        if unit.valid_to is not None:
            raise ValueError(f"{unit.name}从 {unit.valid_to} 起已撤销")
        start = unit.since or unit.valid_from
        if start is not None and start >= on:
            raise ValueError(f"{unit.name}从 {start} 起才是现在这样，生效日期要晚于这一天")


def _keep(unit: Unit, on: date, change: str, document: str) -> None:
    UnitPast.objects.create(
        unit=unit, name=unit.name, kind=unit.kind, parent_id=unit.parent_id, valid_from=unit.since or unit.valid_from,
        valid_to=on, change=change, document=document,
    )  # fmt: skip
    unit.since = on


def _record(what: str, unit: Unit, on: date, document: str, by: trail.Doer, before: object, after: object) -> None:
    trail.record(
        what, Ref("unit", str(unit.pk)), by=by, because=document, before=before, after={"on": on, "is": after}
    )


@transaction.atomic
def open_unit(
    name: str, kind: str, *, on: date, document: str, by: trail.Doer, place: Place | None = None, parent: Unit | None = None,
    level: str = "县", phone: str = "",
) -> Unit:  # fmt: skip
    """A new unit; a name is one unit's for good, ended ones included."""
    name = name.strip()
    if on > clock.today():
        raise ValueError(f"生效日期 {on} 还没有到，到那天再办")
    if not name or not document.strip():
        raise ValueError("要写名称和依据的文件")
    if known := Unit.objects.filter(name=name).first():
        raise ValueError(f"已有{name}" + (f"（{known.valid_to} 撤销）" if known.valid_to else ""))
    unit = Unit.objects.create(
        name=name, kind=kind, valid_from=on, place=place, parent=parent, level=level, phone=phone
    )
    _record("unit.opened", unit, on, document, by, None, name)
    return unit


@transaction.atomic
def rename_unit(unit: Unit, name: str, *, on: date, document: str, by: trail.Doer) -> Unit:
    """A unit gets a new name; records name it by its key and follow."""
    name = name.strip()
    _ask(on, document, unit)
    if not name or name == unit.name:
        raise ValueError("新名称不能空，也不能和现在的一样")
    if Unit.objects.filter(name=name).exists():
        raise ValueError(f"已有单位叫{name}")
    before = unit.name
    _keep(unit, on, "更名", document)
    unit.name = name
    unit.save()
    # Duties that ended before the day keep the name of their time.
    _in_force(unit, on).update(unit_name=name)
    _record("unit.renamed", unit, on, document, by, before, name)
    return unit


@transaction.atomic
def move_unit(unit: Unit, parent: Unit | None, *, on: date, document: str, by: trail.Doer) -> Unit:
    """A unit is put below another; refused where that would close a circle."""
    _ask(on, document, unit)
    at = parent
    while at is not None:
        if at.pk == unit.pk:
            raise ValueError("单位不能放在自己下面")
        at = at.parent
    before = unit.parent.name if unit.parent else ""
    _keep(unit, on, "调整隶属", document)
    unit.parent = parent
    unit.save()
    _record("unit.moved", unit, on, document, by, before, parent.name if parent else "")
    return unit


@transaction.atomic
def merge_units(gone: Sequence[Unit], into: Unit, *, on: date, document: str, by: trail.Doer) -> Unit:
    """Units go into another, which takes over their posts and what lay below them; the persons in the posts stay."""
    gone = list({unit.pk: unit for unit in gone}.values())
    if not gone or into.pk in {unit.pk for unit in gone}:
        raise ValueError("没有选要并入的单位，或单位并入了自己")
    _ask(on, document, *gone)
    for unit in gone:
        for row in _in_force(unit, on):
            _follow(row, on, unit=into, unit_name=into.name, basis=document)
        for below in Unit.objects.filter(parent=unit, valid_to=None):
            _keep(below, on, "调整隶属", document)
            below.parent = into if below.pk != into.pk else unit.parent
            below.save()
        unit.valid_to, unit.successor, unit.ended_by = on, into, f"并入{into.name}：{document}"[:200]
        unit.save()
        _record("unit.merged", unit, on, document, by, unit.name, into.name)
    return into


@transaction.atomic
def close_unit(unit: Unit, *, on: date, document: str, by: trail.Doer) -> Unit:
    """A unit ceases; its posts stay and are gaps from that day until somebody takes them over."""
    _ask(on, document, unit)
    if below := list(Unit.objects.filter(parent=unit, valid_to=None).values_list("name", flat=True)[:5]):
        raise ValueError(f"{unit.name}下面还有{'、'.join(below)}，先处理它们")
    unit.valid_to, unit.ended_by = on, f"撤销：{document}"[:200]
    unit.save()
    _record("unit.closed", unit, on, document, by, unit.name, "")
    return unit


def _in_force(unit: Unit, on: date) -> QuerySet[Duty]:
    return Duty.objects.filter(unit=unit).filter(Q(valid_to=None) | Q(valid_to__gt=on))


def _follow(row: Duty, on: date, **values: object) -> Duty:
    """End a duty on a day and begin the one that follows it; a duty that has not begun by then is changed in place."""
    if row.valid_from is not None and row.valid_from >= on:
        for field, value in values.items():
            setattr(row, field, value)
        row.save()
        return row
    until = row.valid_to
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    after = Duty.objects.get(pk=row.pk)
    after.pk, after.follows_id, after.valid_from, after.valid_to = None, row.pk, on, until
    after._state.adding = True
    for field, value in values.items():
        setattr(after, field, value)
    after.save(force_insert=True)
    return after
