"""Invented names, generic enough to be nobody's: places, people, streets."""

import numpy as np

VILLAGES_OF: dict[str, tuple[str, ...]] = {
    # Names that the county's stories use; the rest are drawn.
    "红石镇": ("红岩村", "梨坪村", "高峰村", "下河村", "石塘村", "新桥村", "岩脚村"),
    "白岩乡": ("石笋村",),
    "杉树乡": ("冷水村",),
    "马桑乡": ("大坪村", "老寨村"),
    "茶岭镇": ("茶岭村", "新茶村"),
    "双河镇": ("柳湾村", "沙湾村"),
    "岚坪镇": ("杨家坝村", "松林村"),
    "溪口镇": ("瓦窑村",),
}
_FIRST = tuple("青石白龙双金银松竹梅桃李杏柏桐槐榆枫兰荷云霞雾雨泉溪沙黄乌清长高平新古东西南北上下大小三五")
_SECOND = tuple("坪坝湾沟岭坡岩坎塘桥井垭岗梁林田坳洞滩口山峰寨关")
_HAMLET_FIRST = tuple(
    "张王李赵刘陈杨周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武"
)
_HAMLET_SECOND = ("家湾", "家坝", "家沟", "家坪", "家院子", "家岩", "家嘴", "家坡", "家塘", "家梁", "家坳", "家冲")
_TOWN_FIRST = tuple("泉桂桐榆枫桃荷兰梅柏槐乌清沙金银石龙凤虎马鹿鹤鹭")
_TOWN_SECOND = tuple("坪坝岭溪河岩塘桥口沱岗山峰林田滩")
_SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任卢姚钟"
)
_GIVEN = tuple("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰建国志远德顺秀英文光春梅天全永贵世明")


def _pairs(rng: np.random.Generator, first: tuple[str, ...], second: tuple[str, ...], end: str) -> list[str]:
    names = [f"{a}{b}{end}" for a in first for b in second if a != b]
    return [names[i] for i in rng.permutation(len(names))]


def village_names(rng: np.random.Generator, townships: list[str], counts: list[int]) -> list[list[str]]:
    """Names of the villages of each township, none twice while the stock (about 1,000) lasts."""
    taken = {name for names in VILLAGES_OF.values() for name in names}
    stock = [name for name in _pairs(rng, _FIRST, _SECOND, "村") if name not in taken]
    out = []
    used = 0
    for town, count in zip(townships, counts, strict=True):
        names = list(VILLAGES_OF.get(town, ()))[:count]
        while len(names) < count:
            lap, at = divmod(used, len(stock))
            names.append(stock[at] if lap == 0 else f"{stock[at][:-1]}{'一二三四五六七八九十'[(lap - 1) % 10]}村")
            used += 1
        out.append(names)
    return out


def hamlet_names(rng: np.random.Generator, counts: list[int]) -> list[str]:
    """One name a hamlet, none twice within its village."""
    stock = _pairs(rng, _HAMLET_FIRST, _HAMLET_SECOND, "")
    out: list[str] = []
    for count in counts:
        picked = rng.choice(len(stock), size=count, replace=False)
        out += [stock[i] for i in picked]
    return out


def township_names(rng: np.random.Generator, count: int) -> list[str]:
    """Two-character names of towns (镇) and townships (乡) past the first twelve."""
    stock = _pairs(rng, _TOWN_FIRST, _TOWN_SECOND, "")
    return [f"{stock[i % len(stock)]}{'镇' if i % 3 else '乡'}" for i in range(count)]


def person_names(rng: np.random.Generator, count: int) -> list[str]:
    """Invented personal names."""
    family = rng.integers(0, len(_SURNAMES), count)
    given = rng.integers(0, len(_GIVEN), (count, 2))
    single = rng.random(count) < 0.25
    return [
        _SURNAMES[f] + (_GIVEN[a] if one else _GIVEN[a] + _GIVEN[b])
        for f, (a, b), one in zip(family, given, single, strict=True)
    ]


def phone_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """Numbers no phone can have: 199 0000 and four digits."""
    return [f"1990000{n:04d}" for n in rng.integers(0, 10_000, count)]
