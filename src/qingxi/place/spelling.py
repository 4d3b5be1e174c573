"""How a Chinese name may be typed: its pinyin in full and by first letters (拼音, 拼音首字母), polyphones with all they may be.

重庆 is typed cq or chongqing, and by who does not know it zq or zhongqing; each is kept. Of a long name full of polyphones only one
character at a time is read otherwise: nobody misreads two in one name, and the ways stay few.
"""

from functools import lru_cache
from itertools import product

_FEW = 12  # up to so many whole readings all combinations are kept


@lru_cache(maxsize=8192)
def _readings(char: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    found = pinyin(char, heteronym=True, style=Style.NORMAL, errors="ignore")
    return tuple(dict.fromkeys(found[0])) if found else ()


def _plain(char: str) -> str:
    return char.lower() if char.isascii() and char.isalnum() else ""


@lru_cache(maxsize=4096)
def syllables(name: str) -> tuple[tuple[str, ...], ...]:
    """Every way to read a name, each as one syllable a character; the usual way first. A sign that is not read gives ``""``."""
    from pypinyin import lazy_pinyin

    usual = tuple(lazy_pinyin(name, errors=lambda text: [_plain(c) for c in text]))  # type: ignore[arg-type, return-value]
    if len(usual) != len(name):  # a reading that does not go character by character: read each by itself
        usual = tuple((_readings(c) or (_plain(c),))[0] for c in name)
    other = [
        tuple(dict.fromkeys((usual[i], *(_readings(c) if not c.isascii() else ())))) for i, c in enumerate(name)
    ]
    ways = 1
    for choice in other:
        ways *= len(choice)
    if ways <= _FEW:
        return tuple(product(*other))
    one = [(*usual[:i], reading, *usual[i + 1 :]) for i, choice in enumerate(other) for reading in choice[1:]]
    return (usual, *one)


def initials(name: str) -> str:
    """First letters by the usual reading, lower case: 红岩村 gives ``"hyc"``."""
    return "".join(s[:1] for s in syllables(name)[0])


def typed(name: str) -> tuple[str, ...]:
    """Every lower-case text by which a name may be begun from any of its characters: full pinyin and first letters."""
    found: dict[str, None] = {}
    for way in syllables(name):
        for start in range(max(len(way) - 1, 1)):  # 村 or 镇 alone finds nothing worth finding
            if way[start]:
                found["".join(s[:1] for s in way[start:])] = None
                found["".join(way[start:])] = None
    return tuple(found)
