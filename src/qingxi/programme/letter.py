"""The letter (函) that asks another department to dig once: its wording, from the facts of a clash.

Departments of one county are of equal rank: they get a 函, never a 通报 or 通知. It says where, when, how long and how much,
asks for one of three answers, and names a day. Nothing in it is decided by software; a person signs.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class JointWorks:
    """What the letter is about.

    Attributes
    ----------
    department, work : str
        Whom it goes to, and the name of their work.
    place : str
        Village and street as people call them.
    work_start : date or None
        When they begin; None when they have not said.
    lot, lot_year : str, int or None
        Our batch of sewers and the year it is planned for.
    overlap_m : float
        Length of the street that both would dig, m.
    saved_fen : int
        Surface that need not be broken and laid twice, fen.
    """

    department: str
    work: str
    place: str
    work_start: date | None
    lot: str
    lot_year: int | None
    overlap_m: float
    saved_fen: int


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter: ``title``, ``to`` (主送), ``paragraphs``."""

    title: str
    to: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The body as an officer edits it: a paragraph a line."""
        return "\n".join(self.paragraphs)


def joint_letter(facts: JointWorks, reply_by: date) -> LetterText:
    """Draft the letter."""
    theirs = (
        f"贵单位“{facts.work}”计划于{_month(facts.work_start)}开工"
        if facts.work_start
        else f"贵单位“{facts.work}”尚未定开工时间"
    )
    ours = f"我县农村生活污水治理“{facts.lot}”" + (
        f"计划于{facts.lot_year}年埋设污水管" if facts.lot_year else "正在排年度"
    )
    saving = (
        f"按现行单价测算，并为一次施工可少破除和恢复路面一次，约节省{facts.saved_fen / 1e6:.2f}万元，群众也少受一次影响。"
        if facts.saved_fen > 0
        else "并为一次施工可少破除和恢复路面一次，群众也少受一次影响。"
    )
    return LetterText(
        f"关于商请“{facts.work}”与污水管网同步施工的函",
        facts.department,
        (
            f"{theirs}；{ours}。经比对，两项工程在{facts.place}同一路段重叠约{facts.overlap_m:.0f}米，如先后施工，同一条路将开挖两次。",
            saving,
            "为此商请贵单位研究同步施工，并就以下事项函复：一是能否同步，同步后的开工时间；二是不能同步的，请说明原因，以便我方调整埋管时间或预留过路管；三是双方现场联系人。",
            f"请于{_day(reply_by)}前函复。我方可随时到现场会商。",
        ),
    )  # fmt: skip


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
