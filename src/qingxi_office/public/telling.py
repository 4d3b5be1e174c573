"""Published values in words that a villager uses: days, verdicts, steps of a report. No page and no request here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import cycle
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from qingxi_office.design.parts import Kind, Share
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import Follower, PublicReport

_QUESTIONS = {
    "inflow": lazy("进水"), "blower": lazy("风机"), "outflow": lazy("出水"), "smell": lazy("气味"), "fence": lazy("围栏"),
    "covers": lazy("井盖"), "panel_light": lazy("控制箱灯"), "sewage_around": lazy("周边污水"),
}  # fmt: skip
QUANTITIES = {
    "cod": "COD",
    "nh3n": lazy("氨氮"),
    "tp": lazy("总磷"),
    "tn": lazy("总氮"),
    "ss": lazy("悬浮物"),
    "ph": "pH",
}
MODES = {
    "town_connection": lazy("接进镇上的管网"), "shared_plant": lazy("几个组合建一座站"), "onsite": lazy("一户一户分开处理"),
    "reuse": lazy("还田还林利用"), "controlled": lazy("先管住，不建设施"), "unserved": lazy("还没有安排"),
}  # fmt: skip
_COLOURS = ("central", "join", "single", "reuse", "none")  # of money by source
_OWN_WORD = {"您说解决了", "您说没有解决"}  # the reporter's own: a follower has said something else
_STALE = 60  # days after which a visit tells nothing of today


_absolute: ContextVar[bool] = ContextVar("absolute_days", default=False)


@contextmanager
def absolute_days() -> Iterator[None]:
    """Within it days are dates and no "yesterday"."""
    token = _absolute.set(True)
    try:
        yield
    finally:
        _absolute.reset(token)


def ago(iso: str, today: dt.date) -> str:
    """A day as people say it: 今天, 昨天, 5 天前, then the date. On plain pages always the date: a file says the same tomorrow."""
    day = dt.date.fromisoformat(iso[:10])
    gone = (today - day).days if not _absolute.get() else _STALE
    if gone <= 0:
        return _("今天")
    if gone == 1:
        return _("昨天")
    if gone < 30:
        return _("%d 天前") % gone
    return _("%(y)d 年 %(m)d 月 %(d)d 日") % {"y": day.year, "m": day.month, "d": day.day}


def verdict(data: dict[str, Any], today: dt.date) -> tuple[str, Kind, str]:
    """The first line, its state and the sentence under it, in plain words; not looked at is not good."""
    name, visit = data["name"], data.get("visit")
    if data["status"] == "stopped":
        return _("%s停运了。") % name, "bad", _("停运的事已经记在县里的台账上。")
    if data["status"] == "joined":
        return _("%s已接入大管网。") % name, "good", _("污水送到城镇污水厂去处理，这里不再单独运行。")
    if data["status"] == "trial":
        return _("%s在试运行。") % name, "watch", _("还没有正式交付。")
    if visit is None:
        return _("%s好不好，现在说不准。") % name, "unknown", _("没有查到最近的检查记录。")
    when = ago(visit["on"], today)
    if (today - dt.date.fromisoformat(visit["on"])).days > _STALE:
        return _("%s好不好，现在说不准。") % name, "unknown", _("上次检查是%s，太久了。") % when
    if visit["bad"]:
        bad = "、".join(str(_QUESTIONS.get(q, q)) for q in visit["bad"])
        return (
            _("%s有地方不正常。") % name, "watch", _("%(when)s有人检查过，不正常的是：%(bad)s。") % {"when": when, "bad": bad}
        )  # fmt: skip
    return (
        _("%s在正常运行。") % name, "good", _("%(when)s有人检查过，%(n)d 项都正常。") % {"when": when, "n": visit["of"]}
    )  # fmt: skip


def short_word(kind: Kind) -> str:
    return {"good": _("正常"), "watch": _("有地方不正常"), "bad": _("停运"), "unknown": _("说不准")}[kind]


def money_of(published: dict[str, Any] | None) -> dict[str, Any] | None:
    """What something cost and from which sources; what no source covers is said to be so."""
    if not published:
        return None
    total, sources = published["total_fen"], published["sources"]
    shares = [
        Share(s["name"], float(s["fen"]), colour) for s, colour in zip(sources, cycle(_COLOURS), strict=False)
    ]
    return {"total": total, "shares": shares, "rest": max(total - sum(s["fen"] for s in sources), 0)}


def callable_people(duties: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who answers, each person once, those with a telephone first."""
    seen, out = set(), []
    for duty in duties:
        if duty["person"] not in seen:
            seen.add(duty["person"])
            out.append(duty)
    return sorted(out, key=lambda d: not d["phone"])[:4]


def day_of(moment: dt.datetime) -> str:
    day = timezone.localtime(moment)
    return _("%(m)d 月 %(d)d 日") % {"m": day.month, "d": day.day}


def told(report: PublicReport, follower: Follower | None = None) -> dict[str, Any]:
    """A report and what became of it, in steps a villager understands; a follower reads it without what points to a person."""

    def hide(text: str) -> str:
        return masked(text) if follower else text

    steps = [(_("%s 收到") % day_of(report.received_at), "", False)]
    steps += [
        (f"{day_of(s.at)} {s.words}", hide(s.small), True) for s in report.steps.all() if s.words not in _OWN_WORD
    ]
    said = follower.solved if follower else {"confirmed": True, "reopened": False}.get(report.state)
    if said is True:
        steps.append((_("您说解决了"), "", False))
    if said is False:
        desk = {"县": _("县里"), "市": _("市里")}.get(report.sent_up, _("乡镇政府"))
        steps.append((_("您说没有解决"), _("已转给%s去看，不再只交给维修的。") % desk, False))
    ask = (
        report.answered_at is not None and follower.solved is None
        if follower
        else report.state == PublicReport.State.ANSWERED
    )
    return {
        "code": follower.code if follower else report.code, "text": hide(report.text), "followers": report.followers, "steps": steps,
        "ask": ask, "before": bool(report.photo) and follower is None, "after": bool(report.after),
    }  # fmt: skip
