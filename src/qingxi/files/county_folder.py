"""Reading county.toml (县域数据夹): what the county says about itself and its layers, every fault named."""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from qingxi.files.foreign_words import in_chinese
from qingxi.files.headings import LAYERS
from qingxi.files.layer_source import LayerSource, Secrecy
from qingxi.files.numbers import date_of
from qingxi.files.rules import Faults
from qingxi.plan import CountyFacts
from qingxi.standard import (
    frost_depth_m,
    known_standards,
    load_table,
    norms_for_frost,
    standard_named,
    standard_of_county,
)

_KNOWN = frozenset({"name", "code", "crs", "as_of", "base_year", "near_year", "far_year", "norms", "prices", "processes", "lead_department", "issuing_body", "penalty_authority", "people_default", "target_rate", "invented", "discharge_standard", "discharge_key_area", "groundwater_m", "coldest_month_c", "frost_depth_m"})  # fmt: skip
_LAYER_KEYS = frozenset(
    {"path", "layer", "encoding", "source", "date", "secrecy", "crs", "columns", "vertical_error_m", "note"}
)


@dataclass(frozen=True)
class CountyFolder:
    """A county's folder as its county.toml describes it; nothing is read yet.

    Attributes
    ----------
    root : Path
        The folder.
    name, code, crs : str
        Of the county; ``code`` has 6 digits; ``crs`` may be empty (then chosen from the households).
    lead_department, issuing_body, penalty_authority : str
        Who leads, who issues and in whose name penalties go out are data of the county.
    target_rate : float or None
        The year's task for the treatment rate, per cent 0 to 100.
    facts : CountyFacts
        Discharge standard (else by the province in ``code``), years to the far year, groundwater, climate.
    layers : dict of LayerSource
        By layer name.
    books : dict of Path
        By book name.
    more : dict
        Every other key of ``[county]``, as written.
    """

    root: Path
    name: str = ""
    code: str = ""
    crs: str = ""
    as_of: date | None = None
    base_year: int | None = None
    near_year: int | None = None
    far_year: int | None = None
    norms: str = "rural_sewer"
    prices: str = "prices"
    processes: str = "processes"
    lead_department: str = ""
    issuing_body: str = ""
    penalty_authority: str = ""
    people_default: float | None = None
    target_rate: float | None = None
    facts: CountyFacts = field(default_factory=CountyFacts)
    layers: dict[str, LayerSource] = field(default_factory=dict)
    books: dict[str, Path] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def read_county_folder(root: Path, faults: Faults) -> CountyFolder | None:
    """Read ``root/county.toml``; None when there is none or it is no TOML, the reason among the faults."""
    path = root / "county.toml" if root.is_dir() else root
    if not path.is_file():
        faults.add("toml-missing", str(root))
        return None
    raw = path.read_bytes()
    try:
        # Editors on Chinese Windows add a BOM or save as GBK; TOML itself knows only UTF-8.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
        faults.add("encoding-guessed", path.name, "GB18030")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.add("toml-syntax", path.name, value=in_chinese(error))
        return None
    return _folder(path.parent, said, faults)


def _folder(root: Path, said: dict[str, Any], faults: Faults) -> CountyFolder:
    file = "county.toml"
    county = _table(said.get("county", {}), "[county]", faults)
    if "county" not in said:
        faults.add("toml-value", file, "写有 name 与 code 的一节", name="[county]")
    for key in sorted(set(said) - {"county", "layers", "books", "evidence"}):
        faults.add("toml-unknown", file, name=key)
    for key in sorted(set(county) - _KNOWN):
        faults.add("toml-unknown", file, name=f"county.{key}", value=county[key])

    def text(key: str, default: str = "") -> str:
        value = county.get(key, default)
        if not isinstance(value, str):
            faults.add("toml-value", file, "加引号的文字", name=key, value=value)
            return str(value)
        return value

    def year(key: str) -> int | None:
        value = county.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1900 < value < 2200):
            faults.add("toml-value", file, "四位年份", name=key, value=value)
            return None
        return value

    code = text("code")
    if code and not (len(code) == 6 and code.isdigit()):
        faults.add("code-shape", file, 6, name="code", value=code)
    as_of = county.get("as_of")
    if as_of is not None and date_of(as_of) is None:
        faults.add("date-shape", file, name="as_of", value=as_of)
    people = county.get("people_default")
    if people is not None and (isinstance(people, bool) or not isinstance(people, (int, float)) or people < 0):
        faults.add("toml-value", file, "不为负的数", name="people_default", value=people)
        people = None
    _frost(county, code, text("norms", "rural_sewer"), faults)
    target = county.get("target_rate")
    if target is not None and (
        isinstance(target, bool) or not isinstance(target, (int, float)) or not 0 <= target <= 100
    ):
        faults.add("toml-value", file, "0 到 100 的百分数", name="target_rate", value=target)
        target = None
    layers = {
        name: source
        for name, block in _table(said.get("layers", {}), "[layers]", faults).items()
        if (source := _layer(root, name, block, faults)) is not None
    }
    books = {}
    for name, place in _table(said.get("books", {}), "[books]", faults).items():
        if isinstance(place, str):
            books[name] = (root / place).absolute()  # readers join it to the folder once more
        else:
            faults.add("toml-value", file, "加引号的路径", name=f"books.{name}", value=place)
    return CountyFolder(
        root=root,
        name=text("name"),
        code=code,
        crs=text("crs"),
        as_of=date_of(as_of),
        base_year=year("base_year"),
        near_year=year("near_year"),
        far_year=year("far_year"),
        norms=text("norms", "rural_sewer"),
        prices=text("prices", "prices"),
        processes=text("processes", "processes"),
        lead_department=text("lead_department"),
        issuing_body=text("issuing_body"),
        penalty_authority=text("penalty_authority"),
        people_default=None if people is None else float(people),
        target_rate=None if target is None else float(target),
        facts=_facts(county, code, faults),
        layers=layers,
        books=books,
        more={key: value for key, value in county.items() if key not in _KNOWN},
    )


