"""Why a mode cannot be, in English: the same sentences as in Chinese, by their form."""

import re

_NUMBER = r"([-\d.,%]+)"
_WORDS: tuple[tuple[str, str], ...] = (
    (
        rf"只有 {_NUMBER} 户黑灰分离或有三格化粪池",
        r"only \1 households have black and grey water apart or a three-chamber tank",
    ),
    (r"不是搬迁撤并类村庄", "not a village to be relocated or merged"),
    (r"没有黑灰分离，也没有三格化粪池", "black and grey water are not apart and there is no three-chamber tank"),
    (r"没有黑灰分离或三格化粪池的农户", "no household has black and grey water apart or a three-chamber tank"),
    (rf"常住 {_NUMBER} 人，超过 {_NUMBER} 人", r"\1 residents, above \2"),
    (r"没有用地资料，消纳能力无从核实", "no land data, so what fields can take cannot be verified"),
    (
        rf"{_NUMBER} m 内农田 {_NUMBER} 亩，每年可消纳氮 {_NUMBER} kg，少于所需 {_NUMBER} kg",
        r"fields within \1 m are \2 mu and take \3 kg of nitrogen a year, below the \4 kg needed",
    ),
    (rf"离水体不足 {_NUMBER} m", r"nearer than \1 m to a water"),
    (r"在水源一级保护区内，不得排放", "inside a first-class water source zone, where nothing may be discharged"),
    (r"工艺表里没有", "not in the table of processes"),
    (
        rf"邻房不足 {_NUMBER} m，没有灰水小湿地的位置",
        r"a neighbour nearer than \1 m leaves no place for a grey-water wetland",
    ),
    (rf"坡度超过 {_NUMBER}", r"slope above \1"),
    (r"没有高程，坡度不明", "no elevation, so the slope is unknown"),
    (rf"地下水埋深不足 {_NUMBER} m", r"groundwater less than \1 m below ground"),
    (r"没有地下水埋深资料", "no data on the depth of groundwater"),
    (r"规划要求不用户用设施", "household units are switched off for this plan"),
    (rf"{_NUMBER} 户附近没有可排水的街巷", r"\1 households have no street near that drains to an end"),
    (
        r"没有可接入的城镇管网、处理厂或排放口（已有的产权单位不同意）",
        "no town sewer, plant or outlet can be joined (the owner of one refuses)",
    ),
    (r"没有可接入的城镇管网、处理厂或排放口", "no town sewer, plant or outlet to join"),
    (
        r"管网余量不够，或就近的管都通向村镇处理站，或有户排不到街巷",
        "the mains lack room, or the sewers near all lead to village plants, or a house does not reach a street",
    ),
    (
        r"就近的管都通向城镇，或有户排不到街巷",
        "the sewers near all lead to the town, or a house does not reach a street",
    ),
    (r"街巷上没有允许建站的位置", "no place on the streets where a plant may stand"),
    (
        r"本村有户走别的模式，没有全村只走这一种的算法",
        "some households go another way; one way for all was not worked out",
    ),
    (r"全村按人工调整", "decided by an officer"),
)
_AREAS = {
    "永久基本农田": "permanent basic farmland", "生态保护红线": "ecological protection red line",
    "水源一级保护区": "first-class water source zone", "水源二级保护区": "second-class water source zone",
    "河道管理范围": "river management area", "文物": "protected cultural relics", "水功能Ⅰ类": "class I water",
    "水功能Ⅱ类": "class II water",
}  # fmt: skip
"""Protected areas by name; the clause of law behind a name stays in Chinese, as a citation."""
_FORMS = tuple((re.compile(pattern), english) for pattern, english in _WORDS)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def why_en(words: str) -> str:
    """A reason in English; what has no English form (names of areas, clauses of law) stays in its own words.

    >>> why_en("12 户离水体不足 10 m、3 户坡度超过 25%")
    '12 households: nearer than 10 m to a water; 3 households: slope above 25%'
    """
    told = []
    for part in words.split("、") if re.match(r"\d+ 户(?!附近|黑)", words) else [words]:
        each = re.match(r"(\d+) 户(?!附近|黑)(.*)", part)
        count, text = (f"{each[1]} households: ", each[2]) if each else ("", part)
        for form, english in _FORMS:
            if form.search(text):
                text = form.sub(english, text)
                break
        for area, english in _AREAS.items():
            text = text.replace(area, english)
        told.append(count + re.sub(rf"离房屋不足 {_NUMBER} m", r"nearer than \1 m to a house", text))
    return "; ".join(told)
