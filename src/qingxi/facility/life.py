"""From trial to scrap: which state may follow which, and what must be said when it does (F19)."""

from qingxi.facility.facility import FaultClass
from qingxi.origin import Fault

STATUS_WORDS = {"trial": "试运行", "in_use": "在用", "stopped": "停运", "joined": "已并网", "scrapped": "报废"}
# Scrapping is a deed of its own (approval by finance or the state-assets office), and its end is final.
STATUS_FOLLOWS: dict[str, tuple[str, ...]] = {
    "trial": ("in_use", "stopped"),
    "in_use": ("stopped", "joined", "trial"),
    "stopped": ("in_use", "trial", "joined", "scrapped"),
    "joined": ("in_use", "scrapped"),
    "scrapped": (),
}


def judge_status(
    old: str, new: str, *, reason: str, fault_class: str = "", document: str = "", book_value_fen: int | None = None
) -> list[Fault]:
    """Every fault of a change of state; an empty list allows it.

    A stop names one of the four official classes of fault; scrapping names the approval and the book value, because
    public assets are written off with consent (财政、国资批复).
    """

    def fault(field: str, value: str, rule: str, remedy: str, code: str) -> Fault:
        return Fault("设施状态", None, field, value, rule, remedy, code)

    faults = []
    if new not in STATUS_WORDS:
        return [fault("status", new, "没有这种状态", "从列出的里面选", "status-unknown")]
    if new not in STATUS_FOLLOWS.get(old, ()):
        allowed = "、".join(STATUS_WORDS[s] for s in STATUS_FOLLOWS.get(old, ())) or "没有"
        rule = f"{STATUS_WORDS.get(old, old)}之后只能是 {allowed}"
        faults.append(fault("status", STATUS_WORDS[new], rule, "先走中间的一步", "status-order"))
    if not reason.strip():
        faults.append(fault("reason", "", "状态变更要写理由", "写一句为什么", "reason-missing"))
    if new == "stopped" and fault_class not in {c.value for c in FaultClass}:
        words = "、".join(c.value for c in FaultClass)
        faults.append(fault("fault_class", fault_class, f"停运要归到四类之一：{words}", "选一类", "fault-class"))
    if new == "scrapped" and not document.strip():
        faults.append(fault("document", "", "报废要有财政或国资的批复文号", "填批复文号", "scrap-document"))
    if new == "scrapped" and book_value_fen is None:
        faults.append(fault("book_value", "", "报废要写账面价值", "没有入账的填 0", "scrap-value"))
    return faults
