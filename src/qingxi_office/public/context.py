"""What the frame of a public page asks for when its view has not said it: read only when a template does."""

from __future__ import annotations

from django.utils.functional import SimpleLazyObject

from qingxi_office.public import pages
from qingxi_office.public.menu import MENU


def door(_request: object) -> dict[str, object]:
    """``door`` (the foot's words, one query), ``door_menu``, ``host_name`` (one query)."""
    return {"door": SimpleLazyObject(pages.door), "door_menu": MENU, "host_name": SimpleLazyObject(pages.host_name)}
