"""The ways out, and each person's own choices."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from django.core.validators import validate_email
from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.notices.kinds import KINDS, WAYS
from qingxi_office.notices.models import Channel, Mailbox, Preference
from qingxi_office.notices.seal import seal, unseal
from qingxi_office.notices.senders import SENDERS, NotSent
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_NEEDS = {"email": ("host", "sender"), "sms": ("url",), "wecom": (), "dingtalk": ()}


@transaction.atomic
def keep_channel(
    kind: str, name: str, setting: Mapping[str, Any], secret: str, *, by: trail.Doer, row: Channel | None = None
) -> Channel:
    """A new channel, or another setting of one; an empty secret keeps the one that is there. Raises ValueError."""
    name = name.strip()
    if kind not in SENDERS or not name:
        raise ValueError("请选渠道类型并起个名字")
    if lacking := [field for field in _NEEDS[kind] if not setting.get(field)]:
        raise ValueError("还要填：" + "、".join(lacking))
    if kind in ("wecom", "dingtalk") and not (secret or (row and row.secret)):
        raise ValueError("请填群机器人的 Webhook 地址")
    if secret and kind in ("wecom", "dingtalk") and not secret.startswith(("https://", "http://")):
        raise ValueError("Webhook 地址须以 http:// 或 https:// 开头")
    if Channel.objects.filter(name=name).exclude(pk=row.pk if row else None).exists():
        raise ValueError("这个名字已经有了")
    row = row or Channel(kind=kind, made_at=clock.now())
    row.name, row.setting, row.is_on = name[:60], dict(setting), True
    if secret:
        row.secret = seal(secret)
    row.save()
    trail.record("channel.kept", Ref("channel", str(row.pk)), by=by, after={"kind": kind, "name": name})
    return row


@transaction.atomic
def switch(row: Channel, on: bool, *, by: trail.Doer) -> None:
    """Open or close a channel; what waits for it stays."""
    row.is_on = on
    row.save(update_fields=["is_on"])
    trail.record("channel.switched", Ref("channel", str(row.pk)), by=by, after=on)


def try_channel(row: Channel, to: str) -> str:
    """Send one word of trial now; gives "" or why it did not leave."""
    try:
        SENDERS[row.kind](row.setting, unseal(row.secret), to, "清溪：试一试", "收到这条就说明渠道通了。")
    except (NotSent, ValueError, KeyError) as error:
        return str(error)
    return ""


@transaction.atomic
def keep_mailbox(
    person_pk: int, *, email: str = "", mobile: str = "", quiet_from: str = "", quiet_to: str = "", digest_minutes: int = 30
) -> Mailbox:  # fmt: skip
    """Where a person wants to be reached; theirs alone. Raises ValidationError or ValueError on a wrong address."""
    if email:
        validate_email(email)
    if mobile and not (mobile.isdigit() and 5 <= len(mobile) <= 20):
        raise ValueError("手机号只写数字")
    row = Mailbox.objects.filter(person_pk=person_pk).first() or Mailbox(person_pk=person_pk)
    row.email, row.mobile = email, mobile
    row.quiet_from = time.fromisoformat(quiet_from) if quiet_from else None
    row.quiet_to = time.fromisoformat(quiet_to) if quiet_to else None
    row.digest_minutes = min(max(int(digest_minutes), 0), 1440)
    row.save()
    return row


@transaction.atomic
def choose(person_pk: int, chosen: Mapping[str, Iterable[str]]) -> None:
    """By which ways each kind; a kind left out keeps what it had. Unknown ways are dropped."""
    for kind, ways in chosen.items():
        if kind in KINDS:
            Preference.objects.update_or_create(
                person_pk=person_pk, kind=kind, defaults={"ways": [way for way in WAYS if way in set(ways)]}
            )