def _facts(county: dict[str, Any], code: str, faults: Faults) -> CountyFacts:
    """What the planner wants to know of the county as a whole."""
    file = "county.toml"
    said, standard = county.get("discharge_standard"), standard_of_county(code)
    if said is not None:
        named = standard_named(said) if isinstance(said, str) else None
        if named is None:
            faults.add(
                "toml-value", file, "、".join(known_standards()) + " 之一", name="discharge_standard", value=said
            )
        else:
            standard = named
    key_area = county.get("discharge_key_area", False)
    if not isinstance(key_area, bool):
        faults.add("toml-value", file, "true 或 false", name="discharge_key_area", value=key_area)
        key_area = False

    def number(key: str, low: float, high: float, words: str) -> float | None:
        value = county.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            faults.add("toml-value", file, words, name=key, value=value)
            return None
        return float(value)

    base, far = county.get("base_year"), county.get("far_year")
    years = None
    if isinstance(base, int) and isinstance(far, int) and 1900 < base <= far < 2200:
        years = float(far - base)
    return CountyFacts(
        standard,
        key_area,
        years,
        number("groundwater_m", 0, 100, "0 到 100 的数（米）"),
        number("coldest_month_c", -50, 35, "−50 到 35 的数（℃）"),
    )


def _frost(county: dict[str, Any], code: str, norms: str, faults: Faults) -> None:
    """Pipes of the chosen norm set lie below the frost of the county, or it is said."""
    said = county.get("frost_depth_m")
    if said is not None and (isinstance(said, bool) or not isinstance(said, (int, float)) or not 0 <= said <= 5):
        faults.add("toml-value", "county.toml", "0 到 5 的数（米）", name="frost_depth_m", value=said)
        said = None
    depth = frost_depth_m(code) if said is None else float(said)
    try:
        kept = load_table(norms)["frost.depth"]
    except (FileNotFoundError, KeyError):
        return  # a table that is not there is told where it is read
    if depth > kept + load_table("frost")["depth.slack"]:
        faults.add("frost", "county.toml", depth, kept, norms_for_frost(depth), name="norms", value=norms)


def _table(value: object, name: str, faults: Faults) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    faults.add("toml-value", "county.toml", "一节", name=name, value=value)
    return {}


def _layer(root: Path, name: str, block: object, faults: Faults) -> LayerSource | None:
    file = "county.toml"
    if isinstance(block, str):  # layers.streets = "roads.shp"
        block = {"path": block}
    table = _table(block, f"[layers.{name}]", faults)
    if name not in LAYERS and name != "elevation":
        faults.add("toml-unknown", file, name=f"layers.{name}")
        return None
    path = table.get("path")
    if not isinstance(path, str) or not path:
        faults.add("toml-value", file, "加引号的路径", name=f"layers.{name}.path", value=path)
        return None
    for key in sorted(set(table) - _LAYER_KEYS):
        faults.add("toml-unknown", file, name=f"layers.{name}.{key}", value=table[key])
    secrecy = Secrecy.INTERNAL
    said = table.get("secrecy", "")
    if said in set(Secrecy):
        secrecy = Secrecy(said)
    elif said:
        secrecy = Secrecy.SECRET  # 机密, 绝密 or a slip of the pen: never taken for less than it may be
        faults.add("secrecy-unknown", file, name=f"layers.{name}.secrecy", value=said)
    missing = [key for key in ("source", "date", "secrecy") if not table.get(key)]
    if missing:
        faults.add("source-missing", file, name=f"layers.{name}", value="缺 " + "、".join(missing))
    columns = table.get("columns", {})
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        faults.add("toml-value", file, '{ id = "列名" } 的样子', name=f"layers.{name}.columns", value=columns)
        columns = {}
    error = table.get("vertical_error_m")
    if error is not None and (isinstance(error, bool) or not isinstance(error, (int, float)) or error < 0):
        faults.add(
            "toml-value", file, "不为负的数（米）", name=f"layers.{name}.vertical_error_m", value=in_chinese(error)
        )
        error = None
    return LayerSource(
        name=name,
        path=(root / path),
        layer=str(table.get("layer", "")),
        encoding=str(table.get("encoding", "")),
        source=str(table.get("source", "")),
        date=str(table.get("date", "")),
        secrecy=secrecy,
        crs=str(table.get("crs", "")),
        columns=dict(columns),
        vertical_error_m=None if error is None else float(error),
    )
