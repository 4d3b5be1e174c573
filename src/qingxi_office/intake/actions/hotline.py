"""Every change to the hotline's orders. Knows no people: who may is asked by the caller."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.calendar import WorkingDays
from qingxi.origin import Ref
from qingxi.standard import load_table
from qingxi_office.intake.models import HotlineForm, HotlineOrder, HotlineRound
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

KLASSES = ("投诉", "举报", "求助", "咨询", "建议")
_SHORT = frozenset({"咨询", "建议"})
_FIELDS = ("klass", "title", "text", "caller", "phone", "place", "village_code", "facility", "called_at")


def due_of(klass: str, sent_on: date, *, again: bool = False) -> date:
    """The day of the reply where the order names none: working days of our table, counted from the day after it came."""
    table = load_table("intake")
    days = table["hotline.again"] if again else table["hotline.consult" if klass in _SHORT else "hotline.complain"]
    return WorkingDays().add(sent_on, int(days))


@transaction.atomic
def keep_order(
    number: str, *, sent_on: date, due_on: date | None = None, by: trail.Doer, **said: Any
) -> HotlineOrder:
    """Enter one order by its own number, or put its wording right; its rounds and clock stand. Raises ValueError."""
    number = number.strip()
    if not number or not str(said.get("text", "")).strip():
        raise ValueError("工单号和来电内容都要写")
    if said.get("klass") not in KLASSES:
        raise ValueError(f"工单类别要是其中之一：{'、'.join(KLASSES)}")
    if due_on is not None and due_on < sent_on:
        raise ValueError("要求答复的日期早于派单日期")
    order = HotlineOrder.objects.select_for_update().filter(number=number).first()
    fresh = order is None
    if order is None:
        order = HotlineOrder(number=number, entered_at=clock.now(), by_name=str(by))
        order.due_on = due_on or due_of(said["klass"], sent_on)
    before = {} if fresh else {name: getattr(order, name) for name in _FIELDS}
    for name in _FIELDS:
        if name in said:
            setattr(order, name, said[name])
    order.title = (order.title or order.text)[:200]
    after = {name: getattr(order, name) for name in _FIELDS}
    if before == after:
        return order
    order.save(force_insert=fresh)
    if fresh:
        HotlineRound(order=order, number=1, sent_on=sent_on, due_on=order.due_on, ours=due_on is None).save(
            force_insert=True
        )
    seen = ("klass", "place", "village_code", "facility")  # the trail keeps no caller and no wording
    trail.record(
        "hotline.entered" if fresh else "hotline.reworded", Ref("hotline", number), by=by,
        after={name: after[name] for name in seen} | {"due_on": order.due_on},
    )  # fmt: skip
    return order


@transaction.atomic
def take_in_orders(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """A table of orders; one that is there keeps its rounds. A row with a later 派单日期 than its last round is a 重办."""
    new = changed = 0
    ids: dict[Any, int] = {}
    for row in rows:
        there = HotlineOrder.objects.filter(number=row["number"]).first()
        last = there.rounds.last() if there else None
        if there is not None and last is not None and row["sent_on"] > last.sent_on and last.replied_on is not None:
            send_again(there, sent_on=row["sent_on"], due_on=row.get("due_on"), by=by)
            changed += 1
            ids[row["number"]] = there.pk
            continue
        before = {n: getattr(there, n) for n in _FIELDS} if there else None
        order = keep_order(**{**row, "by": by})
        ids[row["number"]] = order.pk
        new += there is None
        changed += before is not None and before != {n: getattr(order, n) for n in _FIELDS}
    return trail.TakenIn(new, changed, len(rows) - new - changed, ids)


def _round(order: HotlineOrder) -> HotlineRound:
    row = order.rounds.select_for_update().last()
    if row is None:
        raise ValueError("这张工单没有派单记录")
    return row


@transaction.atomic
def link(order: HotlineOrder, issue: str, *, by: trail.Doer) -> None:
    """The order is dealt with as a problem of the ledger."""
    order.issue = issue
    order.save(update_fields=["issue"])
    trail.record("hotline.linked", Ref("hotline", order.number), by=by, after={"issue": issue})


@transaction.atomic
def reply_to_order(order: HotlineOrder, text: str, *, by: trail.Doer, on: date | None = None) -> HotlineRound:
    """The reply of this round. It can be reworded until it was given back to the hotline."""
    text = text.strip()
    if not text:
        raise ValueError("答复内容要写")
    row = _round(order)
    if row.given_back_on:
        raise ValueError(f"答复已于 {row.given_back_on:%Y-%m-%d} 交回热线，不能再改；群众不满意时由热线重新派单")
    row.reply, row.replied_on, row.by_name = text, on or clock.today(), str(by)
    if row.replied_on < row.sent_on:
        raise ValueError("答复日期早于派单日期")
    row.save()
    trail.record(
        "hotline.replied", Ref("hotline", order.number), by=by,
        after={"round": row.number, "on": row.replied_on, "late": row.replied_on > row.due_on},
    )  # fmt: skip
    return row


@transaction.atomic
def give_back(orders: Collection[HotlineOrder], *, by: trail.Doer) -> int:
    """The replies were taken out in the hotline's form: from now on they stand. Gives how many."""
    today, done = clock.today(), []
    for order in orders:
        row = _round(order)
        if row.replied_on and not row.given_back_on:
            row.given_back_on = today
            row.save(update_fields=["given_back_on"])
            order.is_open = False
            order.save(update_fields=["is_open"])
            done.append(order.number)
    if done:
        trail.record("hotline.given_back", Ref("hotline", "all"), by=by, after={"numbers": done})
    return len(done)


