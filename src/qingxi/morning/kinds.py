"""The kinds of conflict, in the order in which they are worked off: what each says and how it may be settled.

The sentence's blanks are filled from :attr:`Conflict.said`. ``ways`` names the settlements: a word with ``*`` is offered
once a row or candidate (``keep:<mark>``, ``is:<code>``, ``mark:<state>``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its name, title, sentence in both languages, and the ways to settle it."""

    name: str
    title: str
    title_en: str
    zh: str
    en: str
    ways: tuple[str, ...]


_STATES = ("mark:已治理", "mark:已管控", "mark:未完成")
KINDS: tuple[Kind, ...] = (
    Kind("match-ambiguous", "对不准", "Ambiguous match", "“{name}”（{town}）对得上不止一个村：{choices}。",
         "“{name}” ({town}) fits more than one village: {choices}.", ("is*", "is", "drop")),
    Kind("match-doubtful", "疑似写错", "Doubtful match", "“{name}”（{town}）像是{choices}，{why}，要人认定。",
         "“{name}” ({town}) looks like {choices}; {why_en}; somebody has to say.", ("is*", "is", "drop")),
    Kind("village-unknown", "名录里没有", "Not in the register", "“{name}”（{town}，{code}）名录里没有。",
         "“{name}” ({town}, {code}) is not in the register.", ("is", "drop")),
    Kind("village-merged", "已撤并", "Merged away", "“{name}”已并入{into}。", "“{name}” has been merged into {into}.",
         ("successor", "drop")),
    Kind("village-renamed", "用了旧名", "Former name", "“{name}”是{into}的旧名。", "“{name}” is the former name of {into}.",
         ("accept", "is", "drop")),
    Kind("village-twice", "同村两行", "Same village twice", "{village}在台账里有 {n} 行，状态是{states}。",
         "{village} stands {n} times in the ledger, with state {states_en}.", ("keep*",)),
    Kind("village-missing", "台账漏列", "Missing from the ledger", "名录里的{village}（{town}）台账没有列。",
         "{village} ({town}) of the register is missing from the ledger.", ("add:未完成", "add:已管控", "add:已治理", "exclude")),
    Kind("community-left-out", "涉农社区漏列", "Rural community left out", "涉农社区{village}（{town}）没有列入：{why}。",
         "The rural community {village} ({town}) is left out: {why_en}.", ("add:未完成", "add:已管控", "add:已治理", "exclude")),
    Kind("state-unknown", "状态认不出", "State not readable", "{village}的治理状态写作“{state}”，认不出是三种状态的哪一种。",
         "The state of {village} is written “{state}”: none of the three.", _STATES),
    Kind("treated-without-way", "治理了却没有去处", "Treated without facility or path",
         "{village}写作已治理，可是没有设施，模式“{mode}”也没有说污水去哪里（纳管、资源化、分户）。",
         "{village} is written as treated, but has no facility, and its mode “{mode}” names no path either.",
         ("mark:未完成", "mark:已管控", "leave")),
    Kind("treated-facility-stopped", "治理了设施却停着", "Treated with a stopped facility",
         "{village}写作已治理，可是设施{facility}停着，没有别的设施在用。",
         "{village} is written as treated, but its facility {facility} is stopped and no other is in use.",
         ("mark:未完成", "mark:已管控", "leave")),
    Kind("households-exceeded", "治理户数大于总户数", "More treated than there are",
         "{village}治理 {treated} 户，总共 {all} 户。", "{village}: {treated} households treated of {all}.", ("cap", "leave")),
    Kind("facility-twice", "同一设施两行", "Same facility twice", "设施{facility}在台账里有 {n} 行。",
         "Facility {facility} stands {n} times in the ledger.", ("keep*",)),
    Kind("facility-state", "设施状态两说", "Facility state contradicts", "设施{facility}一处写{a}，一处写{b}。",
         "Facility {facility} is {a_en} in one place and {b_en} in another.", ("status:in_use", "status:stopped")),
    Kind("facility-state-unknown", "设施状态认不出", "Facility state not readable", "设施{facility}的状态写作“{state}”，认不出。",
         "The state of facility {facility} is written “{state}”.", ("status:in_use", "status:stopped")),
    Kind("facility-no-village", "设施不落村", "Facility in no village", "设施{facility}写的村“{name}”（{code}）名录里对不上。",
         "Facility {facility} names the village “{name}” ({code}), which the register does not have.", ("is*", "is", "county", "drop")),
    Kind("facility-untested", "应测未测", "Not tested",
         "设施{facility}设计 {design} m³/d，{since} 以来没有监测（最近 {last}）。",
         "Facility {facility}, {design} m³/d, has not been tested since {since} (last {last}).", ("untested", "tested")),
    Kind("facility-oversize", "规模偏大", "Oversized", "{village}常住 {people} 人，设施设计 {design} m³/d，合 {per} 升/人·日（上限 {limit}）。",
         "{village} has {people} people and {design} m³/d, {per} L a person and day (limit {limit}).", ("oversize", "leave")),
    Kind("issue-unknown-facility", "问题的设施不明", "Problem about an unknown facility",
         "问题{issue}写的设施“{facility}”台账里没有。", "Problem {issue} names facility “{facility}”, which the ledger does not have.",
         ("of", "blank", "drop")),
    Kind("issue-unknown-village", "问题的村不明", "Problem about an unknown village",
         "问题{issue}写的村“{name}”（{code}）名录里对不上。",
         "Problem {issue} names the village “{name}” ({code}), which the register does not have.", ("is*", "is", "county", "drop")),
    Kind("issue-closed-stopped", "销了号设施还停着", "Closed but still stopped", "问题{issue}已销号，设施{facility}还停着。",
         "Problem {issue} is closed, but facility {facility} is still stopped.", ("reopen", "leave")),
    Kind("date-impossible", "日期不可能", "Impossible date", "{what}：{why}。", "{what_en}: {why_en}.", ("blank", "leave")),
    Kind("total-differs", "合计对不上", "Total differs", "合计行“{what}”写 {said}，逐行相加是 {sum}。",
         "The total of “{what}” says {said}; the rows add up to {sum}.", ("sum", "leave")),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}

