"""Each line of the village ledger to its village: matched, asked, or signed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from qingxi.morning.conflict import Cited
from qingxi.morning.docket import Docket
from qingxi.morning.ledger import VillageLine
from qingxi.morning.matching import Certainty, How, Match, match
from qingxi.morning.setting import Setting
from qingxi.morning.state import STATE_EN

_WHO = ("code", "name", "township")
_WHY = {
    How.NEAR: ("只差一个字且同音，或有字没显示出来", "one character differs and sounds alike, or one is not shown"),
    How.REPAIRED: ("代码不全，只有它对得上", "the code is damaged and fits only this one"),
}
_WHY_ELSE = ("名称和代码说的不是一个村", "name and code disagree")


@dataclass
class Placed:
    """The village ledger by village.

    Attributes
    ----------
    lines : dict
        Lines that count, by code; more than one while nobody has decided which stands.
    waiting : set of str
        Codes that a line not yet signed may mean: they are not missing.
    matches : list of (VillageLine, Match)
        How each line was matched, for the page.
    """

    lines: dict[str, list[VillageLine]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    matches: list[tuple[VillageLine, Match]] = field(default_factory=list)


def place_villages(lines: Iterable[VillageLine], setting: Setting, docket: Docket) -> Placed:
    """Match every line, file what is asked, and take the decisions."""
    placed = Placed()
    own: dict[str, list[VillageLine]] = defaultdict(list)
    folded: dict[str, list[VillageLine]] = defaultdict(list)
    for line in lines:
        found = match(setting.register, line.code, line.name, line.township)
        code, fold = _settled(line, found, setting, docket, placed)
        placed.matches.append((line, found))
        if code:
            (folded if fold else own)[code].append(line)
    for code, many in folded.items():
        # A merged village's line counts only where its successor has no line of its own.
        own.setdefault(code, many)
    for code, many in sorted(own.items()):
        placed.lines[code] = _one_of(code, many, setting, docket)
    return placed


def _settled(line: VillageLine, found: Match, setting: Setting, docket: Docket, placed: Placed) -> tuple[str, bool]:
    """The code under which the line counts ("" for not at all), and whether it is a merged village's."""
    cited = (Cited(line.written, _WHO),)
    subject = f"row:{line.written.mark}"
    town = line.township or setting.town(found.code) or "—"
    said = {"name": line.name or "—", "town": town, "code": line.code or "—"}
    choices = setting.choices(found.candidates)
    at = found.code or next(iter(found.candidates), "") or setting.register.town(line.township)
    if found.how is How.MERGED and found.code:
        decision = docket.file(
            "village-merged", subject, said | {"into": setting.name(found.code)}, cited, village=at, candidates=choices
        )  # fmt: skip
        if decision is None:
            placed.waiting.add(found.code)
        return (found.code, True) if decision and decision.way == "successor" else ("", False)
    if found.how is How.FORMER and found.counts:
        decision = docket.file(
            "village-renamed", subject, said | {"into": setting.name(found.code)}, cited, village=at, candidates=choices
        )  # fmt: skip
        if decision is None or decision.way == "accept":
            return found.code, False
        return ("" if decision.way == "drop" else decision.code), False
    if found.counts and found.how is not How.CODE_ONLY:
        return found.code, False
    said["choices"] = "、".join(name for _, name in choices)
    if len(found.candidates) > 1:
        decision = docket.file("match-ambiguous", subject, said, cited, village=at, candidates=choices)
    elif found.candidates and found.certainty is not Certainty.NONE:
        why, why_en = _WHY.get(found.how, _WHY_ELSE)
        said |= {"why": why, "why_en": why_en}
        decision = docket.file("match-doubtful", subject, said, cited, village=at, candidates=choices)
    else:
        decision = docket.file("village-unknown", subject, said, cited, village=at)
    if decision is None:
        placed.waiting.update(found.candidates)
        return "", False
    return ("" if decision.way == "drop" else decision.code), False


def _one_of(code: str, many: list[VillageLine], setting: Setting, docket: Docket) -> list[VillageLine]:
    if len(many) == 1:
        return many
    states = list(dict.fromkeys(line.state.value if line.state else "不明" for line in many))
    words = "、".join(states) if len(states) > 1 else f"都写{states[0]}"
    decision = docket.file(
        "village-twice", f"village:{code}",
        {"village": setting.name(code), "n": len(many), "states": words, "states_en": " / ".join(STATE_EN[line.state] if line.state else "?" for line in many)},
        tuple(Cited(line.written, ("state", "households", "households_treated", "mode")) for line in many), village=code,
    )  # fmt: skip
    if decision is None:
        return many
    mark = decision.way.partition(":")[2]
    return [next(line for line in many if line.written.mark == mark)]
