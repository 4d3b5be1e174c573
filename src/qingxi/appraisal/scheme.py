"""A 100-mark scheme (百分制考核表) as data: items, deductions, grades, what fails the whole; TOML of ours or the county's."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any

from qingxi.standard import Trust

FULL = Decimal(100)
SUBJECTS = ("设施", "运维单位", "乡镇", "村")
WAYS = ("deduct", "ratio")


@dataclass(frozen=True, slots=True)
class Deduction:
    """One reason to take marks off.

    ``points`` each time; where ``up_to`` is above it the checker chooses between the two. ``most`` times at most,
    None for as often as it was met.
    """

    code: str
    text: str
    points: Decimal
    up_to: Decimal
    most: int | None = None

    @property
    def chosen(self) -> bool:
        """Whether the checker chooses how much."""
        return self.up_to > self.points


@dataclass(frozen=True)
class Item:
    """One line of the sheet. ``way`` is deduct, or ratio: full marks at ``full_at`` and in proportion below it.

    ``may_be_absent`` is the reason for which the line may be left out (不适用); empty when it never may.
    """

    key: str
    group: str
    name: str
    points: Decimal
    rule: str
    evidence: str
    way: str = "deduct"
    full_at: Decimal | None = None
    may_be_absent: str = ""
    deductions: tuple[Deduction, ...] = ()

    def deduction(self, code: str) -> Deduction:
        """By its code; raises KeyError naming the item."""
        for one in self.deductions:
            if one.code == code:
                return one
        raise KeyError(f"{self.name}没有“{code}”这条扣分")


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade from so many marks on, and what follows from it."""

    name: str
    from_marks: Decimal
    follow: str = ""


@dataclass(frozen=True, slots=True)
class Veto:
    """What fails the whole sheet whatever the marks (一票否决), with its source."""

    code: str
    text: str
    source: str
    trust: Trust


@dataclass(frozen=True)
class Scheme:
    """One scheme in one version; items sum to 100, grades go down to 0."""

    id: str
    name: str
    version: str
    subject: str
    source: str
    trust: Trust
    valid_from: date
    items: tuple[Item, ...]
    grades: tuple[Grade, ...]
    vetoes: tuple[Veto, ...] = ()
    valid_to: date | None = None
    note: str = ""

    def item(self, key: str) -> Item:
        """By its key; raises KeyError naming the scheme."""
        for one in self.items:
            if one.key == key:
                return one
        raise KeyError(f"{self.name}没有“{key}”这一项")

    def veto(self, code: str) -> Veto:
        """By its code; raises KeyError naming the scheme."""
        for one in self.vetoes:
            if one.code == code:
                return one
        raise KeyError(f"{self.name}没有“{code}”这条否决")

    def grade(self, marks: Decimal) -> Grade:
        """The grade of rescaled marks, 0 to 100."""
        return next(g for g in self.grades if marks >= g.from_marks)


def _decimal(raw: object, where: str, wrong: list[str]) -> Decimal:
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or value < 0:
        wrong.append(f"{where}是“{raw}”，须为不小于 0 的数")
        return Decimal(0)
    return value


def _deduction(raw: dict[str, Any], item: str, wrong: list[str]) -> Deduction:
    where = f"{item}的扣分“{raw.get('text', raw.get('code', ''))}”"
    points = _decimal(raw.get("points"), where, wrong)
    up_to = _decimal(raw.get("up_to", points), where, wrong)
    most = raw.get("most")
    if up_to < points:
        wrong.append(f"{where}上限 {up_to} 小于下限 {points}")
    if most is not None and (not isinstance(most, int) or most < 1):
        wrong.append(f"{where}最多次数是“{most}”，须为不小于 1 的整数")
        most = None
    return Deduction(str(raw.get("code", "")), str(raw.get("text", "")), points, up_to, most)


