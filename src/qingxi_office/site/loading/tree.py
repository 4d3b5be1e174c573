"""Places, units and duties of a folder."""

from typing import Any

from qingxi_office.places import actions as places
from qingxi_office.site.loading.under_way import Loading

_UNIT_LEVELS = {"县政府": "县", "部门": "县", "乡镇": "乡镇", "村委会": "村", "市": "市", "市级": "市", "省": "省"}


def take_tree(at: Loading, said: Any, books: Any, dwellings: Any) -> None:
    """County, townships, villages (register and layer together) and natural villages."""
    rows: dict[str, dict[str, Any]] = {said.code: {"code": said.code, "name": said.name or said.code}}
    layer = dwellings.villages
    in_layer = {} if layer is None else {str(code): i for i, code in enumerate(layer.code)}
    for village in books.villages.rows:
        rows[village.code[:9]] = {"code": village.code[:9], "name": village.township or village.code[:9]}
        rows[village.code] = {
            "code": village.code, "name": village.name, "kind": village.kind.value, "village_class": village.village_class,
        }  # fmt: skip
    for code, i in in_layer.items():
        if code in rows or not code.isdigit() or len(code) != 12:
            continue
        rows.setdefault(code[:9], {"code": code[:9], "name": str(layer.township_name[i]) or code[:9]})
        rows[code] = {
            "code": code, "name": str(layer.name[i]), "kind": str(layer.kind[i]), "village_class": str(layer.village_class[i]),
        }  # fmt: skip
    names = {h.code: h.name for h in books.hamlets.rows}
    spots: dict[str, tuple[float, float]] = {}
    if dwellings.hamlets is not None:
        for i, code in enumerate(map(str, dwellings.hamlets.id)):
            names.setdefault(code, str(dwellings.hamlets.name[i]))
            spots[code] = tuple(map(float, dwellings.hamlet_lon_lat[i]))  # type: ignore[assignment]
    for code, name in names.items():
        if len(code) == 15 and code[:12] in rows:
            rows[code] = {"code": code, "name": name}
        else:
            at.fault("自然村清单", None, "自然村代码", code, "所属行政村要在台账里", "核对代码", "hamlet-orphan")
    _locate(rows, spots, dwellings.village_borders)
    at.places = places.take_in_tree(list(rows.values()), by=at.by)
    at.counts["places"] = len(rows)


def _locate(
    rows: dict[str, dict[str, Any]], spots: dict[str, tuple[float, float]], borders: dict[str, bytes]
) -> None:
    """Degrees and box of every place: a village by its border, else by its hamlets; what is above by what is below."""
    import shapely

    boxes: dict[str, list[tuple[float, float, float, float]]] = {}
    for code, row in rows.items():
        if code in borders:
            shape = shapely.from_wkb(borders[code])
            row["geometry"] = borders[code]
            boxes.setdefault(code, []).append(shape.bounds)
        if code in spots:
            row["lon"], row["lat"] = spots[code]
            boxes.setdefault(code, []).append((*spots[code], *spots[code]))
    for digits in (15, 12, 9):
        for code in [c for c in rows if len(c) == digits and c in boxes]:
            above = code[: {15: 12, 12: 9, 9: 6}[digits]]
            boxes.setdefault(above, []).extend(boxes[code])
    centres: dict[str, list[tuple[float, float]]] = {}
    for code, spot in spots.items():
        for digits in (12, 9, 6):
            centres.setdefault(code[:digits], []).append(spot)
    for code, row in rows.items():
        if code in boxes:
            west, south, east, north = zip(*boxes[code], strict=True)
            row |= {"west": min(west), "south": min(south), "east": max(east), "north": max(north)}
            if "lon" not in row:
                near = centres.get(code)
                row["lon"] = sum(p[0] for p in near) / len(near) if near else (row["west"] + row["east"]) / 2
                row["lat"] = sum(p[1] for p in near) / len(near) if near else (row["south"] + row["north"]) / 2


def take_units_and_duties(at: Loading, said: Any, books: Any) -> None:
    by_name = {p.name: p for p in at.places.values() if p.level in ("township", "village")}

    def place_of(name: str) -> int | None:
        fits = [p for n, p in by_name.items() if name.startswith((n, n.removesuffix("村民委员会")))]
        return max(fits, key=lambda p: len(p.name)).pk if fits else None

    county = at.county()
    rows = {
        u.name: {
            "name": u.name, "kind": u.kind, "phone": u.phone,
            "level": _UNIT_LEVELS.get(u.kind, "村"), "place_id": place_of(u.name) if u.kind in ("乡镇", "村委会") else county.pk,
        }
        for u in books.units.rows
    }  # fmt: skip
    heads = {}
    for name in (said.lead_department, said.issuing_body):
        # "天河坝县生态环境局" on the seal is "县生态环境局" in the county's own lists.
        short = next((known for known in rows if name.endswith(known)), name)
        heads[name] = short
        if name and short not in rows:
            rows[short] = {"name": short, "kind": "部门", "phone": "", "level": "县", "place_id": county.pk}
    firms = {f.facility.operator for f in books.facilities.rows} | {f.facility.owner for f in books.facilities.rows}
    firms |= {name for i in books.issues.rows for name in (i.rectifier, i.supervisor, i.verifier, i.closer)}
    for name in sorted(firms - set(rows) - {""}):
        place = place_of(name)
        level = "乡镇" if "人民政府" in name or "镇政府" in name else "县" if name.startswith(county.name) else "村"
        rows[name] = {"name": name, "kind": "", "phone": "", "level": level, "place_id": place or county.pk}
    at.units = places.take_in_units(list(rows.values()), by=at.by)
    places.set_county(
        county, by=at.by, lead_unit_id=at.units.get(heads[said.lead_department]),
        issuing_unit_id=at.units.get(heads[said.issuing_body]), lead_department=said.lead_department, issuing_body=said.issuing_body,
        penalty_authority=said.penalty_authority, crs=said.crs, as_of=said.as_of, source_folder=str(at.folder),
        main_definition="treatment_rate_village", target_rate=said.target_rate,
    )  # fmt: skip
    at.counts["duties"] = places.take_in_duties(
        [
            {
                "place_id": at.place(d.place.text, "责任清单", None).pk, "subject": "", "matter": d.matter,
                "role": d.role.value, "unit_id": at.units.get(d.unit), "unit_name": d.unit, "person": d.person,
                "title": d.post, "phone": d.phone, "valid_from": d.valid_from, "valid_to": d.valid_to, "basis": d.basis,
            }
            for d in books.duties.rows
        ],
        by=at.by,
    )  # fmt: skip
