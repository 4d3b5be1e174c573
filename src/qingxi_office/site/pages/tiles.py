"""/tiles/<layer>/<z>/<x>/<y>.mvt: a map that stays fluid with 30,000 houses, each tile asked for by somebody with rights."""

from __future__ import annotations

import hashlib

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified

from qingxi_office.site.tiles.layers import HIGHEST, LAYERS, LOWEST

from . import seen

KIND = "application/vnd.mapbox-vector-tile"


@login_required
def tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile; 404 for a layer that this person's role does not see, 204 where it holds nothing.

    ``?version=`` names a version of the plan; without it pipes are those in force and houses stand as registered.
    """
    known = LAYERS.get(layer)
    if known is None or not (LOWEST <= z <= HIGHEST and x < 1 << z and y < 1 << z):
        raise Http404
    draw, kind, planned = known
    if not seen.may_see(request.user, kind):
        raise Http404
    asked = request.GET.get("version", "")
    plan = seen.plan_version(request.user, asked) if asked or planned else None
    if asked and plan is None:
        raise Http404
    body = draw(request.user, plan, z, x, y)
    mark = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    # Asked again each time, so that rights taken away are taken away at once; what has not changed is not sent again.
    headers = {"Cache-Control": "private, no-cache", "ETag": mark, "Vary": "Cookie"}
    if request.headers.get("If-None-Match") == mark:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(body, content_type=KIND, status=200 if body else 204)
    for name, value in headers.items():
        answer[name] = value
    return answer
