"""Figures as SDMX-CSV 2.0, and their structure (data structure definition, code lists) as SDMX-ML 3.0.

One observation is one figure of one place on one day by one definition in one version by one measurer: two definitions or
two measurers never share a row. A figure of which only a bound is known has no value: ``CENSORED`` says on which side it lies and
``LOW``/``HIGH`` hold the bound. A figure withheld by rule has status ``Q``.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

AGENCY, FLOW, VERSION = "QINGXI", "RATES", "1.0.0"
_V3 = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"
_NS = {"mes": _V3 + "message", "str": _V3 + "structure", "com": _V3 + "common"}
_XML = "{http://www.w3.org/XML/1998/namespace}lang"

STATUS = {"A": ("正常", "Normal value"), "M": ("没有", "Missing value"), "Q": ("按规则不公开", "Missing value; suppressed")}  # fmt: skip
CENSORED = {"LT": ("低于上限", "Below the bound in HIGH"), "LE": ("不高于上限", "At most the bound in HIGH"), "GT": ("高于下限", "Above the bound in LOW"), "GE": ("不低于下限", "At least the bound in LOW")}  # fmt: skip
_SIDES = {"<": "LT", "≤": "LE", ">": "GT", "≥": "GE"}
_DIMENSIONS = (
    ("REF_AREA", "地方（区划代码）", "Place (division code)", "CL_AREA"),
    ("INDICATOR", "指标", "Indicator", "CL_INDICATOR"),
    ("DEFINITION_VERSION", "口径版本", "Version of the definition", ""),
    ("MEASURER", "谁测的", "Measured by", "CL_MEASURER"),
)
_ATTRIBUTES = (
    ("OBS_STATUS", "数的状况", "Status", "CL_OBS_STATUS"),
    ("CENSORED", "只知道界", "Only a bound is known", "CL_CENSORED"),
    ("LOW", "下限", "Lower bound", ""),
    ("HIGH", "上限", "Upper bound", ""),
    ("UNIT_MEASURE", "单位", "Unit", ""),
    ("NUMERATOR", "分子", "Numerator", ""),
    ("DENOMINATOR", "分母", "Denominator", ""),
    ("UNIT_COUNTED", "数的是什么", "Unit counted", ""),
    ("TEXT", "印出来的样子", "As printed", ""),
)


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure. ``value`` in ``unit``; ``bound`` is "", "<", ">", "≤" or "≥": then ``value`` is that bound."""

    area: str
    indicator: str
    version: str
    measurer: str
    day: str
    value: float | None
    unit: str = "%"
    bound: str = ""
    low: float | None = None
    high: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    unit_counted: str = ""
    text: str = ""
    withheld: bool = False

    @property
    def key(self) -> str:
        return ".".join((self.area, self.indicator, self.version, measurer_code(self.measurer), self.day))


def measurer_code(name: str) -> str:
    """A code for whoever measured, the same for the same name."""
    return "M" + hashlib.sha256(name.encode()).hexdigest()[:8].upper()


