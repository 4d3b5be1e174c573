"""Asking a vendor's platform for what it has: one GET with a header, a JSON answer, plain dotted paths."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from typing import Any

from qingxi.reading.pushed import dotted, read_time
from qingxi_office.readings.actions.vendors import Counts, note_failure, points_of, take_in_items
from qingxi_office.readings.models import VendorCloud
from qingxi_office.trail import clock

TIMEOUT_S = 20.0
MOST_BYTES = 16 * 1024 * 1024
_FIRST_DAYS = 7  # how far back the first question goes
_MOST_PAGES = 50
_SET_BACK = timedelta(
    hours=1
)  # asked again each time, for what the vendor got late; the same values change nothing


class NotPulled(Exception):
    """Nothing could be had; the sentence says why. Never carries a secret."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A platform that sends us elsewhere is not the one that the county named: the token goes nowhere else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def pull(cloud: VendorCloud, *, by: Any, back: timedelta = _SET_BACK) -> tuple[Counts, int]:
    """Ask until the vendor has nothing newer; gives what it changed and how many faults were named.

    What was taken in is kept with the position in one transaction a page: an interrupted round goes on from there.

    Parameters
    ----------
    back : timedelta
        How far before the position the question begins. One that goes further back than is usual may be more than the
        platform gives at once: that it came to nothing is no failure of the platform, and not kept with the record.

    Raises
    ------
    NotPulled
        The platform did not answer, or not as its settings say; since when is kept with the record.
    """
    total, faults = Counts(), 0
    since: datetime = cloud.position - back if cloud.position else clock.now() - timedelta(days=_FIRST_DAYS)
    told: dict[str, Any] = {}
    try:
        for _page in range(_MOST_PAGES):
            before = told
            told = {json.dumps(item, sort_keys=True): item for item in _items(cloud, since)}
            items = [
                item for key, item in told.items() if key not in before
            ]  # a page begins with the last one's end
            if before and not items:
                break
            read, counts = take_in_items(cloud, items, by=by, way="pull")
            total = Counts(*(a + b for a, b in zip(_tuple(total), _tuple(counts), strict=True)))
            faults += len(read.faults)
            # A platform that gives pages from {since} on has more as long as the newest time moves on, whether we know the
            # values already (an hour is asked again, and a page may be shorter) or not (devices that nobody mapped).
            newest = _newest(items)
            if "{since}" not in cloud.url or newest is None or newest <= since:
                break
            since = newest
    except NotPulled as error:
        if back <= _SET_BACK:
            note_failure(cloud, str(error))
        raise
    return total, faults


def _tuple(counts: Counts) -> tuple[int, ...]:
    return counts.new, counts.changed, counts.same, counts.days, counts.device_days, counts.breaks


def _newest(items: list[Any]) -> datetime | None:
    """The latest time among the items; None where none has one."""
    found = []
    for item in items:
        with contextlib.suppress(ValueError):
            found.append(read_time(item.get("at") if isinstance(item, dict) else None, clock.now())[2])
    return max(found, default=None)


def _items(cloud: VendorCloud, since: datetime) -> list[Any]:
    document = _ask(address(cloud, since), cloud)
    rows = dotted(document, cloud.rows_path)
    if not isinstance(rows, list):
        raise NotPulled(f"回答里“{cloud.rows_path or '最外层'}”不是一列数据")
    fields = sorted({point.field for point in points_of(cloud)})
    return [
        {"device": dotted(row, cloud.device_path), "at": dotted(row, cloud.at_path)}
        | {name: value for name in fields if (value := dotted(row, name)) is not None}
        if isinstance(row, dict)
        else row
        for row in rows
    ]


def address(cloud: VendorCloud, since: datetime) -> str:
    """The address to ask now: ``{since}`` and ``{until}`` stand for times in Beijing, ISO 8601."""
    now = clock.now()
    said = {"{since}": since, "{until}": now}
    url = cloud.url
    for mark, at in said.items():
        local = at.astimezone(now.tzinfo).isoformat(timespec="seconds")
        url = url.replace(mark, urllib.parse.quote(local, safe=""))
    return url


def _why(error: Exception) -> str:
    """What went wrong on the line, in a word."""
    inner = getattr(error, "reason", None) or error
    known = (
        (TimeoutError, f"{TIMEOUT_S:.0f} 秒没有回答"),
        (ConnectionRefusedError, "对方没有开这个端口"),
        (ConnectionError, "线路断了"),
        (ssl.SSLError, "证书或加密不对"),
        (socket.gaierror, "没有这个域名"),
    )
    return next((word for kind, word in known if isinstance(inner, kind)), type(inner).__name__)


def _ask(url: str, cloud: VendorCloud) -> Any:
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise NotPulled("地址须以 http:// 或 https:// 开头")
    headers = {"Accept": "application/json"} | (
        {cloud.header: cloud.secret} if cloud.header and cloud.secret else {}
    )
    try:
        with _OPENER.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S) as answer:
            body = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise NotPulled(f"对方答 HTTP {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotPulled(f"连不上：{_why(error)}") from None
    if len(body) > MOST_BYTES:
        raise NotPulled(f"回答超过 {MOST_BYTES // 1024 // 1024} MB，请用 {{since}} 分段取")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotPulled("对方的回答不是 JSON") from None
