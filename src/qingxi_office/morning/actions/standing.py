"""The list of conflicts as it stands after what was signed; kept in step with the ledgers and the decisions."""

from __future__ import annotations

from typing import Any

from qingxi.morning import Conflict, Examined, examine, ledgers_from_json, written_as_json
from qingxi_office.morning.held_against import setting_of
from qingxi_office.morning.models import ConflictRow, LedgerCheck
from qingxi_office.morning.queries import decisions_of
from qingxi_office.places.models import Place


def refresh(check: LedgerCheck) -> Examined:
    """Examine again with what was signed, here and last time, and put the list right; call inside a transaction.

    A conflict that another sign-off has stilled leaves the list; one that it raised comes in. What was signed last quarter
    about the same rows is taken over, once, and says so. Costs the reading of the register and one write a changed row.
    """
    LedgerCheck.objects.select_for_update().only("pk").get(pk=check.pk)  # two who sign at once follow one another
    rows = {row.key: row for row in ConflictRow.objects.filter(check_row=check)}
    earlier = _earlier(check)
    own = decisions_of(check)
    carried = {
        key: row for key, row in earlier.items() if key not in own and not (key in rows and rows[key].undone)
    }
    from_before = {key: (row.way, row.target) for key, row in carried.items()}
    setting = setting_of(check)
    decisions = own | {key: _decision(*said) for key, said in from_before.items()}
    found = examine(ledgers_from_json(check.ledgers), setting, decisions)
    _keep(check, found, rows, carried)
    check.results = [v.as_json() for v in found.results]
    check.save(update_fields=["results"])
    return found


def _decision(way: str, target: str) -> Any:
    from qingxi.morning import Decision

    return Decision(way, target)


def _earlier(check: LedgerCheck) -> dict[str, ConflictRow]:
    """Sign-offs of the last check that got so far as to have any."""
    last = (
        LedgerCheck.objects.filter(pk__lt=check.pk)
        .exclude(state__in=(LedgerCheck.State.READING, LedgerCheck.State.COLUMNS, LedgerCheck.State.FAILED))
        .order_by("-id")
        .first()
    )
    if last is None:
        return {}
    return {row.key: row for row in ConflictRow.objects.filter(check_row=last).exclude(way="")}


def _keep(
    check: LedgerCheck, found: Examined, rows: dict[str, ConflictRow], carried: dict[str, ConflictRow]
) -> None:
    places = _places(found.conflicts, check.place)
    new, changed = [], []
    for order, c in enumerate(found.conflicts):
        place = places.get(c.village, check.place)
        said = {
            "zh": c.zh, "en": c.en, "rows": [_row(cited) for cited in c.rows], "order": order, "current": True, "place_id": place.pk,
            "township": _township(place), "kind": c.kind,
            "ways": [{"id": w.id, "zh": w.zh, "en": w.en, "needs": w.needs} for w in c.ways],
        }  # fmt: skip
        row = rows.get(c.key)
        if row is None:
            row = ConflictRow(check_row=check, key=c.key, **said)
            new.append(row)
        elif any(getattr(row, k) != v for k, v in said.items()) or (c.key in found.decided and not row.way):
            for k, v in said.items():
                setattr(row, k, v)
            changed.append(row)
        if c.key in found.decided and not row.way and c.key in carried:
            _take_over(row, carried[c.key])
        elif row.way and c.key not in found.decided:  # the way that was signed is not offered any more
            _forget(row)
            changed.append(row)
    here = {c.key for c in found.conflicts}
    gone = [row for key, row in rows.items() if key not in here and row.current]
    for row in gone:
        row.current = False
    fields = [f.name for f in ConflictRow._meta.fields if f.name not in ("id", "key", "check_row")]
    ConflictRow.objects.bulk_create(new, batch_size=200)
    ConflictRow.objects.bulk_update({row.pk: row for row in (*changed, *gone)}.values(), fields, batch_size=200)


def _take_over(row: ConflictRow, old: ConflictRow) -> None:
    for name in ("way", "way_zh", "way_en", "target", "reason", "by_name", "by_pk", "signed_at"):
        setattr(row, name, getattr(old, name))
    row.carried_from = old.carried_from or str(old.check_row)


def _forget(row: ConflictRow) -> None:
    row.way = row.way_zh = row.way_en = row.target = row.reason = row.by_name = row.carried_from = ""
    row.by_pk, row.signed_at = None, None


def _row(cited: Any) -> dict[str, Any]:
    return {"written": written_as_json(cited.written), "marks": list(cited.fields)}


def _places(conflicts: tuple[Conflict, ...], county: Place) -> dict[str, Place]:
    """Living places by the codes that conflicts name (villages and townships), the ended ones too."""
    codes = {c.village for c in conflicts if c.village}
    found = Place.objects.filter(code__in=codes).select_related("parent").order_by("-valid_to")
    return {p.code: p for p in found} | {
        p.code: p for p in Place.objects.filter(code__in=codes, valid_to=None).select_related("parent")
    }


def _township(place: Place) -> str:
    if place.level == Place.Level.TOWNSHIP:
        return place.name
    return place.parent.name if place.level == Place.Level.VILLAGE and place.parent else ""