def _number(value: float | int | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _cells(one: Observation) -> list[str]:
    known = not one.bound and not one.withheld and one.value is not None
    status = "A" if known or one.bound else "Q" if one.withheld else "M"
    low = one.value if one.bound in (">", "≥") else one.low
    high = one.value if one.bound in ("<", "≤") else one.high
    if one.withheld:
        low = high = None
    return [
        one.area, one.indicator, one.version, measurer_code(one.measurer), one.day, _number(one.value) if known else "",
        status, _SIDES.get(one.bound, ""), _number(low), _number(high), one.unit,
        "" if one.withheld else _number(one.numerator), "" if one.withheld else _number(one.denominator),
        one.unit_counted, "" if one.withheld else one.text,
    ]  # fmt: skip


def as_sdmx_csv(observations: Iterable[Observation]) -> bytes:
    """SDMX-CSV 2.0, UTF-8 without BOM, one row an observation, in the order of their keys."""
    text = io.StringIO()
    out = csv.writer(text)
    names = [name for name, *_ in _DIMENSIONS] + ["TIME_PERIOD", "OBS_VALUE"] + [name for name, *_ in _ATTRIBUTES]
    out.writerow(["STRUCTURE", "STRUCTURE_ID", "ACTION", *names])
    head = ["dataflow", f"{AGENCY}:{FLOW}({VERSION})", "I"]
    for one in sorted(observations, key=lambda o: o.key):
        out.writerow(head + _cells(one))
    return text.getvalue().encode()


def _add(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    space, tag = name.split(":")
    return ET.SubElement(parent, f"{{{_NS[space]}}}{tag}", attributes)


def _named(element: ET.Element, zh: str, en: str) -> ET.Element:
    for language, words in (("zh", zh), ("en", en)):
        name = _add(element, "com:Name")
        name.set(_XML, language)
        name.text = words
    return element


def _urn(kind: str, what: str, item: str = "") -> str:
    room = {"Codelist": "codelist", "Concept": "conceptscheme", "DataStructure": "datastructure"}[kind]
    return f"urn:sdmx:org.sdmx.infomodel.{room}.{kind}={AGENCY}:{what}({VERSION}){'.' + item if item else ''}"


def _component(parent: ET.Element, tag: str, name: str, codes: str, kind: str = "", **also: str) -> ET.Element:
    part = _add(parent, f"str:{tag}", id=name, **also)
    _add(part, "str:ConceptIdentity").text = _urn("Concept", "CS_RATES", name)
    own = _add(part, "str:LocalRepresentation")
    if codes:
        _add(own, "str:Enumeration").text = _urn("Codelist", codes)
    else:
        _add(own, "str:TextFormat", textType=kind or "String")
    return part


def sdmx_structure(
    observations: Sequence[Observation],
    *,
    areas: Mapping[str, str],
    indicators: Mapping[str, str],
    prepared: str,
    sender: str,
) -> bytes:
    """The structure message for :func:`as_sdmx_csv`: code lists hold exactly what the observations use.

    ``areas`` and ``indicators`` give names by code; ``prepared`` is a date and time of ISO 8601.
    """
    for prefix, address in _NS.items():
        ET.register_namespace(prefix, address)
    root = ET.Element(f"{{{_NS['mes']}}}Structure")
    head = _add(root, "mes:Header")
    for tag, text in (("ID", f"{FLOW}-STRUCTURE"), ("Test", "false"), ("Prepared", prepared)):
        _add(head, f"mes:{tag}").text = text
    _named(_add(head, "mes:Sender", id=AGENCY), sender, sender)
    all_ = _add(root, "mes:Structures")
    lists = {
        "CL_AREA": {a: (areas.get(a, a),) * 2 for a in sorted({o.area for o in observations})},
        "CL_CENSORED": CENSORED,
        "CL_INDICATOR": {i: (indicators.get(i, i),) * 2 for i in sorted({o.indicator for o in observations})},
        "CL_MEASURER": {measurer_code(m): (m, m) for m in sorted({o.measurer for o in observations})},
        "CL_OBS_STATUS": STATUS,
    }
    books = _add(all_, "str:Codelists")
    for name, codes in lists.items():
        book = _named(_add(books, "str:Codelist", id=name, agencyID=AGENCY, version=VERSION), name, name)
        for code, (zh, en) in codes.items():
            _named(_add(book, "str:Code", id=code), zh, en)
    scheme = _named(
        _add(_add(all_, "str:ConceptSchemes"), "str:ConceptScheme", id="CS_RATES", agencyID=AGENCY, version=VERSION),
        "概念", "Concepts",
    )  # fmt: skip
    for name, zh, en, _codes in (*_DIMENSIONS, ("TIME_PERIOD", "日期", "Day", ""), ("OBS_VALUE", "数值", "Value", ""), *_ATTRIBUTES):  # fmt: skip
        _named(_add(scheme, "str:Concept", id=name), zh, en)
    flow = _named(
        _add(_add(all_, "str:Dataflows"), "str:Dataflow", id=FLOW, agencyID=AGENCY, version=VERSION),
        "农村生活污水治理的各项比率", "Rates of rural sewage treatment",
    )  # fmt: skip
    _add(flow, "str:Structure").text = _urn("DataStructure", "DSD_RATES")
    made = _named(
        _add(_add(all_, "str:DataStructures"), "str:DataStructure", id="DSD_RATES", agencyID=AGENCY, version=VERSION),
        "比率的结构", "Structure of rates",
    )  # fmt: skip
    parts = _add(made, "str:DataStructureComponents")
    dimensions = _add(parts, "str:DimensionList", id="DimensionDescriptor")
    for n, (name, _zh, _en, enumerated) in enumerate(_DIMENSIONS, start=1):
        _component(dimensions, "Dimension", name, enumerated, position=str(n))
    _component(dimensions, "TimeDimension", "TIME_PERIOD", "", "ObservationalTimePeriod")
    attributes = _add(parts, "str:AttributeList", id="AttributeDescriptor")
    for name, _zh, _en, enumerated in _ATTRIBUTES:
        kind = "Double" if name in ("LOW", "HIGH") else "Integer" if name.endswith("ATOR") else "String"  # fmt: skip
        related = _add(_component(attributes, "Attribute", name, enumerated, kind, usage="optional"), "str:AttributeRelationship")  # fmt: skip
        _add(related, "str:Observation")
    _component(_add(parts, "str:MeasureList", id="MeasureDescriptor"), "Measure", "OBS_VALUE", "", "Double")
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body
