"""What goes out: gathered into digests, sent, tried again, and given up where it can be seen."""

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from qingxi.standard import load_table
from qingxi_office.notices import queries
from qingxi_office.notices.kinds import EMAIL, SMS, WEBHOOK, outside_words
from qingxi_office.notices.models import Channel, Delivery, Mailbox, Notice
from qingxi_office.notices.seal import unseal
from qingxi_office.notices.senders import SENDERS, NotSent
from qingxi_office.trail import clock

TITLE = "清溪：有事等您"
_GROUPS = (Channel.Kind.WECOM, Channel.Kind.DINGTALK)
_WAY_OF = {Channel.Kind.EMAIL: EMAIL, Channel.Kind.SMS: SMS}


def backoff() -> list[timedelta]:
    """How long to wait after each failed try; after the last one the message is given up."""
    table = load_table("notices")
    return [timedelta(minutes=table[f"retry.{n}"]) for n in range(1, 6)]


def is_quiet(now: time, begins: time | None, ends: time | None) -> bool:
    """Whether a time of day lies in the quiet hours, which may go over midnight."""
    if begins is None or ends is None or begins == ends:
        return False
    return begins <= now < ends if begins < ends else now >= begins or now < ends


def _link() -> str:
    base = getattr(settings, "QINGXI_URL", "")
    return f"{base}/notices/" if base else "请登录清溪查看"


def gather(now: datetime | None = None) -> int:
    """Make one message a person and way (and one a group) of all that is not yet told outside; gives how many.

    What was read in the office meanwhile is not sent. Quiet hours and the digest's rhythm leave it for later.
    """
    now = now or clock.real_now()
    if not Notice.objects.filter(Q(outside_done=False) | Q(group_done=False)).exists():
        return 0
    at = timezone.localtime(now).time()
    Notice.objects.filter(outside_done=False).exclude(read_at=None).update(outside_done=True, group_done=True)
    channels = list(Channel.objects.filter(is_on=True))
    return _gather_people(now, at, channels) + _gather_groups(now, at, channels)


@transaction.atomic
def _gather_people(now: datetime, at: time, channels: list[Channel]) -> int:
    waiting: dict[int, list[Notice]] = defaultdict(list)
    for notice in Notice.objects.select_for_update().filter(outside_done=False).order_by("id")[:5000]:
        waiting[notice.person_pk].append(notice)
    boxes = {box.person_pk: box for box in Mailbox.objects.filter(person_pk__in=waiting)}
    chosen = queries.ways_of(waiting, {n.kind for rows in waiting.values() for n in rows})
    made, done, sent_to = [], [], []
    for pk, rows in waiting.items():
        box = boxes.get(pk)
        if box is not None and (
            is_quiet(at, box.quiet_from, box.quiet_to)
            or (box.last_sent_at and now - box.last_sent_at < timedelta(minutes=box.digest_minutes))
        ):
            continue
        done += [n.pk for n in rows]
        for channel in channels:
            way = _WAY_OF.get(Channel.Kind(channel.kind))
            if box is None or way is None or not (box.email if way == EMAIL else box.mobile):
                continue
            counts = Counter(n.kind for n in rows if way in chosen[pk, n.kind])
            if counts:
                made.append(_message(channel, counts, now, pk))
                sent_to.append(pk)
    Delivery.objects.bulk_create(made)
    Notice.objects.filter(pk__in=done).update(outside_done=True)
    Mailbox.objects.filter(person_pk__in=sent_to).update(last_sent_at=now)
    return len(made)


@transaction.atomic
def _gather_groups(now: datetime, at: time, channels: list[Channel]) -> int:
    rows = list(Notice.objects.select_for_update().filter(group_done=False).order_by("id")[:5000])
    chosen = queries.ways_of({n.person_pk for n in rows}, {n.kind for n in rows})
    events = {n.once: n.kind for n in rows if WEBHOOK in chosen[n.person_pk, n.kind]}
    groups = [channel for channel in channels if channel.kind in _GROUPS]
    every = timedelta(minutes=load_table("notices")["digest.minutes"])
    if not groups:
        Notice.objects.filter(pk__in=[n.pk for n in rows]).update(group_done=True)
        return 0
    if not events or any(
        is_quiet(at, _time(c.setting.get("quiet_from")), _time(c.setting.get("quiet_to")))
        or (c.last_sent_at and now - c.last_sent_at < every)
        for c in groups
    ):
        return 0  # the groups speak together, so that one mark at the notice is enough
    made = [_message(channel, Counter(events.values()), now, None) for channel in groups]
    Delivery.objects.bulk_create(made)
    Channel.objects.filter(pk__in=[c.pk for c in groups]).update(last_sent_at=now)
    Notice.objects.filter(pk__in=[n.pk for n in rows]).update(group_done=True)
    return len(made)


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _message(channel: Channel, counts: Counter[str], now: datetime, person_pk: int | None) -> Delivery:
    return Delivery(
        channel=channel, person_pk=person_pk, title=TITLE, text=f"{outside_words(counts)}。{_link()}", next_at=now, made_at=now
    )  # fmt: skip


def _address(row: Delivery) -> str:
    """Where it goes, read at the moment of sending: no address is kept with the message."""
    if row.person_pk is None:
        return ""
    box = Mailbox.objects.filter(person_pk=row.person_pk).first()
    address = (box.email if row.channel.kind == Channel.Kind.EMAIL else box.mobile) if box else ""
    if not address:
        raise NotSent("这个人没有留地址")
    return address


def send_due(now: datetime | None = None, at_most: int = 100) -> tuple[int, list[Delivery]]:
    """Send what is due; gives how many left, and those given up now.

    Each is taken by one conditional update first, so that two workers never send the same.
    """
    now = now or clock.real_now()
    waits, sent, given_up = backoff(), 0, []
    due = Delivery.objects.filter(state=Delivery.State.WAITING, next_at__lte=now, channel__is_on=True)
    for row in list(due.select_related("channel").order_by("id")[:at_most]):
        mine = Delivery.objects.filter(pk=row.pk, state=Delivery.State.WAITING, next_at=row.next_at).update(
            next_at=now + timedelta(minutes=2), tries=F("tries") + 1
        )
        if not mine:
            continue
        row.tries += 1
        try:
            SENDERS[row.channel.kind](
                row.channel.setting, unseal(row.channel.secret), _address(row), row.title, row.text
            )
        except (NotSent, ValueError, KeyError) as error:
            row.error = str(error)[:300]
            if row.tries > len(waits):
                row.state = Delivery.State.FAILED
                given_up.append(row)
            else:
                row.next_at = now + waits[row.tries - 1]
        else:
            row.state, row.sent_at, row.error = Delivery.State.SENT, clock.real_now(), ""
            sent += 1
        row.save(update_fields=["state", "error", "next_at", "sent_at"])
    return sent, given_up


def send_again(row: Delivery) -> None:
    """A message that was given up is tried once more from the start."""
    Delivery.objects.filter(pk=row.pk, state=Delivery.State.FAILED).update(
        state=Delivery.State.WAITING, tries=0, next_at=clock.real_now(), error=""
    )
