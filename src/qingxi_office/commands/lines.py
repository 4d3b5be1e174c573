"""Lines as a county has them: devices with their vendors' names, and some that call before anybody registered them."""

import contextlib
import socket
from datetime import date, datetime, time, timedelta
from typing import Any

from qingxi.wire.hj212 import BEIJING, encode, upload

_VENDORS = ("清测仪器有限公司(虚构)", "蓝川物联科技有限公司(虚构)")
_STRANGERS = ("99990100000901", "99990100000902")
_HOURS = 4


def name_vendors(*, by: Any) -> int:
    """Write into the register who made each device; two of three are the first one's."""
    from qingxi_office.readings.actions.devices import keep_device
    from qingxi_office.readings.models import Device

    rows = list(Device.objects.order_by("mn"))
    for n, row in enumerate(rows):
        keep_device(row, {"vendor": _VENDORS[n % 3 == 2]}, by=by, because="铭牌上写的")
    return len({row.vendor for row in Device.objects.all()})


def strangers_call(port: int, day: date) -> int:
    """Devices that nobody registered report the day's first hours; nobody answers them, and all they say is kept."""
    first = datetime.combine(day, time(6), BEIJING)
    for mn in _STRANGERS:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            for n in range(_HOURS):
                at = first + timedelta(hours=n)
                said = upload(
                    "2061", mn=mn, pw="123456", at=at, values={"cod": {"Avg": 31.0 + n, "Flag": "N"}},
                    sent_at=at + timedelta(hours=1, seconds=5),
                )  # fmt: skip
                line.sendall(encode(said))
            line.shutdown(socket.SHUT_WR)
            with contextlib.suppress(TimeoutError):
                while line.recv(4096):
                    pass  # nothing is owed to a stranger; the receiver hangs up when it has read all
    return len(_STRANGERS)
