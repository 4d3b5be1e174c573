"""From a moment on a facility's axis to the packet of its device: the page of the device's day, at that packet's bytes."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from qingxi_office.readings.device_day import device_day

from . import seen
from .device_packets import day_in
from .facilities import get_facility


@login_required
def facility_day(request: HttpRequest, key: str, day: str) -> HttpResponse:
    """To the packets of a day; with ``?at=`` (seconds since 1970 UTC) and ``&kind=`` to the packet of that moment.

    The axis shows the effluent; of several devices the one there is meant.
    """
    f = get_facility(request.user, key)
    rows = list(seen.devices(request.user).filter(facility=f).order_by("mn").values_list("mn", "point"))
    if not rows:
        raise Http404
    mn = next((mn for mn, point in rows if point == "effluent"), rows[0][0])
    to, on, at = reverse("device_packets", args=[mn, day]), day_in(day), request.GET.get("at", "")
    if on is None or not (at.isascii() and at.isdigit()):
        return redirect(to)
    kind = request.GET.get("kind", "")
    there = [one for one in device_day(mn, on).packets if str(one.at_s) == at]
    best = max(there, key=lambda one: (one.kind == kind, one.newest, one.version), default=None)
    return redirect(f"{to}?at={best.key}#raw" if best else to)
