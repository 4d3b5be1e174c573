"""The sets of open data, made of what stands published: their columns, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.cache import cache

from qingxi.disclosure import Column, DataSet, Observation
from qingxi_office.opendata import queries
from qingxi_office.published import queries as published
from qingxi_office.published.models import Publication

Rows = list[dict[str, Any]]
_KEEP_S = 3600
_LAB = ("cod", "nh3n", "tp", "tn", "ss", "ph")
CHECKED = {
    "inflow": "进水", "blower": "风机", "outflow": "出水", "smell": "气味", "fence": "围栏", "covers": "井盖", "panel_light": "控制箱灯", "sewage_around": "周边污水",
}  # fmt: skip
_BOUNDS = "<≤>≥"


def _place(*, of: str, of_en: str) -> tuple[Column, ...]:
    return (
        Column("lon", "number", f"{of}经度，CGCS2000", f"Longitude of the {of_en}, CGCS2000", "°"),
        Column("lat", "number", f"{of}纬度，CGCS2000", f"Latitude of the {of_en}, CGCS2000", "°"),
    )


_TOWNSHIP = (
    Column("township_code", "text", "乡镇区划代码", "Division code of the township", filters=True),
    Column("township", "text", "乡镇", "Township", filters=True),
)
STATIONS = DataSet(
    "stations", "污水处理站", "Treatment stations",
    "县里公开的每座农村生活污水处理站：在哪里、多大、谁在运维、最近一次检查和化验。",
    "Every published rural sewage treatment station: where it is, its size, who runs it, its last check and laboratory sheet.",
    (
        Column("code", "text", "站码（门口牌子上的）", "Code on the station's sign", filters=True),
        Column("name", "text", "名称", "Name", filters=True),
        Column("village_code", "text", "行政村区划代码", "Division code of the village", filters=True),
        Column("village", "text", "行政村", "Village", filters=True), *_TOWNSHIP,
        Column("process", "text", "工艺", "Process", filters=True),
        Column("design_m3_d", "number", "设计规模", "Design flow", "m³/d"),
        Column("commissioned", "date", "投运日期", "In service since"),
        Column("operator", "text", "运维单位", "Operator", filters=True),
        Column("status", "text", "状况：in_use 在用、trial 试运行、stopped 停运、joined 已接入管网", "State: in_use, trial, stopped, joined", filters=True),
        Column("status_word", "text", "状况的中文", "State in Chinese"),
        Column("households_connected", "integer", "接户数；空：见 households_withheld", "Households connected; empty: see households_withheld", "户"),
        Column("households_withheld", "boolean", "户数按小数规则不公开", "Count withheld by the rule on small numbers", filters=True),
        Column("checked_on", "date", "最近一次检查日期", "Day of the last check"),
        Column("checked_items", "integer", "检查了几项", "Items checked", "项"),
        Column("checked_fine", "integer", "其中正常几项", "Items found fine", "项"),
        Column("checked_wrong", "text", "不正常的是哪几项：" + "、".join(f"{k} {v}" for k, v in CHECKED.items()), "Items found wrong: " + ", ".join(CHECKED)),
        Column("lab_on", "date", "最近一次出水化验日期", "Day of the last effluent sample"),
        Column("laboratory", "text", "化验单位", "Laboratory"),
        *(Column(f"effluent_{q}", "number", f"出水 {q.upper()}", f"Effluent {q.upper()}", "" if q == "ph" else "mg/L") for q in _LAB),
        Column("cost_yuan", "number", "建设总投资", "Total cost of building", "元"),
        Column("as_of", "date", "截至日期", "As of"), *_place(of="站的", of_en="station"),
    ),
    key="code", starts="checked_on", keywords={"zh": ("农村生活污水", "污水处理站", "运维"), "en": ("rural sewage", "treatment stations")},
)  # fmt: skip
VILLAGES = DataSet(
    "villages", "行政村治理状态", "Villages and their treatment states",
    "列入治理率分母清单的每个行政村：治理状态和认定日期。只有村的位置点，没有边界，没有户。",
    "Every village on the list behind the treatment rate: its state and since when. Points only: no boundaries, no households.",
    (
        Column("code", "text", "行政村区划代码", "Division code", filters=True), Column("name", "text", "行政村", "Village", filters=True), *_TOWNSHIP,
        Column("state", "text", "治理状态：已治理、已管控、未完成", "State: 已治理 treated, 已管控 controlled, 未完成 not done", filters=True),
        Column("state_on", "date", "认定日期", "Recognised on"), Column("as_of", "date", "截至日期", "As of"), *_place(of="村的", of_en="village"),
    ),
    key="code", starts="state_on", keywords={"zh": ("治理率", "行政村"), "en": ("villages", "treatment rate")},
)  # fmt: skip
RATES = DataSet(
    "rates", "治理率", "Rates",
    "历次公布的比率（治理率、抽查评估的有效运行率）：每个地方、每个口径、每个版本、每天一行，带分子、分母和谁测的。抽查的率按抽样设计加权，分子、分母是查成的座数。",
    "Every rate as published (treatment, and running as found by spot checks): a row a place, definition, version and day, with numerator, denominator and who measured. A sampled rate is weighted by its design; its numerator and denominator are stations visited.",
    (
        Column("key", "text", "行的编号", "Key of the row"), Column("area_code", "text", "区划代码", "Division code", filters=True),
        Column("area", "text", "地方", "Place", filters=True), Column("indicator", "text", "指标", "Indicator", filters=True),
        Column("version", "text", "口径版本", "Version of the definition", filters=True), Column("name", "text", "指标名称", "Name of the indicator"),
        Column("day", "date", "截至日期", "As of", filters=True), Column("value", "number", "数值；空：只知道界", "Value; empty: only a bound is known"),
        Column("bound", "text", "只知道界：< ≤ > ≥", "Only a bound is known: < ≤ > ≥"), Column("bound_value", "number", "界", "The bound"),
        Column("unit", "text", "单位", "Unit"), Column("text", "text", "印出来的样子", "As printed"),
        Column("numerator", "integer", "分子", "Numerator"), Column("denominator", "integer", "分母", "Denominator"),
        Column("unit_counted", "text", "数的是什么", "Unit counted"), Column("formula", "text", "公式", "Formula"),
        Column("low", "number", "区间下限", "Lower end of the interval"), Column("high", "number", "区间上限", "Upper end of the interval"),
        Column("measurer", "text", "谁测的", "Measured by", filters=True),
    ),
    key="key", starts="day", keywords={"zh": ("治理率",), "en": ("treatment rate",)},
)  # fmt: skip
PROBLEMS = DataSet(
    "problems", "公示的问题", "Published problems",
    "县里公示的问题和整改：谁整改、谁核查、谁销号，各在哪天。位置是站的位置，没有站的没有位置。",
    "Problems made public with their mending: who mends, who checks, who closes, and when. The place is the station's, if any.",
    (
        Column("code", "text", "问题编号", "Number", filters=True), Column("title", "text", "标题", "Title"),
        Column("station_code", "text", "站码", "Code of the station", filters=True), Column("station", "text", "站", "Station"),
        Column("place", "text", "地方", "Place", filters=True), Column("state", "text", "办到哪一步", "State", filters=True),
        Column("found_on", "date", "发现日期", "Found on"), Column("due_on", "date", "期限", "Due on"), Column("closed_on", "date", "销号日期", "Closed on"),
        Column("rectifier", "text", "整改责任单位", "Unit that mends", filters=True), Column("verifier", "text", "核查单位", "Unit that checks"),
        Column("closer", "text", "销号单位", "Unit that closes"), Column("as_of", "date", "截至日期", "As of"), *_place(of="站的", of_en="station"),
    ),
    key="code", starts="found_on", ends="closed_on", keywords={"zh": ("问题整改", "销号"), "en": ("problems", "mending")},
)  # fmt: skip
BULLETINS = DataSet(
    "bulletins", "通报", "Bulletins", "县里公开的通报：标题、文号、日期。", "Published bulletins: title, number, day.",
    (
        Column("key", "text", "编号", "Key"), Column("title", "text", "标题", "Title"), Column("document_number", "text", "文号", "Document number"),
        Column("issued_on", "date", "印发日期", "Issued on"), Column("as_of", "date", "截至日期", "As of"),
    ),
    key="key", starts="issued_on", keywords={"zh": ("通报",), "en": ("bulletins",)},
)  # fmt: skip
CONNECTED = DataSet(
    "connected", "接户数", "Households connected", "县、乡镇、行政村接入污水站的户数；小数按规则不公开。",
    "Households connected to stations, by county, township and village; small counts withheld by rule.",
    (
        Column("code", "text", "区划代码", "Division code", filters=True), Column("name", "text", "地方", "Place"),
        Column("level", "text", "级别：county、township、village", "Level: county, township, village", filters=True),
        Column("connected", "integer", "接户数；空：不公开", "Households; empty: withheld", "户"),
        Column("withheld", "boolean", "按小数规则不公开", "Withheld by the rule on small numbers", filters=True), Column("as_of", "date", "截至日期", "As of"),
    ),
    key="code", keywords={"zh": ("接户数",), "en": ("households connected",)},
)  # fmt: skip


def _stations() -> Iterator[dict[str, Any]]:
    for row in published.current("station"):
        d = row.data
        visit, lab, money = d.get("visit") or {}, d.get("lab") or {}, d.get("money") or {}
        effluent = {v["quantity"]: v["value"] for v in lab.get("values", [])}
        yield {
            **{name: d.get(name) for name in ("name", "village_code", "village", "township_code", "township", "process", "design_m3_d", "commissioned", "operator", "status", "status_word", "households_connected", "lon", "lat")},
            "code": row.key, "households_withheld": bool(d.get("households_withheld")), "checked_on": visit.get("on"), "checked_items": visit.get("of"),
            "checked_fine": visit.get("ok"), "checked_wrong": visit.get("bad") or None, "lab_on": lab.get("on"), "laboratory": lab.get("laboratory"),
            **{f"effluent_{q}": effluent.get(q) for q in _LAB}, "cost_yuan": money["total_fen"] / 100 if money else None, "as_of": row.as_of.isoformat(),
        }  # fmt: skip


def _villages() -> Iterator[dict[str, Any]]:
    for row in published.current("rate"):
        for v in row.data.get("villages", []):
            yield {name: v.get(name) for name in ("code", "name", "township_code", "township", "state", "state_on", "lon", "lat")} | {"as_of": row.as_of.isoformat()}  # fmt: skip


def _counted_as(row: Publication) -> list[dict[str, Any]]:
    """The figures of a publication; of those published before definitions stood in them, definition and version are read
    from what they were made of (``figure:definition@version/place/day``, in the same order).
    """
    told = []
    for figure, because in zip(row.data.get("figures", []), [*row.because, *[""] * 99], strict=False):
        name, _at, version = because.removeprefix("figure:").partition("/")[0].partition("@")
        told.append({**figure, "definition": figure.get("definition") or name or "treatment_rate", "version": str(figure.get("version") or version or "1")})  # fmt: skip
    return told


def _value(figure: dict[str, Any]) -> tuple[float | None, str]:
    """A figure's number and, where only a bound of it is known, on which side that lies. As printed unless the number was kept."""
    text = str(figure.get("text") or "").strip()
    bound = text[:1] if text[:1] in _BOUNDS else ""
    value = figure.get("value")
    if value is None:
        try:
            value = float(text.removeprefix(bound).strip().removesuffix("%").strip())
        except ValueError:
            value = None
    return value, bound


