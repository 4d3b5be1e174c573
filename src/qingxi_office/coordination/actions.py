"""Every change: recording the six, a unit's part in a step, samples of water. Judged whole, kept whole, written in the trail."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.indicator import SixAnswer, SixItem, coordination_rule, judge_six
from qingxi.origin import Fault, Ref
from qingxi_office.coordination.models import SixRecord, StepRecord, WaterSample
from qingxi_office.facilities.models import SamplingPoint
from qingxi_office.people import rights
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts

WATER_QUANTITIES: Mapping[str, str] = {
    "cod": "化学需氧量", "codmn": "高锰酸盐指数", "nh3n": "氨氮", "tp": "总磷", "do": "溶解氧",
}  # fmt: skip
"""What is measured in the receiving water: quantities with classes in GB 3838."""
_MOST_MG_L = 100_000.0


class Refused(ValueError):
    """The values cannot stand; ``faults`` says every one."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("；".join(f"{f.rule}，{f.remedy}" for f in faults))
        self.faults = faults


def _plain(row: SixRecord) -> dict[str, Any]:
    return {
        "item": row.item, "state": row.state, "on": row.on.isoformat() if row.on else None, "document": row.document,
        "note": row.note, "said_by": row.said_by,
    }  # fmt: skip


@transaction.atomic
def record_six(
    place: Place,
    answers: Sequence[SixAnswer],
    *,
    by: trail.Doer,
    because: Mapping[SixItem, Sequence[Ref]] | None = None,
) -> int:
    """Keep answers of one village; gives how many differ from what stood there.

    Raises
    ------
    Refused
        With every fault of every answer; then nothing is kept.
    """
    rights.check(by, "record_six", path=place.path)
    if place.level != Place.Level.VILLAGE:
        raise ValueError("六个同步按行政村记")
    faults = [f for answer in answers for f in judge_six(answer, clock.today(), file=answer.item.value)]
    if faults:
        raise Refused(faults)
    there = {r.item: r for r in SixRecord.objects.select_for_update().filter(place=place)}
    changed = 0
    for answer in answers:
        row = there.get(answer.item.value) or SixRecord(place=place, item=answer.item.value)
        before = _plain(row) if row.pk else None
        row.state, row.on, row.document = answer.state.value, answer.on, answer.document[:160]
        row.note, row.said_by = answer.note[:300], answer.said_by[:40]
        if before == _plain(row):
            continue
        row.because = texts((because or {}).get(answer.item, ()))
        row.by_name, row.at = str(by), clock.now()
        row.save()
        trail.record("six.recorded", Ref("village", place.code), by=by, before=before, after=_plain(row))
        changed += 1
    return changed


@transaction.atomic
def withdraw_six(place: Place, item: SixItem, *, by: trail.Doer, because: str) -> bool:
    """Take an answer back to unknown, with a reason; False when there is none."""
    rights.check(by, "record_six", path=place.path)
    row = SixRecord.objects.select_for_update().filter(place=place, item=item.value).first()
    if row is None:
        return False
    if not because.strip():
        raise Refused([Fault("六个同步", None, "说明", "", "收回要说明为什么", "写一句原因", "six-withdraw-why")])
    before = _plain(row)
    row.delete()
    trail.record("six.withdrawn", Ref("village", place.code), by=by, because=because, before=before)
    return True


@transaction.atomic
def take_in_six(rows: Sequence[tuple[Place, SixAnswer]], *, by: trail.Doer) -> trail.TakenIn:
    """Take answers in from a table; rows already there as they are stay as they are."""
    new = changed = 0
    there = {(p, i) for p, i in SixRecord.objects.values_list("place_id", "item")}
    for place, answer in rows:
        differs = record_six(place, [answer], by=by)
        new += differs if (place.pk, answer.item.value) not in there else 0
        changed += differs if (place.pk, answer.item.value) in there else 0
    return trail.TakenIn(new, changed, len(rows) - new - changed, {})


def judge_step(
    step: str, due_on: date | None, done_on: date | None, document: str, today: date, *, file: str = "协同步骤"
) -> list[Fault]:
    """What stands against a unit's part in a step."""
    faults = []
    if step not in coordination_rule().steps:
        known = "、".join(s.name for s in coordination_rule().steps.values())
        faults.append(Fault(file, None, "步骤", step, "步骤不在口径里", f"从这些里选：{known}", "step-unknown"))
    if due_on is None:
        faults.append(
            Fault(file, None, "应完成日期", "", "要有应完成的日期", "填函件、会议或方案定下的期限", "step-due")
        )
    if done_on is not None and done_on > today:
        faults.append(
            Fault(
                file, None, "完成日期", done_on.isoformat(), "完成日期不能晚于今天", "没有做成的留空", "step-future"
            )
        )
    if done_on is not None and not document.strip():
        faults.append(Fault(file, None, "依据", "", "做成了要有依据", "填文件名和文号", "step-proof"))
    return faults


