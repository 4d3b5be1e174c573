"""Which rounds there are, when they run, and how a worker runs what is due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext_lazy as _

from qingxi_office.notices.actions import gather, send_due, tell
from qingxi_office.people.audience import officers
from qingxi_office.rounds import actions as rounds
from qingxi_office.rounds.models import RoundRun
from qingxi_office.rounds.periods import Cadence, Every
from qingxi_office.site.rounds import calling, door, frames, keeping, looking, reckoning, reporting
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

log = logging.getLogger(__name__)
Doing = Callable[[trail.Doer, datetime], list[str]]
"""A round's work: by whose hand, at what time of the office; gives what it has to say, nothing when there was nothing."""


@dataclass(frozen=True, slots=True)
class RoundLaw:
    """One round: its word, when, and what it does."""

    word: Any  # translated where it is shown
    when: Cadence
    do: Doing


def _daily(hour: int, minute: int = 0) -> Cadence:
    return Cadence(Every.DAY, time(hour, minute))


ROUNDS: dict[str, RoundLaw] = {
    "findings": RoundLaw(_("按全部规则检查设施"), _daily(1, 10), reckoning.findings),
    "figures": RoundLaw(_("计算各口径的数"), _daily(1, 40), reckoning.figures),
    "readings": RoundLaw(_("设备读数按日入账"), Cadence(Every.HOUR, time(0, 5)), keeping.readings),
    "compaction": RoundLaw(_("读数归档"), _daily(2, 10), keeping.compaction),
    "frames": RoundLaw(_("报文原文归档，过期的隔离报文清掉"), _daily(2, 20), frames.frames),
    "retention": RoundLaw(_("到期的个人信息抹去"), _daily(2, 40), keeping.retention),
    "recycle": RoundLaw(_("回收站清空到期的"), _daily(2, 50), keeping.recycle),
    "overdue": RoundLaw(_("超期的问题：提醒，拟提示函"), Cadence(Every.WORKING_DAY, time(7, 30)), looking.overdue),
    "duties": RoundLaw(_("责任和合同快到期、空岗"), Cadence(Every.WORKING_DAY, time(7, 40)), looking.duties),
    "tests": RoundLaw(_("20 t/d 及以上缺半年化验"), Cadence(Every.WEEK, time(7, 50)), looking.tests),
    "week": RoundLaw(_("一周小结"), Cadence(Every.WEEK, time(8, 0)), looking.week),
    "silent": RoundLaw(_("联网站点没有声息"), Cadence(Every.HOUR, time(0, 20)), looking.silent),
    "commands": RoundLaw(_("设备命令的结果"), Cadence(Every.HOUR, time(0, 5)), keeping.commands),
    "vendors": RoundLaw(_("向厂家平台取数"), Cadence(Every.HOUR, time(0, 10)), keeping.vendors),
    "vendors_late": RoundLaw(_("补取迟到厂家平台的数"), _daily(3, 50), keeping.vendors_late),
    "hotline": RoundLaw(_("12345 工单快到期、超期"), Cadence(Every.WORKING_DAY, time(7, 35)), door.hotline),
    "disclosure": RoundLaw(_("公开目录过期的"), Cadence(Every.WORKING_DAY, time(7, 45)), door.disclosure),
    "static_door": RoundLaw(_("写静态公开页"), _daily(3, 30), door.static_pages),
    "backup": RoundLaw(_("看备份在不在"), _daily(6, 30), keeping.backup),
    "returns": RoundLaw(_("报表：到期开表，账上取数，催报"), _daily(6, 10), reporting.returns),
    "callover_week": RoundLaw(_("上周的调度快照"), Cadence(Every.WEEK, time(7, 20)), calling.week),
    "callover_month": RoundLaw(_("上月的调度快照"), Cadence(Every.MONTH, time(7, 10)), calling.month),
    "replies": RoundLaw(_("通报没签收、没回复的"), Cadence(Every.WORKING_DAY, time(8, 10)), calling.replies),
    "meetings": RoundLaw(_("明天的会"), _daily(16, 0), looking.meetings),
}
"""Every round by name."""


def _run(run: RoundRun, law: RoundLaw) -> RoundRun:
    try:
        said = law.do(trail.Office(f"钟点：{law.word}"), clock.now())
    except Exception as error:  # a round that breaks must not end the worker, and must be seen
        log.exception("round %s failed", run.name)
        why = f"{type(error).__name__}：{error}"
        ended = rounds.end(run, [why], failed=True)
        tell(
            officers(), "round_failed", str(law.word), once=f"round/{run.name}/{run.period}", href="/notices/rounds/",
            text=why[:300],
        )  # fmt: skip
        return ended
    return rounds.end(run, [*([f"补做：之前漏了 {run.missed} 次"] if run.missed else []), *said])


def run_due(worker: str, *, go_on: Callable[[], bool] = lambda: True) -> list[RoundRun]:
    """Run every round that is due and not another worker's; gives the runs."""
    done = []
    for name, law in ROUNDS.items():
        if not go_on():
            break
        run = rounds.claim(name, law.when, worker=worker)
        if run is not None:
            done.append(_run(run, law))
    return done


def run_by_hand(name: str, *, by: trail.Doer) -> RoundRun:
    """Run one round now; raises KeyError for a name that is none. Who may is asked by the caller."""
    law = ROUNDS[name]
    return _run(rounds.by_hand(name, by=by), law)


def send_messages() -> int:
    """Gather what is to be told outside and send what is due; gives how many left. Given-up ones are told to the officers."""
    gather()
    sent, given_up = send_due()
    for row in given_up:
        tell(
            officers(), "delivery_failed", row.channel.name, once=f"delivery/{row.pk}", href="/notices/channels/",
            text=row.error,
        )  # fmt: skip
    return sent
