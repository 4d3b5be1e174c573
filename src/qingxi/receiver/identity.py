"""Is this message from a device we know, and may it be believed at all?"""

import hmac
import re
from collections.abc import Mapping
from typing import Final

from qingxi.wire import Device
from qingxi.wire.hj212 import Message, device_time
from qingxi.wire.hj212.plain import Plain

WHY_REFUSED: Final[Mapping[str, str]] = {
    "unknown-device": "MN 未登记",
    "disabled-device": "设备已停用",
    "password": "PW 不符",
    "clock": "DataTime 超前于服务器时间",
    "not-allowed": "ST 或 CN 不在准许范围",
    "peer": "来访地址不在准许范围",
    "not-kept": "报文无法入库",
}
"""Reasons of the receiver's own quarantine, in words for a page."""


_SAID = re.compile(rb"[;#0-9]MN=([^;&\r\n]{1,40})")


def claimed_mn(raw: bytes) -> str:
    """The MN that stands in bytes which are no valid frame, empty for none: whose line is bad, never whose data."""
    found = _SAID.search(raw)
    return found.group(1).decode("ascii", "replace") if found else ""


def refusal(
    message: Message | Plain, devices: Mapping[str, Device], now_ms: int, future_h: float, peer: str = ""
) -> tuple[str, str] | None:
    """Why a message is refused, as (reason, detail), or None when it may be kept.

    Rules
    -----
    1. The MN is registered; otherwise the device becomes a candidate to admit.
    2. It is enabled.
    3. Its password is equal, compared in constant time.
    4. It calls from a network that the register allows it; and speaks the ST and CN allowed. Answers and heartbeats
       (9011 to 9015) are always allowed.
    5. Its DataTime is not more than ``future_h`` ahead of the server's clock. Late data are welcome.
    """
    device = devices.get(message.mn)
    if device is None:
        return "unknown-device", ""  # RULE 1
    if not device.enabled:
        return "disabled-device", ""  # RULE 2
    if not hmac.compare_digest(message.pw.encode("utf-8"), device.password.encode("utf-8")):
        return "password", ""  # RULE 3
    if device.peers and not device.may_call_from(peer):
        return "peer", peer  # RULE 4
    if device.st_allowed and message.st not in device.st_allowed and message.st != "91":
        return "not-allowed", f"ST={message.st}"  # RULE 4
    if device.cn_allowed and message.cn not in device.cn_allowed and not message.cn.startswith("901"):
        return "not-allowed", f"CN={message.cn}"  # RULE 4
    at = device_time(message.data_time) if message.data_time else None
    if at is not None and at.timestamp() - now_ms / 1000 > future_h * 3600:
        return "clock", message.data_time  # RULE 5
    return None