@transaction.atomic
def record_step(
    place: Place, step: str, unit: Unit, due_on: date | None, *, by: trail.Doer, done_on: date | None = None,
    document: str = "", note: str = "",
) -> StepRecord:  # fmt: skip
    """Keep a unit's part in a step; the same part again (place, step, unit, due day) changes when and how it was done.

    Raises
    ------
    Refused
        With every fault.
    """
    rights.check(by, "record_step", path=place.path)
    if place.level != Place.Level.VILLAGE:
        raise ValueError("协同步骤按行政村记")
    if faults := judge_step(step, due_on, done_on, document, clock.today()):
        raise Refused(faults)
    row = StepRecord.objects.select_for_update(of=("self",)).filter(
        place=place, step=step, unit=unit, due_on=due_on
    ).first() or StepRecord(place=place, step=step, unit=unit, due_on=due_on)  # fmt: skip
    before = None if row.pk is None else {"done_on": row.done_on and row.done_on.isoformat(), "document": row.document,
                                          "note": row.note}  # fmt: skip
    after = {"done_on": done_on and done_on.isoformat(), "document": document[:160], "note": note[:300]}
    if before == after:
        return row
    row.done_on, row.document, row.note = done_on, document[:160], note[:300]
    row.by_name, row.at = str(by), clock.now()
    row.save()
    trail.record(
        "coordination_step.recorded", Ref("village", place.code), by=by, before=before,
        after={"step": step, "unit": unit.name, "due_on": row.due_on.isoformat(), **after},
    )  # fmt: skip
    return row


def judge_water(quantity: str, value: float | None, sampled_on: date | None, today: date) -> list[Fault]:
    """What stands against a value of the receiving water."""
    file, faults = "受纳水体水样", []
    if quantity not in WATER_QUANTITIES:
        known = "、".join(WATER_QUANTITIES.values())
        faults.append(
            Fault(file, None, "指标", quantity, "不是要比的指标", f"从这些里选：{known}", "water-quantity")
        )
    if value is None or not 0 <= value <= _MOST_MG_L:
        shown = "" if value is None else f"{value:g}"
        faults.append(
            Fault(
                file,
                None,
                "数值",
                shown,
                "要是不小于 0 的 mg/L 数",
                "照化验单填，低于检出限的填检出限的一半",
                "water-value",
            )
        )
    if sampled_on is None or sampled_on > today or sampled_on.year < 2000:
        shown = "" if sampled_on is None else sampled_on.isoformat()
        faults.append(Fault(file, None, "采样日期", shown, "要有采样日期，不晚于今天", "照化验单填", "water-day"))
    return faults


@transaction.atomic
def record_water(
    point: SamplingPoint, sampled_on: date | None, values: Mapping[str, float | None], *, by: trail.Doer,
    laboratory: str = "", report: str = "",
) -> int:  # fmt: skip
    """Keep one sampling of a point, quantity by quantity; gives how many values are new or other than they were.

    Raises
    ------
    Refused
        With every fault; then nothing is kept.
    """
    rights.check(by, "record_water", path=point.place.path)
    today = clock.today()
    faults = [f for q, v in values.items() for f in judge_water(q, v, sampled_on, today)]
    if not values:
        faults.append(Fault("受纳水体水样", None, "数值", "", "一个数都没有填", "至少填一项", "water-none"))
    if faults:
        raise Refused(list({(f.code, f.value): f for f in faults}.values()))
    assert sampled_on is not None
    there = {
        r.quantity: r
        for r in WaterSample.objects.select_for_update(of=("self",)).filter(
            point=point, sampled_on=sampled_on, report=report[:60]
        )
    }
    before, after = {}, {}
    for quantity, value in values.items():
        assert value is not None
        row = there.get(quantity) or WaterSample(
            point=point, sampled_on=sampled_on, quantity=quantity, report=report[:60]
        )
        if row.pk and row.value == value:
            continue
        if row.pk:
            before[quantity] = row.value
        row.value, row.laboratory, row.by_name, row.at = value, laboratory[:80], str(by), clock.now()
        row.save()
        after[quantity] = value
    if after:
        trail.record(
            "water_sample.recorded", Ref("sampling_point", point.key), by=by, before=before or None,
            after={"sampled_on": sampled_on.isoformat(), "report": report[:60], **after},
        )  # fmt: skip
    return len(after)
