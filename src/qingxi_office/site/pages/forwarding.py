"""上级转发: what upper platforms have heard, and what they have still to hear."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.readings import device_queries as queries
from qingxi_office.readings.actions import devices as actions
from qingxi_office.readings.models import UpperPlatform


@login_required
def forwarding(request: HttpRequest) -> HttpResponse:
    """Every platform with where it stands; its form."""
    if not queries.sees_lines(request.user):
        raise Http404
    user, typed = request.user, None
    rows = queries.platforms(user)
    chosen = next((row for row, _p in rows if str(row.pk) == request.GET.get("platform")), None)
    if request.method == "POST":
        rights.check(user, "set_forwarding")
        typed = request.POST
        chosen = next((row for row, _p in rows if str(row.pk) == typed.get("pk")), None)
        try:
            kept = actions.keep_platform(chosen, _values(typed), by=user)
        except ValueError as error:
            messages.error(request, _("没有存：%s") % error)
        else:
            messages.success(request, _("%s 已存，转发程序两秒内照办。") % kept.name)
            return redirect("forwarding")
    told = [_told(row, position) for row, position in rows]
    return render(
        request, "site/forwarding.html",
        {
            "rows": told, "answer": _answer(told), "may": rights.may(user, "set_forwarding"), "chosen": chosen,
            "new": request.GET.get("platform") == "new" or (typed is not None and chosen is None), "typed": typed or _shown(chosen), "editions": ("2005", "2017", "2025"),
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


def _told(row: UpperPlatform, position: Any) -> dict[str, Any]:
    state = State("unknown", _("转发程序没有开过"))
    if not row.enabled:
        state = State("plain", _("停着"), "player-pause")
    elif position is not None:
        state = {"up": State("good", _("连着")), "down": State("bad", _("断了"))}.get(
            position.state, State("watch", _("没有在转"))
        )
    acked = position.acked_ms if position is not None else 0
    return {
        "row": row, "state": state, "p": position,
        "acked_at": dt.datetime.fromtimestamp(acked / 1000, timezone.get_current_timezone()) if acked else None,
    }  # fmt: skip


def _answer(rows: list[dict[str, Any]]) -> str:
    on = [r for r in rows if r["row"].enabled]
    if not rows:
        return _("还没有登记上级平台，数据只在本县。")
    if not on:
        return _("%d 家上级平台都停着，数据只在本县。") % len(rows)
    down = [r["row"].name for r in on if r["p"] is None or r["p"].state != "up"]
    behind = max((r["p"].behind for r in on if r["p"] is not None), default=0)
    if down:
        return _("%(names)s没有连上，报文都留着，连上以后接着送。") % {"names": "、".join(down[:3])}
    if behind:
        return _("%(n)d 家上级平台都连着，最多的一家还有 %(m)s 个报文没看完。") % {"n": len(on), "m": f"{behind:,}"}
    return _("%d 家上级平台都连着，该送的都送到了。") % len(on)


def _shown(row: UpperPlatform | None) -> dict[str, Any]:
    if row is None:
        return {"edition": "2017", "enabled": "1"}
    return {
        "name": row.name, "host": row.host, "port": row.port, "edition": str(row.edition), "st": row.st, "cn": row.cn,
        "mns": "\n".join(f"{a}={b}" if a != b else a for a, b in row.mns.items()), "enabled": "1" if row.enabled else "",
    }  # fmt: skip


def _values(said: Any) -> dict[str, Any]:
    """The form's values. Raises ValueError with the field for what cannot be read."""
    port, edition = said.get("port", "").strip(), said.get("edition", "")
    if not port.isdigit():
        raise ValueError(_("端口要是数字"))
    if edition not in ("2005", "2017", "2025"):
        raise ValueError(_("协议版本只能是 2005、2017 或 2025"))
    mns = {}
    for line in said.get("mns", "").splitlines():
        ours, mark, theirs = (part.strip() for part in line.partition("="))
        if ours and (theirs or not mark):
            mns[ours] = theirs or ours
    key = said.get("sm4_key", "").strip()
    if key:
        try:
            bytes.fromhex(key)
        except ValueError:
            raise ValueError(_("SM4 密钥要是 32 位十六进制")) from None
    return {
        "name": said.get("name", "").strip()[:40], "host": said.get("host", "").strip()[:120], "port": int(port),
        "edition": int(edition), "st": said.get("st", "").strip()[:60], "cn": said.get("cn", "").strip()[:200], "mns": mns,
        "enabled": said.get("enabled") == "1", "password": said.get("password", "").strip()[:40], "sm4_key": key,
    }  # fmt: skip