# Way: words on the button, and what it needs besides a reason ("" nothing, a village, a facility).
WAYS: dict[str, tuple[str, str, str]] = {
    "is": ("是名录里的另一个村", "is another village of the register", "village"),
    "of": ("是台账里的另一个设施", "is another facility of the ledger", "facility"),
    "drop": ("这一行不计", "leave this row out", ""),
    "successor": ("算到并入的村", "count it in the village it went into", ""),
    "accept": ("就是它，按现名计", "it is; count it under its present name", ""),
    "exclude": ("不列入本表", "keep it out of the list", ""),
    "leave": ("维持台账", "let the ledger stand", ""),
    "cap": ("按总户数计", "count all households and no more", ""),
    "county": ("记在县本级", "count it with the county itself", ""),
    "untested": ("如实计作未监测", "count it as not tested", ""),
    "tested": ("已经监测，理由里写报告号", "it was tested; the reason names the report", ""),
    "oversize": ("计作规模与需求不符", "count it as oversized", ""),
    "blank": ("按空白处理", "treat the cell as empty", ""),
    "reopen": ("按未销号计", "count it as not closed", ""),
    "sum": ("以逐行相加为准", "the sum of the rows stands", ""),
    "mark:已治理": ("定为已治理", "it is treated", ""),
    "mark:已管控": ("定为已管控", "it is controlled", ""),
    "mark:未完成": ("定为未完成", "it is not done", ""),
    "add:已治理": ("列入，已治理", "put it in as treated", ""),
    "add:已管控": ("列入，已管控", "put it in as controlled", ""),
    "add:未完成": ("列入，未完成", "put it in as not done", ""),
    "status:in_use": ("在用", "in use", ""),
    "status:stopped": ("停运", "stopped", ""),
}
STATUS_ZH = {
    "in_use": "在用",
    "trial": "试运行",
    "stopped": "停运",
    "joined": "已并网",
    "scrapped": "报废",
    "": "不明",
}
STATUS_EN = {
    "in_use": "in use",
    "trial": "on trial",
    "stopped": "stopped",
    "joined": "joined",
    "scrapped": "scrapped",
    "": "unknown",
}