def _item(raw: dict[str, Any], n: int, wrong: list[str]) -> Item:
    name = str(raw.get("name") or f"第 {n} 项")
    for needed in ("key", "group", "name", "points", "rule", "evidence"):
        if raw.get(needed) in (None, ""):
            wrong.append(f"{name}缺“{needed}”")
    way = str(raw.get("way", "deduct"))
    full_at = None
    if way not in WAYS:
        wrong.append(f"{name}的记分方式“{way}”不在 {'、'.join(WAYS)} 之内")
    elif way == "ratio":
        full_at = _decimal(raw.get("full_at"), f"{name}得满分的比例", wrong)
        if not full_at:
            wrong.append(f"{name}按比例记分，须写明得满分的比例")
    deductions = tuple(_deduction(d, name, wrong) for d in raw.get("deductions", ()))
    codes = [d.code for d in deductions]
    if len(set(codes)) != len(codes) or "" in codes:
        wrong.append(f"{name}的扣分代码有空的或重复的")
    if way == "deduct" and not deductions:
        wrong.append(f"{name}没有写怎么扣分")
    return Item(
        str(raw.get("key", "")), str(raw.get("group", "")), name, _decimal(raw.get("points", 0), f"{name}的分值", wrong),
        str(raw.get("rule", "")), str(raw.get("evidence", "")), way, full_at, str(raw.get("may_be_absent", "")), deductions,
    )  # fmt: skip


def parse_scheme(text: str, name: str = "考核表") -> Scheme:
    """Read a scheme from TOML.

    Raises
    ------
    ValueError
        With every fault at once, each a Chinese clause, the file's name in front.
    """
    wrong: list[str] = []
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{name}：不是 TOML，{error}") from error
    wrong += [f"缺“{k}”" for k in ("id", "name", "version", "subject", "source", "valid_from") if not raw.get(k)]
    if raw.get("subject") not in SUBJECTS:
        wrong.append(f"考核对象“{raw.get('subject', '')}”不在 {'、'.join(SUBJECTS)} 之内")
    try:
        trust = Trust(raw.get("trust", ""))
    except ValueError:
        wrong.append(f"可信度“{raw.get('trust', '')}”不在 {'、'.join(Trust)} 之内")
        trust = Trust.ASSUMPTION
    if not isinstance(raw.get("valid_from"), date):
        wrong.append("valid_from 须为日期，如 2026-01-01")
    items = tuple(_item(one, n, wrong) for n, one in enumerate(raw.get("items", ()), start=1))
    keys = [i.key for i in items]
    if len(set(keys)) != len(keys):
        wrong.append("有两项的 key 相同")
    if (total := sum((i.points for i in items), Decimal(0))) != FULL:
        wrong.append(f"各项分值合计 {total}，须为 100")
    grades = tuple(
        sorted(
            (
                Grade(
                    str(g.get("name", "")), _decimal(g.get("from"), "等级的起分", wrong), str(g.get("follow", ""))
                )
                for g in raw.get("grades", ())
            ),
            key=lambda g: -g.from_marks,
        )
    )
    if not grades or grades[-1].from_marks != 0:
        wrong.append("等级须一直写到 0 分")
    vetoes = []
    for v in raw.get("vetoes", ()):
        try:
            vetoes.append(Veto(str(v["code"]), str(v["text"]), str(v["source"]), Trust(v["trust"])))
        except (KeyError, ValueError) as error:
            wrong.append(f"否决项“{v.get('text', '')}”缺内容或不对：{error}")
    if wrong:
        raise ValueError(f"{name}：" + "；".join(wrong))
    return Scheme(
        raw["id"], raw["name"], str(raw["version"]), raw["subject"], raw["source"], trust, raw["valid_from"], items, grades,
        tuple(vetoes), raw.get("valid_to"), str(raw.get("note", "")),
    )  # fmt: skip


@cache
def scheme_texts() -> dict[str, str]:
    """TOML of every scheme that is shipped, by id."""
    folder = resources.files("qingxi.appraisal") / "schemes"
    files = sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name)
    texts = [(p.name, p.read_text(encoding="utf-8")) for p in files]
    return {parse_scheme(text, name).id: text for name, text in texts}


def schemes() -> dict[str, Scheme]:
    """Every scheme that is shipped, by id."""
    return {key: parse_scheme(text, key) for key, text in scheme_texts().items()}
