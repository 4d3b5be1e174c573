"""Bytes off the line as a person reads them, and what their checksum says."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from qingxi.wire.hj212 import NEED_MORE, Message, Oddity, Parser
from qingxi_office.design.parts import State
from qingxi_office.readings.device_words import WHY_WORDS

_PW = re.compile(rb"(PW\s*=)(?:(?!&&)[^;])*", re.IGNORECASE)
"""In the bytes, before they are letters: damage before ``PW=`` would else make one letter of GBK out of two bytes."""

HIDDEN = "••••"
SUM_ODDITIES = (Oddity.CRC_LOWER_CASE, Oddity.CRC_SWAPPED, Oddity.CRC_MODBUS, Oddity.CRC_MODBUS_SWAPPED)


def raw_text(raw: bytes, most: int = 1200) -> str:
    """Bytes as text; the password that stands in them is not shown, what is no letter stands as its number."""
    codec = "utf-8" if _is_utf8(raw) else "gb18030"
    said = ""
    for n, part in enumerate(_PW.split(raw)):  # every other one is "PW=", the password behind it is gone
        text = part.decode(codec, "backslashreplace")
        said += "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text) + (HIDDEN if n % 2 else "")
    return said[:most]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def verdict(raw: bytes, sm4_key: str = "") -> tuple[State, list[str]]:
    """What the checksum of a frame says, and where else it differs from the standard: judged anew from its bytes."""
    try:
        key = bytes.fromhex(sm4_key)
    except ValueError:
        key = b""
    parser = Parser(lambda _mn: key)
    parser.feed(raw)
    parser.settle()
    said = parser.next_event()
    if isinstance(said, Message):
        odd = [one.value for one in said.oddities if one not in SUM_ODDITIES]
        of_sum = [one.value for one in said.oddities if one in SUM_ODDITIES]
        return State("watch" if of_sum else "good", _("校验码对"), "shield-check"), of_sum + odd
    broken = parser.close() if said is NEED_MORE else said
    why = getattr(broken, "why", "truncated")
    return State("bad", str(WHY_WORDS.get(why, why)), "shield-x"), []
