"""Appointing, ending and handing over duties. A row is never overwritten: the old name stays on the old dates."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from qingxi.origin import Ref
from qingxi.place import Change, StandardDuty, Turn
from qingxi_office.places.actions.units import _follow
from qingxi_office.places.models import Duty, Place, Unit
from qingxi_office.trail import actions as trail

FIELDS = ("person", "title", "phone", "deputy", "deputy_phone")


def _told(row: Duty) -> dict[str, Any]:
    return {"matter": row.matter, "role": row.role, "unit": row.unit_name, **{f: getattr(row, f) for f in FIELDS}}


def _is_ref(text: str) -> bool:
    try:
        Ref.parse(text)
    except ValueError:
        return False
    return True


@transaction.atomic
def appoint(
    place: Place, matter: str, role: str, *, on: date, document: str, by: trail.Doer, unit_name: str = "", party: str = "",
    subject: str = "", until: date | None = None, **who: str,
) -> Duty:  # fmt: skip
    """Put somebody (or nobody: a post that is to be filled) in charge of a matter at a place from a day.

    A post of the same matter, role, unit and subject in force on the day is handed over; otherwise a new one begins.
    """
    matter, unit_name = matter.strip(), unit_name.strip()
    if not matter or role not in Duty.Role.values:
        raise ValueError("要写事项和角色")
    if not document.strip():
        raise ValueError("要写依据的文件")
    if until is not None and until <= on:
        raise ValueError("截止日期要晚于开始日期")
    if place.valid_to is not None:
        raise ValueError(f"{place.name}从 {place.valid_to} 起已不存在")
    if subject and not _is_ref(subject):
        raise ValueError(f"“{subject}”不是一件东西的编号，要写成 facility:编号 或 project:编号")
    unit = Unit.objects.filter(name=unit_name).first() if unit_name else None
    if unit is not None and unit.valid_to is not None and unit.valid_to <= on:
        raise ValueError(f"{unit.name}从 {unit.valid_to} 起已撤销")
    said = {field: str(who.get(field, "")).strip() for field in FIELDS}
    values: dict[str, Any] = {**said, "basis": document, "valid_to": until}
    known = (
        Duty.objects.filter(place=place, matter=matter, role=role, subject=subject, unit_name=unit_name)
        .filter(Q(valid_from=None) | Q(valid_from__lt=on))
        .filter(Q(valid_to=None) | Q(valid_to__gt=on))
        .first()
    )
    if known is not None:
        before = _told(known)
        row = _follow(known, on, **values)
    else:
        before = None
        if party not in Duty.Party.values:
            party = Duty.Party.OFFICE
        row = Duty.objects.create(
            place=place, subject=subject, matter=matter, role=role, unit=unit, unit_name=unit_name, party=party,
            valid_from=on, **values,
        )  # fmt: skip
    trail.record(
        "duty.appointed", Ref("duty", str(row.pk)), by=by, because=document, before=before,
        after={"place": place.code, "on": on, **_told(row)},
    )  # fmt: skip
    return row


@transaction.atomic
def end_duty(row: Duty, *, on: date, document: str, by: trail.Doer) -> Duty:
    """A duty ends on a day: the post itself is no more, or nobody follows."""
    if row.valid_to is not None and row.valid_to <= on:
        raise ValueError(f"已在 {row.valid_to} 到期")
    if row.valid_from is not None and row.valid_from >= on:
        raise ValueError(f"从 {row.valid_from} 起任，截止日期要晚于这一天")
    if not document.strip():
        raise ValueError("要写依据的文件")
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    trail.record(
        "duty.ended", Ref("duty", str(row.pk)), by=by, because=document, before=_told(row), after={"on": on}
    )
    return row


@transaction.atomic
def hand_over(changes: Sequence[Change], *, on: date, document: str, by: trail.Doer) -> list[Duty]:
    """Carry out what a hand-over sheet said, in one deed: old rows end on the day, new ones begin. All or nothing.

    Raises ValueError when a post has changed since the difference was shown.
    """
    if not document.strip():
        raise ValueError("要写依据的文件")
    rows = {str(row.pk): row for row in Duty.objects.filter(pk__in=[int(c.before.key) for c in changes])}
    out = []
    for change in changes:
        row = rows.get(change.before.key)
        if row is None or row.person != change.before.person or (row.valid_to is not None and row.valid_to <= on):
            raise ValueError(f"第 {change.row} 行的岗位在比对以后又变了，请重新上传比对")
        after = change.after
        values = {
            "person": after.person, "title": after.post, "phone": after.phone, "deputy": after.deputy,
            "deputy_phone": after.deputy_phone, "basis": document,
        }  # fmt: skip
        out.append(_follow(row, on, **values))
    count = {turn.value: sum(c.turn is turn for c in changes) for turn in Turn}
    trail.record(
        "duties.handed_over", Ref("duty", "all"), by=by, because=document,
        before=[[c.before.key, c.before.person] for c in changes], after={"on": on, "count": count,
        "rows": [[row.pk, row.person] for row in out]},
    )  # fmt: skip
    return out


@transaction.atomic
def lay_out(
    missing: Iterable[tuple[Place, StandardDuty]], *, on: date, document: str, by: trail.Doer, units: dict[int, str] | None = None
) -> int:  # fmt: skip
    """Set up the posts of the standard list that nobody has yet, empty: from then on they stand in the list as gaps to fill.

    ``units`` names the unit of a place, by the place's key.
    """
    if not document.strip():
        raise ValueError("要写依据的文件")
    known = dict(Unit.objects.filter(valid_to=None).values_list("name", "pk"))
    rows = []
    for place, line in missing:
        name = (units or {}).get(place.pk, "")
        rows.append(
            Duty(
                place=place, matter=line.matter, role=line.role.value, party=line.party.value, unit_name=name,
                unit_id=known.get(name), valid_from=on, basis=document,
            )
        )  # fmt: skip
    Duty.objects.bulk_create(rows, batch_size=500)
    if rows:
        trail.record(
            "duties.laid_out", Ref("duty", "all"), by=by, because=document, after={"new": len(rows), "on": on}
        )
    return len(rows)


@transaction.atomic
def pass_posts(rows: Sequence[Duty], *, on: date, document: str, by: trail.Doer, **values: str) -> list[Duty]:
    """Posts pass to another person (or stand empty) on a day: each old row ends, each new one begins with ``values``."""
    out = [_follow(row, on, basis=document, **values) for row in rows]
    if out:
        trail.record(
            "duties.passed_on", Ref("duty", "all"), by=by, because=document, before=[[row.pk, row.person] for row in rows],
            after={"on": on, "to": values.get("person", ""), "rows": [row.pk for row in out]},
        )  # fmt: skip
    return out
