"""The national statistical register of villages and townships (统计用区划代码) as CSV."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qingxi.files.book_cells import identifier, plain, text
from qingxi.files.book_columns import Column, Sheet, read_rows
from qingxi.files.book_rows import RegisterRow
from qingxi.files.book_table import raw_sheets
from qingxi.indicator import State, VillageStanding
from qingxi.origin import Fault
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


def read_village_list(path: Path, villages: Iterable[VillageStanding]) -> Sheet[str]:
    """Codes of the villages a list names: one a row, by code or by a name that only one village has.

    Takes .xlsx, .xls, .csv and plain text, with or without a header. A row that names no village of the register is
    a fault, the rows before the first village apart: they are title and header.
    """
    by_name: dict[str, list[str]] = {}
    for v in villages:
        by_name.setdefault(v.name, []).append(v.code)
    known = {code for codes in by_name.values() for code in codes}
    if not path.is_file():
        return Sheet(
            path.name, faults=(Fault(path.name, None, "", "", "没有这个文件", "请放入该文件", "file-missing"),)
        )
    try:
        rows = raw_sheets(path)[0][1]
    except (ValueError, OSError) as error:
        fault = Fault(path.name, None, "", "", str(error), "请另存为 .xlsx 或 .csv", "file-unreadable")
        return Sheet(path.name, faults=(fault,))
    codes: list[str] = []
    faults: list[Fault] = []
    for number, cells in enumerate(rows, start=1):
        said = [plain(c) for c in cells if plain(c)]
        named = next((c for c in said if c in known or c in by_name), None)
        if named is None:
            if said and (codes or any(re.fullmatch(r"\d{12}", c) for c in said)):
                faults.append(
                    Fault(path.name, number, "", said[0], "名录中没有这个村", "请核对代码或名称", "village-unknown")
                )
        elif named in known:
            codes.append(named)
        elif len(by_name[named]) == 1:
            codes.append(by_name[named][0])
        else:
            rule = f"名录中有 {len(by_name[named])} 个村叫这个名字"
            faults.append(Fault(path.name, number, "", named, rule, "请写 12 位代码", "village-ambiguous"))
    if not codes and not faults:
        faults.append(Fault(path.name, None, "", "", "没有一行是名录中的村", "每行写一个代码或名称", "table-empty"))
    return Sheet(path.name, tuple(dict.fromkeys(codes)), tuple(faults))
