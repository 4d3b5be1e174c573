"""The national statistical register of villages and townships (统计用区划代码) as CSV."""

from pathlib import Path
from typing import Any

from qingxi.files.book_cells import identifier, text
from qingxi.files.book_columns import Column, Sheet, read_rows
from qingxi.files.book_rows import RegisterRow
from qingxi.indicator import State, VillageStanding
from qingxi.place import BadCode, Level, Place, VillageKind, parse_code

_COLUMNS = (
    Column("code", "code", identifier, ("代码", "统计用区划代码", "区划代码"), needed=True),
    Column("name", "name", text, ("名称",), needed=True),
    Column("parent_code", "township_code", identifier, ("county_code", "乡镇代码", "县代码")),
    Column("parent_name", "township", text, ("乡镇", "county", "县")),
)
_COMMUNITY = ("居委会", "居民委员会", "社区", "居委", "社区居委", "居民小组")
_VILLAGE = ("村委会", "村民委员会", "村委", "村")


def kind_of(name: str) -> VillageKind | None:
    """村委会 or 居委会 by the ending of the register's name; None for anything else (farms, parks)."""
    if name.endswith(_COMMUNITY):
        return VillageKind.COMMUNITY
    if name.endswith(_VILLAGE):
        return VillageKind.VILLAGE
    return None


def read_register(path: Path) -> Sheet[RegisterRow]:
    """Read a register of villages (12 digits) or townships (9 digits)."""

    def build(v: dict[str, Any], row: int) -> RegisterRow:
        try:
            code = parse_code(v["code"])
        except BadCode as bad:
            raise ValueError(str(bad)) from None
        kind = kind_of(v["name"]) if code.level is Level.VILLAGE else None
        parent = v["parent_code"] or (str(code.parent) if code.parent else "")
        return RegisterRow(code.text, v["name"], parent, v["parent_name"], kind, row)

    return read_rows(path, _COLUMNS, build, key=("code",))


def places_of(rows: tuple[RegisterRow, ...]) -> tuple[Place, ...]:
    """Places of a register, with the townships that its villages name."""
    places = {row.code: Place(parse_code(row.code), row.name, row.kind) for row in rows}
    for row in rows:
        if row.parent_name and row.parent_code not in places:
            places[row.parent_code] = Place(parse_code(row.parent_code), row.parent_name)
    return tuple(places[code] for code in sorted(places))


def standings_of(rows: tuple[RegisterRow, ...]) -> tuple[VillageStanding, ...]:
    """The register's villages with nothing known of their sewage: all 未完成."""
    return tuple(
        VillageStanding(
            row.code,
            row.name,
            row.parent_name,
            row.kind or VillageKind.COMMUNITY,
            State.OPEN,
            township_code=row.parent_code,
        )
        for row in rows
        if len(row.code) == 12
    )
