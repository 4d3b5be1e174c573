"""Which heading means which column (列名别名): English names, the Chinese ones in use, 10-byte .dbf stumps."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

Aliases = Mapping[str, tuple[str, ...]]

COORDINATES: Aliases = {
    "degrees_x": ("经度", "lon", "lng", "longitude", "long", "东经"),
    "degrees_y": ("纬度", "lat", "latitude", "北纬"),
    "metres_x": ("x", "x坐标", "东坐标", "横坐标", "easting", "east", "point_x", "坐标x"),
    "metres_y": ("y", "y坐标", "北坐标", "纵坐标", "northing", "north", "point_y", "坐标y"),
    "wkt": ("wkt", "geometry", "geom", "the_geom", "几何"),
}

LAYERS: Mapping[str, Aliases] = {
    "households": {
        "id": ("id", "户编号", "编号", "户号", "农户编号", "house_id", "household_id", "objectid", "oid_", "fid_1", "bldg_id", "building_id", "osm_id", "宗地代码", "不动产单元号"),
        "hamlet": ("hamlet", "自然村编号", "自然村代码", "hamlet_id", "组编号", "自然村"),
        "people_registered": ("people_registered", "户籍人口", "户籍人数", "户籍"),
        "people_resident": ("people_resident", "常住人口", "常住人数", "常住", "人口", "人数", "people", "residents", "population", "pop", "家庭人口"),
        "people_festival": ("people_festival", "春节人口", "春节人数", "节日人口", "高峰人口"),
        "toilet": ("toilet", "厕所类型", "厕所", "卫生厕所类型"),
        "separated": ("separated", "黑灰分离", "黑灰水分离"),
    },
    "hamlets": {
        "id": ("id", "自然村编号", "自然村代码", "编号", "代码", "code", "hamlet_id"),
        "name": ("name", "自然村", "自然村名称", "名称", "组名"),
        "village": ("village", "行政村代码", "行政村编码", "所属行政村代码", "village_code"),
        "households": ("households", "户数", "总户数"),
        "people_registered": ("people_registered", "户籍人口"),
        "people_resident": ("people_resident", "常住人口", "人口"),
        "people_festival": ("people_festival", "春节人口"),
    },
    "villages": {
        "code": ("code", "行政村代码", "代码", "编码", "区划代码", "统计用区划代码", "village_code"),
        "name": ("name", "行政村", "行政村名称", "名称", "村名"),
        "township": ("township", "乡镇代码", "township_code"),
        "township_name": ("township_name", "乡镇", "乡镇名称", "镇", "街道"),
        "kind": ("kind", "类型", "村居类型"),
        "class": ("class", "村庄分类", "村庄类型", "规划分类", "klass"),
        "households": ("households", "户数", "总户数"),
        "people_registered": ("people_registered", "户籍人口"),
        "people_resident": ("people_resident", "常住人口", "人口"),
        "people_festival": ("people_festival", "春节人口"),
        "main_distance_m": ("main_distance_m", "距主管距离", "距管网距离", "距市政管网距离"),
        "main_rise_m": ("main_rise_m", "主管高差", "与主管高差"),
        "scattered_households": ("scattered_households", "分散居住户数", "散居户数"),
        "septic_households": ("septic_households", "三格化粪池户数", "黑灰分离户数", "可还田户数"),
        "field_mu": ("field_mu", "可消纳农田亩数", "可消纳农田", "消纳农田"),
    },
    "streets": {
        "id": ("id", "编号", "道路编号", "objectid", "osm_id", "fid_1"),
        "surface": ("surface", "路面", "路面类型", "路面材料"),
        "rebuild": ("rebuild", "计划改建", "改建年份", "计划改建年份", "rebuild_year"),
        "name": ("name", "名称", "路名", "道路名称"),
    },
    "waters": {
        "name": ("name", "名称", "河流名称", "水体名称"),
        "kind": ("kind", "类型", "类别"),
        "function_class": ("function_class", "水功能类别", "水质目标", "功能类别"),
    },
    "land": {
        "kind": ("kind", "地类", "地类名称", "类型", "dlmc"),
        "area_mu": ("area_mu", "面积亩", "亩"),
    },
    "ground": {
        "kind": ("kind", "类型", "地层", "岩性", "类别"),
        "water_depth_m": ("water_depth_m", "地下水埋深", "地下水位埋深", "水位埋深"),
    },
    "protected": {"kind": ("kind", "类型", "保护类型", "管控类型", "名称")},
    "overrides": {
        "id": ("id", "编号", "序号"),
        "kind": ("kind", "种类", "类型", "调整", "调整种类"),
        "village": ("village", "行政村代码", "行政村编码"),
        "hamlet": ("hamlet", "自然村编号", "自然村代码"),
        "household": ("household", "户编号"),
        "street": ("street", "街巷编号", "道路编号", "路"),
        "mode": ("mode", "模式", "治理模式"),
        "radius_m": ("radius_m", "半径", "半径m", "半径(m)"),
        "reason": ("reason", "理由", "依据"),
        "officer": ("officer", "经办人", "姓名", "决定人"),
        "date": ("date", "日期", "决定日期"),
    },
    "sewers": {
        "id": ("id", "编号", "管段编号", "管段号"),
        "dn_mm": ("dn_mm", "管径", "dn", "直径"),
        "invert_up_m": ("invert_up_m", "起点管底标高", "上游管底标高", "起点管内底标高"),
        "invert_down_m": ("invert_down_m", "终点管底标高", "下游管底标高", "终点管内底标高"),
        "spare_m3_d": ("spare_m3_d", "余量", "剩余能力", "可接纳水量"),
        "plant": ("plant", "所属污水厂", "污水厂", "处理厂"),
        "owner": ("owner", "产权单位", "权属单位", "权属"),
        "consent": ("consent", "同意接入", "接入意见", "是否同意"),
    },
    "plants": {
        "id": ("id", "设施编号", "编号", "站点编号"),
        "name": ("name", "设施名称", "名称"),
        "kind": ("kind", "类型", "级别"),
        "design_m3_d": ("design_m3_d", "设计规模", "规模", "设计能力", "处理能力"),
        "actual_m3_d": ("actual_m3_d", "实际水量", "实际处理量", "日处理水量"),
        "owner": ("owner", "产权单位", "权属单位"),
        "consent": ("consent", "同意接入", "接入意见", "是否同意"),
        "status": ("status", "状态", "运行状态"),
        "fault_class": ("fault_class", "不正常类别", "问题类别"),
        "built": ("built", "建成时间", "投运日期", "建成年份"),
        "book_value_yuan": ("book_value_yuan", "账面净值", "账面价值"),
    },
    "works": {
        "id": ("id", "编号", "工程编号"),
        "department": ("department", "部门", "主管部门", "责任单位"),
        "kind": ("kind", "类型", "工程类型"),
        "name": ("name", "名称", "工程名称", "项目名称"),
        "start": ("start", "开工", "开工日期", "计划开工", "开始"),
        "end": ("end", "完工", "完工日期", "计划完工", "结束"),
        "budget_yuan": ("budget_yuan", "投资", "预算", "估算投资"),
        "surface": ("surface", "路面", "路面类型"),
    },
    "outlets": {
        "id": ("id", "编号", "排放口编号"),
        "name": ("name", "名称", "排放口名称"),
    },
}  # fmt: skip
"""Layer, then our column, then the headings it is known by; the first that is there is taken."""

_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")


def normal(heading: object) -> str:
    """A heading with everything gone that people vary: width, case, blanks, bracketed units, stars."""
    text = unicodedata.normalize("NFKC", "" if heading is None else str(heading)).lower()
    bare = re.sub(r"[\s*_]+", "", _BRACKETS.sub("", text)).replace("\ufffd", "")
    return unicodedata.normalize("NFKC", bare)


def _stump(found: str, alias: str) -> bool:
    """Whether a heading is the alias cut to a .dbf's ten bytes."""
    if found == alias or not alias.startswith(found):
        return False
    return len(found) >= 8 if found.isascii() else len(found) >= 3