@transaction.atomic
def note_call(
    order: HotlineOrder, content: str, *, by: trail.Doer, on: date | None = None, said: str = ""
) -> HotlineRound:
    """What the hotline's own call found: content, fairly, not, or nobody answered. "Not" alone opens nothing: a 重办 does."""
    row = _round(order)
    if row.given_back_on is None:
        raise ValueError("答复还没有交回热线，不会有回访")
    if content not in HotlineRound.Content.values:
        raise ValueError("回访结果要选一个")
    row.content, row.called_on, row.said = content, on or clock.today(), said.strip()[:400]
    if row.called_on < row.given_back_on:
        raise ValueError("回访日期早于交回日期")
    row.save()
    trail.record(
        "hotline.called", Ref("hotline", order.number), by=by, after={"round": row.number, "content": content}
    )
    return row


@transaction.atomic
def send_again(
    order: HotlineOrder, *, sent_on: date, due_on: date | None = None, by: trail.Doer, why: str = ""
) -> HotlineRound:
    """The hotline sends the order again 重办: a new round with a clock of its own; the old one stays as it was."""
    last = _round(order)
    if last.replied_on is None:
        raise ValueError("上一次派单还没有答复")
    if sent_on < last.replied_on:
        raise ValueError("重办日期早于上一次答复")
    due = due_on or due_of(order.klass, sent_on, again=True)
    if due < sent_on:
        raise ValueError("要求答复的日期早于派单日期")
    row = HotlineRound(
        order=order,
        number=last.number + 1,
        sent_on=sent_on,
        due_on=due,
        ours=due_on is None,
        said=why.strip()[:400],
    )
    row.save(force_insert=True)
    order.is_open, order.due_on = True, due
    order.save(update_fields=["is_open", "due_on"])
    trail.record(
        "hotline.again",
        Ref("hotline", order.number),
        by=by,
        because=why,
        after={"round": row.number, "due_on": due},
    )
    return row


@transaction.atomic
def choose_form(name: str, file: Any, *, by: trail.Doer) -> HotlineForm:
    """The county's own form of a reply from now on; the one before is kept."""
    HotlineForm.objects.filter(in_use=True).update(in_use=False)
    form = HotlineForm(name=name[:120], made_at=clock.now(), by_name=str(by))
    form.file.save(name[-60:], file, save=False)
    form.save(force_insert=True)
    trail.record("hotline.form_chosen", Ref("hotline", "form"), by=by, after={"name": name})
    return form


@transaction.atomic
def forget_callers(before: date, *, by: trail.Doer) -> int:
    """Take name and telephone of the caller off orders that ended long enough ago. Gives how many."""
    rows = HotlineOrder.objects.filter(is_open=False, due_on__lt=before).exclude(caller="", phone="")
    count = rows.update(caller="", phone="")
    if count:
        trail.record("hotline.callers_forgotten", Ref("hotline", "all"), by=by, after={"n": count})
    return count
