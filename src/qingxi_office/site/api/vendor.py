"""POST /api/v1/vendor/readings: a vendor's platform hands its readings in; every fault is named, good values are kept."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja import Field, Schema, Status
from ninja.errors import HttpError

from qingxi.origin import Fault
from qingxi_office.access.queries import PUSH_SCOPE, by_token
from qingxi_office.readings.actions.vendors import cloud_of_token, take_in_items
from qingxi_office.site.api.shapes import Problem
from qingxi_office.site.api.v1 import TokenAuth, api

__all__ = ["PushFault", "PushOut", "api", "push_vendor_readings"]

MOST_BYTES = 1024 * 1024
MOST_ITEMS = 5000
MOST_FAULTS = 1000


def _(text: str) -> str:
    """Marked for the catalogue, not translated here."""
    return text


class PushFault(Schema):
    index: int | None = Field(description=_("第几条，从 0 数"))
    field: str = Field(description=_("哪个字段"))
    value: str = Field(description=_("送来的值"))
    rule: str = Field(description=_("违反了什么"))
    remedy: str = Field(description=_("怎么改"))
    code: str = Field(description=_("毛病的固定代号"))


class PushOut(Schema):
    items: int = Field(description=_("送来多少条"))
    good: int = Field(description=_("至少收下一个数的条数"))
    new: int = Field(description=_("新收下的数"))
    changed: int = Field(description=_("改了的数"))
    same: int = Field(description=_("早就有、没有动的数"))
    faults_total: int = Field(description=_("毛病一共几处；faults 里最多列 1000 处"))
    faults: list[PushFault] = Field(description=_("每一处毛病"))


def _fault(one: Fault) -> dict[str, Any]:
    told = one.as_json()
    return {"index": one.row, **{name: told[name] for name in ("field", "value", "rule", "remedy", "code")}}


def _no_constant(said: str) -> Any:
    raise ValueError(f"{said} 不是 JSON 的数")


def _items(request: HttpRequest) -> list[Any]:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise HttpError(413, f"一次最多 {MOST_BYTES // 1024} KB，请分几次送")
    try:
        body = request.body
    except RequestDataTooBig:
        raise HttpError(413, f"一次最多 {MOST_BYTES // 1024} KB，请分几次送") from None
    try:
        items = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise HttpError(400, "正文不是 JSON；写成一列 [{…}, {…}]，UTF-8") from None
    if not isinstance(items, list):
        raise HttpError(400, "正文要是一列 [{…}, {…}]")
    if len(items) > MOST_ITEMS:
        raise HttpError(413, f"一次最多 {MOST_ITEMS} 条，请分几次送")
    return items


@api.post(
    "/vendor/readings", auth=TokenAuth(), url_name="vendor_readings", operation_id="push_vendor_readings",
    response={200: PushOut, 207: PushOut, 400: Problem, 401: Problem, 403: Problem, 413: Problem},
    openapi_extra={"x-rule": "wire", "x-scope": PUSH_SCOPE, "x-deed": "load", "tags": ["vendor"]},
)  # fmt: skip
def push_vendor_readings(request: HttpRequest) -> Any:
    """Items ``[{"device": …, "at": …, "flow": …}]`` of the vendor whose token it is; 207 when something stayed out."""
    token = by_token(request.headers.get("Authorization", "").partition(" ")[2].strip())
    if token is None or PUSH_SCOPE not in token.scopes:
        raise HttpError(403, "这个令牌不能送数；厂家的令牌由县里在“厂家接入”页发")
    cloud = cloud_of_token(token)
    if cloud is None:
        raise HttpError(403, "这个令牌没有对应的厂家，或这家已停用")
    read, counts = take_in_items(cloud, _items(request), by=token.user, way="push")
    told = {
        "items": read.items, "good": read.good, "new": counts.new, "changed": counts.changed, "same": counts.same,
        "faults_total": len(read.faults), "faults": [_fault(f) for f in read.faults[:MOST_FAULTS]],
    }  # fmt: skip
    return Status(207 if read.faults else 200, told)