def column_of(headings: Iterable[str], aliases: Sequence[str], declared: str | None = None) -> str | None:
    """The heading that carries a column: the declared one, else the first alias met, else one cut by .dbf."""
    known = list(headings)
    if declared is not None and declared in known:
        return declared
    by_normal: dict[str, str] = {}
    for heading in known:
        by_normal.setdefault(normal(heading), heading)
    words = [normal(alias) for alias in aliases]
    for word in words:
        if word in by_normal:
            return by_normal[word]
    for word in words:
        cut = [heading for found, heading in by_normal.items() if found and _stump(found, word)]
        if len(cut) == 1:
            return cut[0]
    return None


def heading_row(cells: Sequence[Sequence[object]], layer: str, declared: Mapping[str, str]) -> int | None:
    """Index of the row that looks most like a heading among the first ten, or None for an empty table."""
    words = {normal(alias) for aliases in LAYERS.get(layer, {}).values() for alias in aliases}
    words |= {normal(alias) for aliases in COORDINATES.values() for alias in aliases}
    words |= {normal(name) for name in declared.values()}
    best, most = None, 0
    for index, row in enumerate(cells[:10]):
        hits = sum(normal(cell) in words for cell in row if isinstance(cell, str) and cell.strip())
        if hits > most:
            best, most = index, hits
    if best is not None:
        return best
    # No word is known: the first row with at least two filled cells stands for the heading.
    for index, row in enumerate(cells[:10]):
        if sum(cell is not None and str(cell).strip() != "" for cell in row) >= 2:
            return index
    return None