def _figure(row: Publication, area: dict[str, Any], figure: dict[str, Any], main: dict[str, Any]) -> dict[str, Any]:
    """One row of rates. What a township's figure does not say is the county's main figure's."""
    value, bound = _value(figure)
    said = {name: main.get(name) for name in ("definition", "version", "name", "unit", "unit_counted", "formula", "measurer")}  # fmt: skip
    indicator = said.pop("definition")
    return {
        **said, "key": f"{area['code']}.{indicator}.{said['version']}.{row.as_of}", "area_code": area["code"], "area": area["name"], "indicator": indicator,
        "unit": said["unit"] or "%", "measurer": said["measurer"] or row.data.get("host", ""), "day": row.as_of.isoformat(), "value": None if bound else value,
        "bound": bound or None, "bound_value": value if bound else None, "text": str(figure.get("text") or ""), "numerator": figure.get("numerator"),
        "denominator": figure.get("denominator"), "low": figure.get("low"), "high": figure.get("high"),
    }  # fmt: skip


def _rates() -> Iterator[dict[str, Any]]:
    """All days ever published; what was published again for the same day stands in its last form."""
    found: dict[str, dict[str, Any]] = {}
    for row in Publication.objects.filter(kind="rate").order_by("published_at", "pk"):
        figures = _counted_as(row)
        own = {"code": row.key, "name": row.data.get("county", "")}
        townships = [(t, t, figures[0]) for t in row.data.get("townships", []) if figures and t.get("code")]
        for area, figure, main in [*((own, f, f) for f in figures), *townships]:
            told = _figure(row, area, figure, main)
            found[told["key"]] = told
    yield from found.values()
    yield from _sampled()


