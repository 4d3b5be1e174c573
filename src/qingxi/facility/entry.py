"""The fields of a facility's file, of dischargers, outlets and sampling points (F19), and what must hold between them."""

from collections.abc import Mapping

from qingxi.origin import Fault, Field, Kind, Severity, Value

MODES = ("聚集中", "近纳管", "散分户", "资源利用")
FLOW_BASES = ("计量", "电量推算", "户数推算")
PRETREATMENTS = ("隔油池", "沉淀池", "化粪池", "沼气池", "一体化设备", "无")
DISCHARGERS = ("农家乐", "作坊", "养殖", "屠宰", "学校医院", "其他")
PERMITS = ("已办", "应办未办", "不需办")
REGISTRATIONS = ("已审批", "已登记", "未登记", "无需登记")
WATER_CLASSES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ", "无功能区划")
POINTS = ("进水", "出水", "上游", "下游", "沟塘", "水井")
EVERY = ("月", "季", "半年", "年")

_POINT = (
    Field("lon", "经度", Kind.NUMBER, 73.0, 136.0, "°", help="CGCS2000（或 WGS84），十进制度"),
    Field("lat", "纬度", Kind.NUMBER, 3.0, 54.0, "°"),
)
FACILITY_FIELDS = (
    Field("name", "名称", longest=80, needed=True),
    Field("mode", "模式", Kind.CHOICE, choices=MODES),
    Field("process", "工艺", longest=60),
    Field("design_m3_d", "设计规模", Kind.NUMBER, 0.1, 20000, "m³/d", needed=True),
    Field("actual_m3_d", "实际水量", Kind.NUMBER, 0, 20000, "m³/d"),
    Field("actual_basis", "水量怎么来的", Kind.CHOICE, choices=FLOW_BASES),
    Field("discharge_class", "执行标准", longest=80),
    Field("households_connected", "接入户数", Kind.WHOLE, 0, 5000, "户"),
    Field("commissioned", "投运日期", Kind.DATE),
    Field("owner", "产权单位", longest=80),
    Field("operator", "运维单位", longest=80),
    Field("design_unit", "设计单位", longest=80),
    Field("built_by", "施工单位", longest=80),
    Field("fund_source", "资金来源", longest=120),
    Field("power_account", "用电户号", longest=40),
    *_POINT,
    Field("note", "备注", longest=400),
)
DISCHARGER_FIELDS = (
    Field("name", "名称", longest=80, needed=True),
    Field("kind", "类别", Kind.CHOICE, choices=DISCHARGERS, needed=True),
    Field("flow_m3_d", "排水量", Kind.NUMBER, 0, 2000, "m³/d"),
    Field("cod_mg_l", "原水 COD", Kind.NUMBER, 0, 100000, "mg/L"),
    Field("pretreatment", "预处理", Kind.CHOICE, choices=PRETREATMENTS),
    Field("permit", "排水许可", Kind.CHOICE, choices=PERMITS),
    Field("permit_number", "许可证号", longest=60),
    Field("season", "什么时候排", longest=40),
    *_POINT,
    Field("note", "备注", longest=200),
)
OUTLET_FIELDS = (
    Field("name", "名称", longest=80, needed=True),
    Field("water", "受纳水体", longest=80),
    Field("water_class", "水功能类别", Kind.CHOICE, choices=WATER_CLASSES),
    Field("registered", "登记", Kind.CHOICE, choices=REGISTRATIONS),
    Field("number", "登记号", longest=60),
    Field("registered_on", "登记日期", Kind.DATE),
    *_POINT,
    Field("note", "备注", longest=200),
)
SAMPLING_FIELDS = (
    Field("name", "名称", longest=80, needed=True),
    Field("kind", "采什么", Kind.CHOICE, choices=POINTS, needed=True),
    Field("every", "多久一次", Kind.CHOICE, choices=EVERY),
    *_POINT,
    Field("note", "备注", longest=200),
)


def judge_facility(values: Mapping[str, Value]) -> list[Fault]:
    """What is strange between the fields of a facility's file; ``values`` is the whole record."""
    faults = judge_point(values, "设施")
    design, actual = values.get("design_m3_d"), values.get("actual_m3_d")
    if isinstance(design, int | float) and isinstance(actual, int | float) and actual > 1.5 * design:
        faults.append(
            Fault(
                "设施", None, "actual_m3_d", f"{actual:g}", f"实际水量超过设计规模 {design:g} 的一半以上", "再看一眼单位是不是 m³/d",
                "flow-over", Severity.WARNING,
            )
        )  # fmt: skip
    if isinstance(actual, int | float) and not values.get("actual_basis"):
        faults.append(
            Fault(
                "设施",
                None,
                "actual_basis",
                "",
                "写了实际水量，要说怎么来的",
                "选计量或推算",
                "flow-basis",
                Severity.WARNING,
            )
        )
    return faults


def judge_discharger(values: Mapping[str, Value]) -> list[Fault]:
    """Who sends fat, blood or dung to the sewer without pretreatment kills a village plant: told, not refused."""
    faults = judge_point(values, "排水户")
    if values.get("kind") in ("农家乐", "作坊", "养殖", "屠宰") and values.get("pretreatment") == "无":
        faults.append(
            Fault(
                "排水户", None, "pretreatment", "无", "这类排水户接管前要预处理", "督促装隔油、沉淀或化粪，再接管", "no-pretreatment",
                Severity.WARNING,
            )
        )  # fmt: skip
    if values.get("permit") == "已办" and not values.get("permit_number"):
        faults.append(Fault("排水户", None, "permit_number", "", "已办许可的要有证号", "补证号", "permit-number"))
    return faults


def judge_outlet(values: Mapping[str, Value]) -> list[Fault]:
    """A registered outlet has its number."""
    faults = judge_point(values, "排污口")
    if values.get("registered") in ("已审批", "已登记") and not values.get("number"):
        faults.append(Fault("排污口", None, "number", "", "已登记的要有登记号", "补登记号", "outlet-number"))
    return faults


def judge_point(values: Mapping[str, Value], form: str = "") -> list[Fault]:
    """A place has both coordinates or none."""
    if (values.get("lon") is None) != (values.get("lat") is None):
        missing = "lat" if values.get("lat") is None else "lon"
        return [Fault(form, None, missing, "", "经纬度要么都填，要么都空", "补上另一个", "half-point")]
    return []
