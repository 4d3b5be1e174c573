"""The register's own fields of a village and a household, and what must hold between them (F05)."""

from collections.abc import Mapping

from qingxi.origin import Fault, Field, Kind, Severity, Value

TOILETS = ("水冲", "三格", "旱厕", "双瓮", "沼气", "无")
WATER_SOURCES = ("自来水", "自备井", "山泉", "其他")
CONNECTIONS = ("已接", "应接未接", "不需接")
DITCHES = ("无", "有", "有,黑臭")
INCOME_CLASSES = ("一般", "脱贫户", "监测户", "低保", "特困")
TERRAINS = ("平坝", "丘陵", "山区", "高原", "水网")
WATER_SUPPLIES = ("城乡供水一体化", "集中供水", "分散供水")

_PEOPLE = (
    Field("people_registered", "户籍人口", Kind.WHOLE, 0, 40, "人"),
    Field("people_resident", "常住人口", Kind.WHOLE, 0, 40, "人", help="一年里住满半年的"),
    Field("people_festival", "春节人口", Kind.WHOLE, 0, 60, "人", help="过年人最多的时候"),
)
HOUSEHOLD_FIELDS = (
    Field("door", "门牌", longest=60, help="门牌号，或者村里怎么叫这户房子；不写人名"),
    *_PEOPLE,
    Field("toilet", "厕所", Kind.CHOICE, choices=TOILETS),
    Field("separated", "黑灰分离", Kind.YES_NO, help="厕所水和洗涤水分开走"),
    Field("rain_separated", "雨污分流", Kind.YES_NO, help="屋檐水不进污水管"),
    Field("water_source", "用水", Kind.CHOICE, choices=WATER_SOURCES),
    Field("water_m3_month", "月用水", Kind.NUMBER, 0, 200, "m³", help="水费单上的数；没有表就空着"),
    Field("connected", "接管", Kind.CHOICE, choices=CONNECTIONS),
    Field("sewer_distance_m", "离污水管", Kind.NUMBER, 0, 20000, "m"),
    Field("crop_area_mu", "菜地和田", Kind.NUMBER, 0, 500, "亩", help="能用处理后的水浇的"),
    Field("ditch", "房前屋后沟渠", Kind.CHOICE, choices=DITCHES),
    Field("income_class", "收入类别", Kind.CHOICE, choices=INCOME_CLASSES),
    Field("note", "备注", longest=200),
)
VILLAGE_FIELDS = (
    Field("households", "户数", Kind.WHOLE, 0, 5000, "户"),
    Field("people_registered", "户籍人口", Kind.WHOLE, 0, 30000, "人"),
    Field("people_resident", "常住人口", Kind.WHOLE, 0, 30000, "人"),
    Field("people_festival", "春节人口", Kind.WHOLE, 0, 40000, "人"),
    Field("households_connected", "接户数", Kind.WHOLE, 0, 5000, "户"),
    Field("terrain", "地形", Kind.CHOICE, choices=TERRAINS),
    Field("water_supply", "供水", Kind.CHOICE, choices=WATER_SUPPLIES),
    Field("sensitive_water", "敏感水体", longest=120, help="水源保护区、国省考断面汇水区、黑臭水体；没有就空着"),
    Field("sewer_distance_m", "离主管", Kind.NUMBER, 0, 50000, "m"),
    Field("crop_area_mu", "可消纳农田", Kind.NUMBER, 0, 50000, "亩"),
    Field("ditch_m", "房前屋后沟渠", Kind.NUMBER, 0, 200000, "m"),
    Field("no_sewage_seen", "看不到污水横流", Kind.YES_NO),
    Field("no_odour", "闻不到臭味", Kind.YES_NO),
    Field("no_complaint", "听不到怨言", Kind.YES_NO),
    Field("note", "备注", longest=400),
)


def judge_household(values: Mapping[str, Value]) -> list[Fault]:
    """What must hold, or is strange, between the fields of one household; ``values`` is the whole record."""
    return [
        *_people(values, "户"),
        *_sewered(values),
    ]


def judge_village(values: Mapping[str, Value]) -> list[Fault]:
    """What must hold, or is strange, between the fields of one village."""
    faults = _people(values, "村")
    houses, connected = values.get("households"), values.get("households_connected")
    if _is_number(houses) and _is_number(connected) and connected > houses:  # type: ignore[operator]
        faults.append(
            Fault(
                "村",
                None,
                "households_connected",
                str(connected),
                f"接户数不能多于户数 {houses}",
                "核对两个数",
                "connected-over",
            )
        )
    return faults


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _people(values: Mapping[str, Value], form: str) -> list[Fault]:
    """At the spring festival there are rarely fewer people than in the year: strange, not wrong."""
    resident, festival = values.get("people_resident"), values.get("people_festival")
    if _is_number(resident) and _is_number(festival) and festival < resident:  # type: ignore[operator]
        return [
            Fault(
                form, None, "people_festival", str(festival), f"春节人口一般不少于常住人口 {resident}", "再看一眼,对的就这样保存",
                "festival-low", Severity.WARNING,
            )
        ]  # fmt: skip
    return []


def _sewered(values: Mapping[str, Value]) -> list[Fault]:
    """A dry toilet gives no black water: a house said to be connected with one is looked at again."""
    if values.get("connected") == "已接" and values.get("toilet") in ("旱厕", "无"):
        return [
            Fault(
                "户", None, "toilet", str(values["toilet"]), "接了管的户一般是水冲厕", "再看一眼,对的就这样保存", "dry-connected",
                Severity.WARNING,
            )
        ]  # fmt: skip
    return []
