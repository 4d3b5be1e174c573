"""Initials of Chinese names (拼音首字母), for search: 红岩村 is found by "hyc"."""

# GB 2312 orders its 3,755 level-1 characters by pinyin: the first code of each letter. Rarer ones give nothing.
_FIRST = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"), (0xB8C1, "g"),
    (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"), (0xC4C3, "n"), (0xC5B6, "o"),
    (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"), (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"),
    (0xD1B9, "y"), (0xD4D1, "z"), (0xD7FA, ""),
)  # fmt: skip


def _initial(char: str) -> str:
    if char.isascii():
        return char.lower() if char.isalnum() else ""
    try:
        code = int.from_bytes(char.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    letter = ""
    for first, name in _FIRST:
        if code < first:
            break
        letter = name
    return letter


def initials(name: str) -> str:
    """Pinyin initials of a name, lower case, at most 40; a rare character is left out."""
    return "".join(map(_initial, name))[:40]