def _sampled() -> Iterator[dict[str, Any]]:
    """The rates of published spot checks, each campaign in its last form: the estimate by the design, with hits and visited
    beside it. Two that one measurer finished on one day for one place are told apart by the campaign's number."""
    for row in published.current("sample").order_by("as_of", "pk"):
        d = row.data
        if d.get("share") is None or not d.get("code"):
            continue
        value, low, high = (
            None if d.get(name) is None else round(100 * d[name], 9) for name in ("share", "low", "high")
        )
        yield {
            "key": f"{d['code']}.{d['definition']}.{d['version']}.{row.as_of}.{row.key}", "area_code": d["code"], "area": d["place"],
            "indicator": d["definition"], "version": d["version"], "name": d["name"], "day": row.as_of.isoformat(), "value": value, "bound": None,
            "bound_value": None, "unit": "%", "text": d["printed"], "numerator": d["hits"], "denominator": d["visited"],
            "unit_counted": d["unit_counted"], "formula": d["formula"], "low": low, "high": high, "measurer": d["measured_by"],
        }  # fmt: skip


def _problems() -> Iterator[dict[str, Any]]:
    places = queries.Places()
    for row in published.current("issue"):
        d = row.data
        at = places.by_key.get(d.get("facility", "")) or queries.Where()
        yield {
            **{name: d.get(name) or None for name in ("title", "place", "state", "found_on", "due_on", "closed_on", "rectifier", "verifier", "closer")},
            "code": row.key, "station_code": at.code or None, "station": d.get("facility_name") or None, "as_of": row.as_of.isoformat(), "lon": at.lon, "lat": at.lat,
        }  # fmt: skip


