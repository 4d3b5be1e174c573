"""The tree as a table (区划名录): rows as people keep them in, good rows and faults out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qingxi.origin import Fault, Severity
from qingxi.place.code import BadCode, Level, PlaceCode, kind_by_code, parse_code

COLUMNS = ("代码", "名称", "类别", "上级代码", "村庄分类")


@dataclass(frozen=True, slots=True)
class Listed:
    """One good row: a living place."""

    code: PlaceCode
    name: str
    kind: str = ""
    village_class: str = ""


def check_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], known: Mapping[str, str], file: str = "区划名录"
) -> tuple[list[Listed], list[Fault]]:
    """Check rows (Excel row, cells by column name) against the codes that are known already (code → name).

    A bad row is a fault and is left out; what is only doubtful is a warning and goes in. A name that differs from the known
    one is a warning: a list may be old, and a renaming is a deed with a day and a document.
    """
    good: dict[str, Listed] = {}
    faults: list[Fault] = []
    kept: list[tuple[int, Mapping[str, str], PlaceCode]] = []
    first: dict[str, int] = {}
    for row, cells in rows:
        text = str(cells.get("代码") or "").strip()
        try:
            code = parse_code(text)
        except BadCode as bad:
            faults.append(
                Fault(file, row, "代码", text, str(bad), "按统计用区划代码填 12 位，格式设为文本", "place-code")
            )
            continue
        if code.text in first:
            rule = f"一个代码只有一行，第 {first[code.text]} 行已有"
            faults.append(Fault(file, row, "代码", text, rule, "删掉多的一行，或改正代码", "place-twice"))
            continue
        first[code.text] = row
        kept.append((row, cells, code))
    there = {code.text for _, _, code in kept} | set(known)
    for row, cells, code in sorted(kept, key=lambda one: len(one[2].text)):
        name, kind = str(cells.get("名称") or "").strip(), str(cells.get("类别") or "").strip()
        if not name:
            faults.append(Fault(file, row, "名称", "", "名称不能空", "填上地名全称", "place-name"))
            there.discard(code.text) if code.text not in known else None
            continue
        above = code.parent
        if code.level in (Level.TOWNSHIP, Level.VILLAGE, Level.HAMLET) and above and above.text not in there:
            faults.append(
                Fault(
                    file,
                    row,
                    "上级代码",
                    above.text,
                    "上级要在表里或已登记",
                    "先补上级，或改正代码",
                    "place-orphan",
                )
            )
            there.discard(code.text) if code.text not in known else None
            continue
        said = "".join(c for c in str(cells.get("上级代码") or "") if c.isdigit())
        if said and above and said.rstrip("0") != above.text.rstrip("0"):
            rule = f"上级代码应为 {above.text}"
            faults.append(
                Fault(file, row, "上级代码", said, rule, "核对上级代码", "place-parent", Severity.WARNING)
            )
        expected = kind_by_code(code)
        if kind and expected and kind not in expected:
            rule = f"按代码段应为{'或'.join(expected)}"
            faults.append(Fault(file, row, "类别", kind, rule, "核对代码或类别", "place-kind", Severity.WARNING))
        if code.text in known and known[code.text] != name:
            rule = f"已登记为{known[code.text]}"
            remedy = "更名请在地名页办理，写明日期和文件"
            faults.append(Fault(file, row, "名称", name, rule, remedy, "place-renamed", Severity.WARNING))
        good[code.text] = Listed(code, name, kind, str(cells.get("村庄分类") or "").strip())
    return list(good.values()), faults
