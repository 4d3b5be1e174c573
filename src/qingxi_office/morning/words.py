"""Words of the first morning in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from qingxi.morning import Certainty, How, ReasonSource, State

BOOKS: dict[str, Any] = {
    "villages": _("行政村治理台账"), "facilities": _("处理设施台账"), "issues": _("问题整改台账"),
}  # fmt: skip
SHORT: dict[str, Any] = {"villages": _("村台账"), "facilities": _("设施台账"), "issues": _("问题台账")}
HOW: dict[How, Any] = {
    How.CODE: _("代码"), How.CODE_ONLY: _("代码，名称不认识"), How.REPAIRED: _("残缺代码加名称"), How.NAME: _("名称"),
    How.FORMER: _("旧名"), How.MERGED: _("已撤并"), How.VARIANT: _("名称写法不同"), How.NEAR: _("疑似笔误"),
    How.SIGNED: _("签认"), How.NONE: _("对不上"),
}  # fmt: skip
SURE: dict[Certainty, tuple[str, Any]] = {
    Certainty.CERTAIN: ("good", _("确定")), Certainty.LIKELY: ("info", _("较有把握")),
    Certainty.ASKED: ("watch", _("要人认")), Certainty.NONE: ("bad", _("对不上")),
}  # fmt: skip
SOURCES: dict[ReasonSource, Any] = {
    ReasonSource.TYPED: _("填写"), ReasonSource.SIGN_OFF: _("冲突签认"), ReasonSource.STATE_CHANGE: _("状态变更"),
    ReasonSource.RECOGNITION: _("认定"), ReasonSource.REGISTER: _("名录"), ReasonSource.NONE: _("没有理由"),
}  # fmt: skip
STATES: dict[str, Any] = {
    State.TREATED: _("已治理"), State.CONTROLLED: _("已管控"), State.OPEN: _("未完成"), "": _("不在表"),
}  # fmt: skip
CHANGED: dict[str, Any] = {
    "新列入": _("新列入"), "移出": _("移出"), "新增治理": _("新增治理"), "退出治理": _("退出治理"), "状态变化": _("状态变化"),
}  # fmt: skip