def _bulletins() -> Iterator[dict[str, Any]]:
    for row in published.current("bulletin"):
        d = row.data
        yield {"key": row.key, "title": d.get("title") or row.title, "document_number": d.get("document_number"), "issued_on": d.get("issued_on"), "as_of": row.as_of.isoformat()}  # fmt: skip


def _connected() -> Iterator[dict[str, Any]]:
    for row in published.current("connected"):
        for r in row.data.get("rows", []):
            yield {**{name: r.get(name) for name in ("code", "name", "level", "connected")}, "withheld": bool(r.get("withheld")), "as_of": row.as_of.isoformat()}  # fmt: skip


_MADE: tuple[tuple[DataSet, Callable[[], Iterable[dict[str, Any]]]], ...] = (
    (STATIONS, _stations), (VILLAGES, _villages), (RATES, _rates), (PROBLEMS, _problems), (BULLETINS, _bulletins),
    (CONNECTED, _connected),
)  # fmt: skip
SETS: dict[str, DataSet] = {data.name: data for data, _ in _MADE}
PLACED: dict[str, DataSet] = {name: data for name, data in SETS.items() if data.placed}


def rows(name: str, stamp: str) -> Rows:
    """The rows of a set in the order of their keys; kept in memory until something new is published."""
    kept = f"opendata:{stamp}:{name}"
    found: Rows | None = cache.get(kept)
    if found is None:
        data, made = next(pair for pair in _MADE if pair[0].name == name)
        found = sorted(made(), key=lambda row: str(row[data.key]))
        cache.set(kept, found, _KEEP_S)
    return found


def observations(stamp: str) -> list[Observation]:
    """The rates as observations of SDMX, each key once."""
    found = [
        Observation(
            r["area_code"], r["indicator"], r["version"], r["measurer"], r["day"], r["bound_value"] if r["bound"] else r["value"],
            unit=r["unit"], bound=r["bound"] or "", low=r["low"], high=r["high"], numerator=r["numerator"], denominator=r["denominator"],
            unit_counted=r["unit_counted"] or "", text=r["text"],
        )
        for r in rows("rates", stamp)
    ]  # fmt: skip
    return list({one.key: one for one in found}.values())
