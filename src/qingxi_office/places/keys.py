"""The texts by which places are found, and the ranges of them that a search asks for.

A name may be begun at any of its characters: 红岩村 is kept as 红岩村, 岩村 and 村, and so is its pinyin, in full and by first
letters. "Contains" then is "begins with", which every database answers from a plain index. Chinese is kept as the hex of its
UTF-16 units: with letters and digits only, one order holds under every collation.

A key begins with what it is: ``n`` name, ``p`` pinyin, ``c`` code.
"""

import unicodedata
from collections.abc import Iterable

from qingxi.place import typed

_LONG = 24  # characters of a name that a key keeps; 4 hex digits each


def _hex(text: str) -> str:
    return text[:_LONG].encode("utf-16-be").hex()


def clean(text: str) -> str:
    """What was typed, as keys are kept: full-width forms narrowed, lower case, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def keys_for(names: Iterable[str], codes: Iterable[str]) -> set[str]:
    """All keys of one place under every name and code that it has or had."""
    found = {"c" + code for code in codes}
    for name in names:
        plain = clean(name)
        found |= {"n" + _hex(plain[start:]) for start in range(len(plain))}
        found |= {"p" + text[: 4 * _LONG] for text in typed(plain)}
    return found


def ranges(text: str) -> list[tuple[str, str]]:
    """Ranges (from, before) of keys that a typed text asks for; empty for nothing typed."""
    plain = clean(text)
    if not plain:
        return []
    found = ["n" + _hex(plain) + end for end in ("", "z")]
    out = [(found[0], found[1])]
    if plain.isascii():
        letters = "".join(c for c in plain if c.isalnum())[: 4 * _LONG]
        if letters.isdigit():
            out.insert(0, ("c" + _short(letters), "c" + _short(letters) + "z"))
        elif letters:
            out.insert(0, ("p" + letters, "p" + letters + "zzzz"))
    return out


def _short(digits: str) -> str:
    """A code padded with zeros to 12 digits as it is kept: 511825100000 is the township 511825100."""
    if len(digits) == 12:
        for zeros, keep in (("0" * 10, 2), ("0" * 8, 4), ("0" * 6, 6), ("000", 9)):
            if digits.endswith(zeros):
                return digits[:keep]
    return digits
