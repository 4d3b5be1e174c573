"""Sentences with figures bound in them (句子与绑定的数): words are the officer's, figures are the records'.

A figure stands in a sentence as a slot. Whoever rewords the sentence sees it in brackets, 【73.4%】, and may move it,
leave it out or bring in another of the same bulletin; a number that is no slot is refused, and so is one typed over.
To change a figure, the records are counted anew.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from qingxi.origin import Fault, Ref

_MARK = re.compile(r"【([^【】]*)】")
# Numbers that are no figures: days, numbers of documents, of periods and of things.
_FREE = re.compile(
    r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月(?:\d{1,2}日)?|\d{1,2}日|\d{4}-\d{2}-\d{2}|〔\d{4}〕\d+号|第\s*\d+\s*(?:[版号条期次周]|季度)"
    r"|[A-Z]{2,}-[\w-]+|\b12345\b"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*\s*%?|百分之[零〇一二三四五六七八九十百点]+")


@dataclass(frozen=True, slots=True)
class Slot:
    """A figure where it is printed.

    Attributes
    ----------
    name : str
        Its place in the bulletin, unique there: ``overall.rate.治理率``.
    text : str
        As printed.
    word : str
        What it is: 治理率, 逾期.
    how : str
        How it is made again from ``refs``: ``count`` of them; ``part``, ``n``, ``rate``, ``low`` or ``high`` of the one
        figure; ``state:已管控`` of its states; ``sum:part`` and the like over several figures; ``name`` is quoted.
    """

    name: str
    text: str
    word: str
    how: str
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: words and slots in turn. ``key`` stays the same when the bulletin is counted anew."""

    key: str
    parts: tuple[str | Slot, ...]
    reworded: bool = False

    @property
    def text(self) -> str:
        return "".join(p if isinstance(p, str) else p.text for p in self.parts)

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(p for p in self.parts if isinstance(p, Slot))

    @property
    def marked(self) -> str:
        """As it is shown to whoever rewords it: 治理率为【73.4%】; two equal ones with their words, 【1·新增】."""
        seen = [p.text for p in self.slots]
        return "".join(
            p if isinstance(p, str) else f"【{p.text}·{p.word}】" if seen.count(p.text) > 1 else f"【{p.text}】"
            for p in self.parts
        )


def _named(said: str, own: tuple[Slot, ...], others: Mapping[str, Slot], used: set[str]) -> Slot | None:
    """Which slot brackets mean: the sentence's own first, each once; another of the bulletin's only by its word too, so
    that a figure typed over is not taken for one that happens to read the same."""
    text, _, word = said.strip().partition("·")
    for known in (own, tuple(others.values()) if word else ()):
        fits = [s for s in known if s.text == text and (not word or s.word == word)]
        fresh = [s for s in fits if s.name not in used]
        if fits:
            return (fresh or fits)[0]
    return None


def reword(sentence: Sentence, typed: str, slots: Mapping[str, Slot]) -> tuple[str, list[Fault]]:
    """What an officer typed, as a template with names of slots: ``治理率为{overall.rate.治理率}``; and every fault of it.

    Parameters
    ----------
    typed : str
        The sentence with figures in brackets; empty leaves the sentence out.
    slots : mapping
        All slots of the bulletin by name.
    """
    typed = " ".join(typed.split()).replace("{", "（").replace("}", "）")
    faults: list[Fault] = []
    used: set[str] = set()
    own = sentence.slots
    out: list[str] = []
    at = 0
    plain = "".join(p for p in sentence.parts if isinstance(p, str))
    allowed = set(_NUMBER.findall(unicodedata.normalize("NFKC", plain)))

    def words(text: str) -> str:
        for number in _NUMBER.findall(_FREE.sub("", unicodedata.normalize("NFKC", text))):
            if number not in allowed:
                faults.append(
                    Fault(sentence.key, None, "text", number.strip(), "这个数没有绑着记录", "用【】里的数；要改数，请重新取数；日期写成 2026年12月1日", "unbound-number")
                )  # fmt: skip
        return text

    for found in _MARK.finditer(typed):
        out.append(words(typed[at : found.start()]))
        at = found.end()
        slot = _named(found[1], own, slots, used)
        if slot is None:
            faults.append(
                Fault(sentence.key, None, "text", found[0], "【】里的数绑着记录，不能改写", "恢复原来的数；要改数，请重新取数", "figure-typed-over")
            )  # fmt: skip
            continue
        used.add(slot.name)
        out.append("{" + slot.name + "}")
    out.append(words(typed[at:]))
    return "".join(out), faults


_SLOT = re.compile(r"\{([^{}]+)\}")


def filled(key: str, template: str, slots: Mapping[str, Slot]) -> Sentence:
    """A template with the figures of now in it; a slot that is no more stands as 〔原数已无〕."""
    parts: list[str | Slot] = []
    at = 0
    for found in _SLOT.finditer(template):
        if found.start() > at:
            parts.append(template[at : found.start()])
        parts.append(slots.get(found[1], "〔原数已无〕"))
        at = found.end()
    if at < len(template):
        parts.append(template[at:])
    return Sentence(key, tuple(parts), reworded=True)
