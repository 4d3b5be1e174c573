"""Classes of problems, each with its own closing rule; the defaults are the county's to change."""

from dataclasses import dataclass
from enum import StrEnum

from qingxi.standard import load_table


class IssueClass(StrEnum):
    """Class of a problem."""

    ORDINARY = "一般"
    KEY = "重点"
    SUPERVISED = "督办"
    BLOCKAGE = "推进堵点"  # of a project: land, money late, a department's consent


@dataclass(frozen=True, slots=True)
class ClosingRule:
    """What a class asks for before it closes.

    Attributes
    ----------
    plan : bool
        A 整改方案 must have been filed and approved.
    visit : bool
        Somebody must have been there; False: papers may do (推进堵点).
    publish_working_days : int
        Working days of 公示; 0: none asked.
    due_working_days : int
        Default term from 交办.
    on_site : bool
        May be closed on the spot on a photo and a reading (当场销号).
    revisit_working_days : int
        Working days from 销号 to 回头看.
    errand_working_days : int
        Term of what one unit asks of another within the problem: 转办, 会签, 退回, 协办.
    """

    plan: bool
    visit: bool
    publish_working_days: int
    due_working_days: int
    on_site: bool
    revisit_working_days: int
    errand_working_days: int


def closing_rule(issue_class: IssueClass) -> ClosingRule:
    """The rule of a class out of the table ``issues``."""
    table = load_table("issues")
    part = {
        IssueClass.ORDINARY: "ordinary",
        IssueClass.KEY: "key",
        IssueClass.SUPERVISED: "supervised",
        IssueClass.BLOCKAGE: "blockage",
    }[issue_class]
    return ClosingRule(
        plan=bool(table[f"{part}.plan"]),
        visit=bool(table[f"{part}.visit"]),
        publish_working_days=int(table[f"{part}.publish"]),
        due_working_days=int(table[f"{part}.due"]),
        on_site=bool(table[f"{part}.on_site"]),
        revisit_working_days=int(table[f"{part}.revisit"]),
        errand_working_days=int(table[f"{part}.errand"]),
    )
