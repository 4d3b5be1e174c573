"""The phone's page and what it asks of the office: the page itself and its worker hold no data and need no sign-in."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST

from qingxi_office.patrols import actions
from qingxi_office.patrols.actions.parts import AtOffset, have, keep_part, part_of
from qingxi_office.patrols.models import VisitPhoto
from qingxi_office.patrols.pack import pack as packed
from qingxi_office.patrols.wanted import MOST_ROUNDS, read_phone
from qingxi_office.patrols.words import PAGE
from qingxi_office.people import rights
from qingxi_office.trail import clock

_OWN = ("app.js", "map.js", "parts.js", "patrols.css", "photo.js", "station.js", "store.js", "sync.js")
_SHARED = ("design/tokens.css", "design/mark.svg")


def today(request: HttpRequest) -> HttpResponse:
    """The page: the same for everybody, filled on the phone from what the phone holds."""
    return render(request, "patrols/shell.html", {"words": {key: str(word) for key, word in PAGE.items()}})


@cache
def _source(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise LookupError(name)
    with open(found, encoding="utf-8") as file:
        return file.read()


def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of its files and a version that changes with any of them and with the language."""
    names = [*(f"patrols/{name}" for name in _OWN), *_SHARED]
    parts = [_source(name) for name in [*names, "patrols/sw.js"]]
    words = "".join(str(word) for word in PAGE.values())
    version = hashlib.sha256(
        "\0".join([*parts, words, get_language() or "", settings.STATIC_URL]).encode()
    ).hexdigest()[:16]
    files = [reverse("rounds_today"), *(static(name) for name in names)]
    text = f"const VERSION = {json.dumps(version)}, FILES = {json.dumps(files)};\n{parts[-1]}"
    answer = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/"
    answer["Cache-Control"] = "no-cache"
    return answer


def manifest(request: HttpRequest) -> HttpResponse:
    """What the phone needs to put the page on its home screen."""
    return JsonResponse(
        {
            "name": str(PAGE["title"]), "short_name": _("巡查"), "start_url": reverse("rounds_today"), "scope": "/", "display": "standalone",
            "background_color": "#fbfcfb", "theme_color": "#17302c",
            "icons": [{"src": static("design/mark.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
    )  # fmt: skip


@login_required
@ensure_csrf_cookie
def pack(request: HttpRequest) -> HttpResponse:
    """The pack, with the token for sending."""
    if not rights.may(request.user, "record_visit"):
        return JsonResponse(
            {"why": _("您的角色不记巡查；能记的是巡查员、运维班长、乡镇专干和县主管。")}, status=403
        )
    answer = JsonResponse({**packed(request.user), "csrf": get_token(request)})
    answer["Cache-Control"] = "no-store"
    return answer


def _asked(request: HttpRequest) -> dict[str, Any] | None:
    try:
        said = json.loads(request.body)
    except (ValueError, UnicodeDecodeError):
        return None
    return said if isinstance(said, dict) else None


@login_required
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Rounds of a phone. Every round is answered for itself; the same round again is answered as the first time."""
    said = _asked(request)
    rounds = said.get("rounds") if said else None
    by_phone = read_phone(said.get("phone"), said.get("phone_now")) if said else None
    if by_phone is None or not isinstance(rounds, list):
        return JsonResponse({"why": _("手机送来的东西看不懂，请更新手机上的页面。")}, status=400)
    if len(rounds) > MOST_ROUNDS:
        return JsonResponse({"why": _("一次最多送 %d 条。") % MOST_ROUNDS}, status=413)
    taken = actions.take_in_rounds(
        [one if isinstance(one, dict) else {} for one in rounds], by=request.user, phone=by_phone[0], phone_now=by_phone[1],
        agent=request.headers.get("User-Agent", ""),
    )  # fmt: skip
    return JsonResponse(
        {
            "now": clock.now().isoformat(),
            "rounds": [
                {
                    "uuid": t.uuid, "state": t.state, "key": t.key, "report": t.report,
                    "at": t.at.isoformat() if t.at else None,
                    "photos": [{"sha256": sha, "here": here} for sha, here in t.photos],
                    "faults": [f.as_json() for f in t.faults],
                }
                for t in taken
            ],
        }
    )  # fmt: skip


@login_required
def photo(request: HttpRequest, number: UUID, sha256: str) -> HttpResponse:
    """How much of a photograph is here (GET), and the next part of it (PUT, ``?from=`` bytes)."""
    row = part_of(request.user, number, sha256)
    if row is None:
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"why": _("没有这张照片"), "have": 0}, status=404)
        raise Http404
    if request.method != "PUT":
        return JsonResponse({"have": have(row), "of": row.size, "here": row.state != VisitPhoto.State.AWAITED})
    start = request.GET.get("from", "")
    if not start.isdigit():
        return JsonResponse({"have": have(row), "why": _("要说从第几个字节接着传")}, status=400)
    try:
        there = keep_part(row, int(start), request)
    except AtOffset as error:
        return JsonResponse({"have": error.have, "why": str(error)}, status=409)
    except ValueError as error:
        return JsonResponse({"have": 0, "why": str(error)}, status=422)
    return JsonResponse({"have": there, "of": row.size, "here": there >= row.size})
