"""What may be moved to the recycle bin, and until when it can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Removable:
    """A kind of record that may be removed.

    Attributes
    ----------
    word : str
        What it is called.
    states : tuple of str
        The states in which it may go; empty: it has none.
    bare : bool
        Only while nothing else refers to it: a wrong import, never a record with a history.
    """

    word: str
    states: tuple[str, ...] = ()
    bare: bool = False


REMOVABLE: dict[str, Removable] = {
    "attachment": Removable("附件"),
    "bulletin": Removable("通报草稿", states=("draft",)),
    "letter": Removable("提示函草稿", states=("draft",)),
    "facility": Removable("误导入的设施", bare=True),
    "household": Removable("误导入的农户", bare=True),
}
"""Every kind that may be removed. What is not here (issues, steps, findings, the trail) stays for good."""


def refusal(kind: str, *, state: str = "", hanging: Sequence[str] = ()) -> list[str]:
    """Why a record may not be removed, every reason at once; empty when it may.

    >>> refusal("issue")
    ['这一类记录不能移走，只能按程序办结']
    >>> refusal("facility", hanging=["12 条巡查"])
    ['还有别的记录挂在上面：12 条巡查；重复的请用“合并”']
    """
    law = REMOVABLE.get(kind)
    if law is None:
        return ["这一类记录不能移走，只能按程序办结"]
    reasons = []
    if law.states and state not in law.states:
        reasons.append(f"只有草稿能移走，这一份已经不是{law.word}")
    if law.bare and hanging:
        reasons.append(f"还有别的记录挂在上面：{'、'.join(hanging)}；重复的请用“合并”")
    return reasons


def kept_until(removed_on: date) -> date:
    """The last day on which it can be taken back; the night after it is gone for good."""
    return removed_on + timedelta(days=int(load_table("removal")["recycle.days"]))
