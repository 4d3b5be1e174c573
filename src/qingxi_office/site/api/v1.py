"""Version 1: lists with a cursor, single records, ETags, errors as problem+json (RFC 9457), sign-in by session or token."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from qingxi_office.access import actions, queries
from qingxi_office.people.rights import Extent, extent
from qingxi_office.site.api.books import BOOKS, Book
from qingxi_office.site.api.shapes import Page, Problem
from qingxi_office.site.gate import SECOND

MOST = 200
USUAL = 50


class TokenAuth(HttpBearer):
    """``Authorization: Bearer qx_…``: a personal token, narrowed to its scopes."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        held = queries.by_token(token)
        if held is None:
            return None
        actions.note_token_used(held)
        request.scopes = held.scopes  # type: ignore[attr-defined]
        return held.user


def signed_in(request: HttpRequest) -> Any:
    """The session of the pages, with its second factor where the role must have one."""
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    if queries.asks_second_factor(user) and not request.session.get(SECOND):
        return None
    return user


class Api(NinjaAPI):
    def create_response(self, request: HttpRequest, data: Any, **kwargs: Any) -> HttpResponse:
        """Every answer has its ETag; who has it already is told so (304)."""
        answer = super().create_response(request, data, **kwargs)
        if answer.status_code == 200 and request.method == "GET":
            tag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
            if tag in request.headers.get("If-None-Match", "").replace("W/", ""):
                answer = HttpResponse(status=304)
            answer["ETag"] = tag
            answer["Cache-Control"] = "private, no-cache"
            answer["Vary"] = "Authorization, Cookie"
        return answer


api = Api(
    title="清溪接口", version="1", urls_namespace="api-v1", docs_url=None, openapi_url="/openapi.json",
    auth=[TokenAuth(), signed_in],
    description="只读，只有厂家送数是写。看得到的和页面上一样多。列表用 cursor 翻页，一页最多 200 条。错误按 RFC 9457。",
)  # fmt: skip


def _problem(status: int, title: str, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json; charset=utf-8"
    )


@api.exception_handler(Http404)
def _not_there(request: HttpRequest, _error: Any) -> HttpResponse:
    return _problem(404, "没有", "没有这一条，或者不归您看")


@api.exception_handler(AuthenticationError)
def _who(request: HttpRequest, _error: Any) -> HttpResponse:
    answer = _problem(401, "没有登录", "令牌不对、过期或作废了；也可以先在页面上登录")
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: Any) -> HttpResponse:
    return _problem(403, "不归您", str(error))


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: Any) -> HttpResponse:
    return _problem(error.status_code, "不能这样问", str(error))


@api.exception_handler(ValidationError)
def _wrong(request: HttpRequest, error: Any) -> HttpResponse:
    lines = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors]
    return _problem(422, "不能这样问", "；".join(lines))


def _open(request: Any, book: Book) -> Any:
    """The rows of a book for whoever asks; 404 for a role that sees none of the kind, 403 for a token without the scope."""
    scopes = getattr(request, "scopes", None)
    if scopes is not None and book.name not in scopes:
        raise HttpError(403, f"这个令牌不能读 {book.name}")
    if extent(request.auth, book.sees) is Extent.NOTHING:
        raise Http404
    return book.rows(request.auth)


def _cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(str(value).encode()).decode().rstrip("=")


def _after(text: str, book: Book) -> Any:
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        return int(value) if book.number else value
    except ValueError as error:
        raise HttpError(400, "cursor 不对，从头再来") from error


def _value(row: Any, way: str) -> Any:
    for name in way.split("__"):
        row = getattr(row, name)
    return row


def _add(book: Book) -> None:
    """The two addresses of a book: its list and one of its rows."""
    extra: dict[str, Any] = {"x-rule": book.sees, "x-scope": book.name, "tags": [book.name]}
    asked_for = [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": f"{name} = …"}
        for name in book.filters
    ]
    page = type(
        f"{book.shape.__name__}Page",
        (Page,),
        {"__annotations__": {"items": list[book.shape]}, "__module__": __name__},
    )  # type: ignore[name-defined]

    def listed(request: HttpRequest, limit: int = Query(USUAL, ge=1, le=MOST), cursor: str = Query("")) -> Any:  # type: ignore[type-arg]
        rows = _open(request, book).order_by(book.by)
        unknown = set(request.GET) - {"limit", "cursor", *book.filters}
        if unknown:
            raise HttpError(
                400, f"不认得 {'、'.join(sorted(unknown))}；可以用 limit、cursor、{'、'.join(book.filters)}"
            )
        for name, way in book.filters.items():
            if name in request.GET:
                rows = rows.filter(**{way: request.GET[name]})
        if cursor:
            rows = rows.filter(**{f"{book.by}__gt": _after(cursor, book)})
        found = list(rows[: limit + 1])
        more = len(found) > limit
        return {
            "items": [book.tell(row) for row in found[:limit]],
            "next": _cursor(_value(found[limit - 1], book.by)) if more else None,
        }

    def one(request: HttpRequest, key: str) -> Any:
        if book.key == "pk" and not key.isdigit():
            raise Http404
        row = _open(request, book).filter(**{book.key: key}).first()
        if row is None:
            raise Http404
        return book.tell(row)

    listed.__name__, one.__name__ = f"list_{book.name}", f"one_{book.name}"
    errors = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 422: Problem}
    api.get(
        f"/{book.name}/",
        response={200: page, **errors},
        url_name=book.name,
        operation_id=f"list_{book.name}",
        openapi_extra={**extra, "parameters": asked_for},
    )(listed)
    api.get(
        f"/{book.name}/{{key}}/", response={200: book.shape, **errors},
        url_name=f"{book.name}_one", operation_id=f"one_{book.name}", openapi_extra=extra,
    )(one)  # fmt: skip


for _book in BOOKS:
    _add(_book)
