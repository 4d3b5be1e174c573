"""Who may settle the open door and hand out its keys: whoever may publish. The room itself knows no people."""

from __future__ import annotations

from typing import Any

from qingxi_office.opendata import actions
from qingxi_office.opendata.models import OpenKey, OpenRule
from qingxi_office.people import rights


def settle(*, by: Any, posting: str, licence: str, licence_url: str, contact: str, map_number: str) -> OpenRule:
    """Posting, licence, telephone and map number. Raises Denied, ValueError."""
    rights.check(by, "publish")
    return actions.settle(
        posting=posting,
        licence=licence,
        licence_url=licence_url,
        contact=contact,
        map_number=map_number,
        by=by,
    )


def make_key(name: str, *, by: Any) -> tuple[OpenKey, str]:
    """A platform's key; its secret is given once. Raises Denied, ValueError."""
    rights.check(by, "publish")
    return actions.make_key(name, by=by)


def revoke_key(row: OpenKey, *, by: Any) -> None:
    rights.check(by, "publish")
    actions.revoke_key(row, by=by)
