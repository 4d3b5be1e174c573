"""What may stand in a field: Table 4 of HJ 212-2017 and what 2025 adds, as rows of :file:`tables/fields.csv`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from qingxi.wire.hj212.flow import Need, table_rows
from qingxi.wire.hj212.message import Message
from qingxi.wire.hj212.observation import device_time
from qingxi.wire.hj212.oddity import NUMBER
from qingxi.wire.hj212.tongues import said


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes
    ----------
    name : str
        As on the wire; ``*`` stands for a factor or piece of equipment.
    kind : str
        ``N4`` at most 4 digits, ``C6`` at most 6 characters, ``time`` 14 digits, ``time17`` 17 digits, ``number``,
        ``value`` (anything but nothing), ``text``.
    low, high : float or None
    words : frozenset of str
        The only texts allowed; empty for any.
    """

    name: str
    kind: str
    low: float | None
    high: float | None
    words: frozenset[str]
    meaning: str
    clause: str
    trust: str

    def wrong(self, text: str) -> str:
        """What is wrong with a text in this field, in Chinese and English; empty when nothing is."""
        if self.words and text not in self.words:
            return said("取值须为 {words} 之一", "must be one of {words}", words=" ".join(sorted(self.words)))
        if self.kind in ("time", "time17"):
            size = 14 if self.kind == "time" else 17
            if len(text) == size and device_time(text) is not None:
                return ""
            return said("须为 {size} 位有效时间", "must be a valid time of {size} digits", size=size)
        if self.kind == "number" or self.kind[0] == "N":
            if not NUMBER.match(text):
                return said("须为数字", "must be a number")
            if self.kind[0] == "N" and not (text.isdigit() and len(text) <= int(self.kind[1:])):
                return said("须为至多 {n} 位整数", "must be a whole number of at most {n} digits", n=self.kind[1:])
            number = float(text)
            if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
                return said(
                    "须在 {low:g} 至 {high:g} 之间",
                    "must lie between {low:g} and {high:g}",
                    low=self.low,
                    high=self.high,
                )
            return ""
        if self.kind[0] == "C" and len(text) > int(self.kind[1:]):
            return said("至多 {n} 个字符", "at most {n} characters", n=self.kind[1:])
        return "" if text or self.kind == "text" else said("不可为空", "must not be empty")


def _field(row: dict[str, str]) -> Field:
    return Field(
        name=row["field"],
        kind=row["type"],
        low=float(row["low"]) if row["low"] else None,
        high=float(row["high"]) if row["high"] else None,
        words=frozenset(row["words"].split()),
        meaning=row["meaning"],
        clause=row["clause"],
        trust=row["trust"],
    )


FIELDS: Final[dict[str, Field]] = {row["field"]: _field(row) for row in table_rows("fields")}
"""Every field by name."""

_ENDING = re.compile(r".+(-[A-Za-z]+)\Z")


def field_of(key: str) -> Field | None:
    """The field of a key (``w01018-Rtd`` is ``*-Rtd``); None for one the tables do not know."""
    found = FIELDS.get(key)
    if found is not None:
        return found
    ending = _ENDING.match(key)
    return FIELDS.get("*" + ending.group(1)) if ending else None


def field_faults(pairs: Iterable[tuple[str, str]], needs: Sequence[Need]) -> tuple[str, ...]:
    """What is wrong with a data area against what its command asks for, all of it, each as a sentence in both tongues.

    Fields nobody asked for are no fault: the tables may be extended (可扩充).
    """
    found = list(pairs)
    faults = []
    for need in needs:
        if need.required and not any(need.met_by(key) for key, _ in found):
            faults.append(said("缺少 {names}", "{names} is missing", "field-missing", names=" / ".join(need.names)))
    for key, text in found:
        known = field_of(key)
        why = known.wrong(text) if known is not None else ""
        if why:
            faults.append(
                said("{key}={text}：{why}", "{key}={text}: {why}", "field-value", key=key, text=text, why=why)
            )
    return tuple(faults)


def request_faults(message: Message, needs: Sequence[Need]) -> tuple[str, ...]:
    """Faults of a message's data area, see :func:`field_faults`."""
    return field_faults(message.pairs(), needs)
