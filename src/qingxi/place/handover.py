"""Handing many posts over on one day, as after an election (换届交接): the filled-in sheet against the posts as they stand.

Nothing is changed here: the answer is a difference that a person reads before it is carried out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.origin import Fault
from qingxi.place.duty import Duty

EMPTY_WORDS = frozenset({"空", "空岗", "空缺", "无", "暂缺", "—", "-"})


class Turn(StrEnum):
    """What happens to a post."""

    NEW = "换人"
    FILLED = "补空岗"
    EMPTIED = "离任后空岗"
    DETAILS = "只改职务、电话或副手"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet as it came back; empty words leave what is there."""

    row: int
    key: str
    person: str = ""
    post: str = ""
    phone: str = ""
    deputy: str = ""
    deputy_phone: str = ""
    place: str = ""  # the code that stands on the row, only to find a row whose number was lost

    @property
    def says_nothing(self) -> bool:
        return not (self.person or self.post or self.phone or self.deputy or self.deputy_phone)


@dataclass(frozen=True, slots=True)
class Change:
    """One post that changes hands; ``after`` begins on the day, ``before`` ends on it."""

    before: Duty
    after: Duty
    turn: Turn
    row: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What carrying the sheet out would do."""

    on: date
    changes: tuple[Change, ...]
    unchanged: int
    leaves: tuple[str, ...]  # persons who hold no post any more
    comes: tuple[str, ...]  # persons who held none before
    double: tuple[str, ...]  # persons who would hold posts in more than one place
    faults: tuple[Fault, ...]


def difference(lines: Iterable[Line], duties: Mapping[str, Duty], on: date, file: str = "换届交接表") -> Difference:
    """Compare a sheet with the posts in force on a day.

    Parameters
    ----------
    lines : iterable of Line
    duties : mapping of str to Duty
        Posts in force that this person may hand over, by key.

    Notes
    -----
    A row with a fault changes nothing; the good rows go on.
    """
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    changes: list[Change] = []
    unchanged = 0

    def fault(line: Line, field: str, value: str, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault(file, line.row, field, value, rule, remedy, code))

    for line in lines:
        before = duties.get(line.key)
        if before is None:
            if line.says_nothing:
                continue
            fault(
                line,
                "岗位编号",
                line.key,
                "岗位编号要和下载的表一致",
                "重新下载预填表，不要改岗位编号这一列",
                "handover-unknown",
            )
            continue
        if line.key in seen:
            fault(
                line,
                "岗位编号",
                line.key,
                f"一个岗位只填一行，第 {seen[line.key]} 行已有",
                "删掉多的一行",
                "handover-twice",
            )
            continue
        seen[line.key] = line.row
        empties = line.person in EMPTY_WORDS
        person = "" if empties else line.person or before.person
        moved = person != before.person
        deputy = "" if line.deputy in EMPTY_WORDS else line.deputy or before.deputy
        after = Duty(
            place=before.place, matter=before.matter, role=before.role, unit=before.unit, person=person,
            # Another person does not inherit the telephone; the title belongs to the post.
            post=line.post or before.post, phone=line.phone or ("" if moved else before.phone),
            valid_from=on, basis=before.basis, subject=before.subject, party=before.party, deputy=deputy,
            deputy_phone=line.deputy_phone or (before.deputy_phone if deputy == before.deputy else ""), key=before.key,
        )  # fmt: skip
        same = (after.person, after.post, after.phone, after.deputy, after.deputy_phone) == (
            before.person, before.post, before.phone, before.deputy, before.deputy_phone,
        )  # fmt: skip
        if same:
            unchanged += 1
            continue
        if not before.valid(on):
            fault(line, "生效日期", on.isoformat(), "生效那天岗位要在", "核对生效日期", "handover-not-in-force")
            continue
        if before.valid_from is not None and before.valid_from >= on:
            day = before.valid_from.isoformat()
            fault(
                line,
                "生效日期",
                on.isoformat(),
                f"现任从 {day} 起，交接要晚于这一天",
                "改生效日期",
                "handover-too-early",
            )
            continue
        if moved:
            turn = Turn.EMPTIED if not person else Turn.FILLED if not before.person else Turn.NEW
        else:
            turn = Turn.DETAILS
        changes.append(Change(before, after, turn, line.row))
    became = {c.before.key: c.after for c in changes}
    held = {d.person for d in duties.values() if d.person}
    holds: dict[str, set[str]] = {}
    for key, duty in duties.items():
        now = became.get(key, duty)
        if now.person:
            holds.setdefault(now.person, set()).add(now.place.text)
    touched = {c.after.person for c in changes if c.after.person}
    return Difference(
        on,
        tuple(changes),
        unchanged,
        tuple(sorted(held - set(holds))),
        tuple(sorted(set(holds) - held)),
        tuple(sorted(p for p in touched if len(holds[p]) > 1)),
        tuple(faults),
    )
