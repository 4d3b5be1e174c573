"""An official figure as somebody types it or sends it as a row of a table: one law for the form and for Excel."""

from collections.abc import Mapping
from typing import Any

from qingxi.indicator.definition import definitions
from qingxi.indicator.reported import Reported, read_value
from qingxi.origin import Fault, Field, Kind, read_entry

REPORTED_FIELDS = (
    Field("name", "指标名称", needed=True, help="照文件里的叫法"),
    Field("place", "哪里的数", longest=80, needed=True, help="文件说的地方，不一定是本县"),
    Field("value", "数值", longest=30, needed=True, help="照文件写：66.85、<20、不足20"),
    Field("unit", "数值单位", longest=12, help="空着就是 %；钱写万元，件数写个"),
    Field("unit_counted", "计数单位", longest=12, help="行政村、自然村、设施；文件没说就空着"),
    Field("part", "分子", Kind.WHOLE, 0, 10**8),
    Field("n", "分母", Kind.WHOLE, 1, 10**8, help="文件没说就空着，会写明“n 未说明”"),
    Field("measurer", "谁量的", longest=80, help="县自报、市抽查、省抽查"),
    Field("issuer", "发布单位"),
    Field("document", "文件名", longest=150),
    Field("number", "文号", longest=80),
    Field("as_of", "数据日期", Kind.DATE),
    Field("period", "时期", longest=40, help="不是一天的数，写 2021–2022 年"),
    Field("issued_on", "发布日期", Kind.DATE),
    Field("definition", "和哪个口径比", longest=60, help="口径编号或名称；空着就只存不比"),
    Field("quote", "原文", longest=1000, help="文件里的那一句"),
    Field("note", "差异的原因", longest=1000, help="和我们算的不一样，为什么"),
    Field("assumed", "哪些是推断的", longest=400, help="一项一句：计数单位：只写治理率；日期：按发布日期"),
)
_MARKED = {
    "计数单位": "unit_counted",
    "日期": "as_of",
    "口径": "definition",
    "谁量的": "measurer",
    "样本数": "n",
    "分母": "n",
}
_ENGLISH = {"unit": "unit_counted", "day": "as_of", "definition": "definition", "measurer": "measurer", "n": "n"}


def reported_of(
    said: Mapping[str, str], *, file: str = "", row: int | None = None
) -> tuple[Reported | None, list[Fault]]:
    """A figure out of texts by field name, and every fault at once; None when there is any."""
    values, found = read_entry(REPORTED_FIELDS, {f.name: said.get(f.name, "") for f in REPORTED_FIELDS}, form=file)
    faults = [Fault(f.file, row, f.field, f.value, f.rule, f.remedy, f.code, f.severity) for f in found]

    def wrong(field: str, value: str, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault(file, row, field, value, rule, remedy, code))

    text: dict[str, Any] = dict(values)
    number, bound = None, ""
    if isinstance(text.get("value"), str):
        try:
            number, bound = read_value(text["value"])
        except ValueError as error:
            wrong("value", text["value"], str(error), "照文件写数，界写成 <20", "reported-value")
    definition = _definition(text.get("definition") or "")
    if definition is None:
        wrong(
            "definition", str(text["definition"]), "没有这个口径", "写口径编号或名称，或空着", "reported-definition"
        )
    assumed = {}
    for clause in str(text.get("assumed") or "").replace("；", ";").replace("：", ":").split(";"):
        mark, _colon, why = clause.partition(":")
        if not clause.strip():
            continue
        field = _MARKED.get(mark.strip()) or _ENGLISH.get(mark.strip().lower())
        if field is None or not why.strip():
            wrong(
                "assumed",
                clause.strip(),
                f"要写成“{'、'.join(_MARKED)}”之一加冒号和理由",
                "如 计数单位：文件没写",
                "reported-assumed",
            )
            continue
        assumed[field] = why.strip()
    if not text.get("issuer") and not text.get("document"):
        wrong("document", "", "要写明谁在哪份文件里说的", "补上发布单位或文件名", "reported-source")
    part, n = text.get("part"), text.get("n")
    if isinstance(part, int) and isinstance(n, int) and part > n:
        wrong("part", str(part), f"分子 {part} 大于分母 {n}", "核对文件", "reported-part")
    if faults or number is None:
        return None, faults
    return Reported(
        "", text["name"], text["place"], number, bound, text.get("unit") or "%", text.get("unit_counted") or "", part, n,
        text.get("measurer") or "", text.get("issuer") or "", text.get("document") or "", text.get("number") or "",
        text.get("as_of"), text.get("issued_on"), text.get("period") or "", definition or "", text.get("quote") or "",
        text.get("note") or "", assumed,
    ), []  # fmt: skip


def _definition(said: str) -> str | None:
    """Id of the definition that is meant; "" for none, None for one that nobody knows."""
    known = definitions()
    if not said or said in known:
        return said
    return next((d.id for d in known.values() if d.name == said), None)
