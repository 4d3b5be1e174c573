"""The API: the same rights as the pages, cursor, ETag, problem+json, tokens that narrow, and a rule on every operation."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver

from qingxi_office.access import actions, queries
from qingxi_office.access.models import Token
from qingxi_office.people import rights
from qingxi_office.places.actions import take_in_tree
from qingxi_office.site.api.books import BOOKS
from qingxi_office.site.api.vendor import api
from qingxi_office.trail import clock

LISTS = [f"/api/v1/{b.name}/" for b in BOOKS]


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def schema():
    return api.get_openapi_schema(path_prefix="/api/v1/")


def test_every_operation_has_its_rule(schema):
    """The schema names kind and scope of each; and every address under /api/v1/ is in the schema."""
    operations = [(path, op) for path, ways in schema["paths"].items() for op in ways.values()]
    assert len(operations) == 2 * len(BOOKS) + 1
    for path, op in operations:
        assert op["x-rule"] in rights._SEES, path
        assert op["x-scope"] in (*queries.SCOPES, queries.PUSH_SCOPE), path
    under = next(
        r
        for r in get_resolver().url_patterns
        if getattr(r, "urlconf_name", None) and "site.pages" in str(r.urlconf_name)
    )
    found = next(r for r in under.url_patterns if getattr(r, "namespace", "") == "api-v1")
    names = {p.name for p in found.url_patterns} - {"openapi-json", "api-root"}
    assert names == {n for b in BOOKS for n in (b.name, f"{b.name}_one")} | {"vendor_readings"}


def test_only_reading(schema):
    wrote = {path for path, ways in schema["paths"].items() if set(ways) != {"get"}}
    assert wrote == {"/api/v1/vendor/readings"}


def test_every_field_says_what_it_is(schema):
    for book in BOOKS:
        shape = schema["components"]["schemas"][book.shape.__name__]["properties"]
        assert all(f.get("description") for f in shape.values()), book.name
        numbers = [n for n, f in shape.items() if n.endswith(("_m3_d", "_s", "lon", "lat", "households"))]
        assert all(any(u in shape[n]["description"] for u in ("立方米", "秒", "度", "户")) for n in numbers)


def test_nobody_and_wrong_tokens_meet_401(cast):
    for address in LISTS:
        answer = Client().get(address)
        assert answer.status_code == 401
        assert answer["Content-Type"].startswith("application/problem+json")
        assert json.loads(answer.content)["status"] == 401
    assert Client(HTTP_AUTHORIZATION="Bearer qx_wrong").get(LISTS[0]).status_code == 401


def test_a_stranger_meets_404_and_an_empty_list(cast):
    own, stranger, foreman = browser(cast.luomei), browser(cast.hezhi), browser(cast.zhaoyong)
    assert own.get("/api/v1/facilities/QX-001/").json()["name"] == "红岩村站"
    assert stranger.get("/api/v1/facilities/QX-001/").status_code == 404
    assert [f["key"] for f in stranger.get("/api/v1/facilities/").json()["items"]] == ["QX-002"]
    assert [f["key"] for f in foreman.get("/api/v1/facilities/").json()["items"]] == ["QX-001"]
    for name in ("figures", "plans", "jobs"):
        assert foreman.get(f"/api/v1/{name}/").status_code == 404
        assert foreman.get(f"/api/v1/{name}/1/").status_code == 404
    assert own.get("/api/v1/jobs/").status_code == 404
    assert browser(cast.sunning).get("/api/v1/jobs/abc/").status_code == 404


def test_cursor_walks_every_row_once(cast, office):
    rows = [{"code": f"9999011002{n:02d}", "name": f"村{n}", "kind": "村委会"} for n in range(10, 35)]
    take_in_tree(rows, by=office)
    client, seen, cursor = browser(cast.chenjing), [], ""
    for _ in range(20):
        page = client.get("/api/v1/places/", {"limit": 7, "cursor": cursor}).json()
        seen += [p["code"] for p in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == 6 + 25
    assert [p["code"] for p in client.get("/api/v1/places/?level=township").json()["items"]] == [
        "999901100",
        "999901101",
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [("limit=0", 422), ("limit=201", 422), ("limit=x", 422), ("cursor=%%%", 400), ("nonsense=1", 400)],
)
def test_wrong_questions_are_told(cast, query, code):
    answer = browser(cast.chenjing).get(f"/api/v1/jobs/?{query}")
    assert answer.status_code == code
    assert answer["Content-Type"].startswith("application/problem+json")
    assert json.loads(answer.content)["detail"]


def test_etag(cast):
    client = browser(cast.chenjing)
    first = client.get("/api/v1/facilities/")
    again = client.get("/api/v1/facilities/", HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    other = browser(cast.hezhi).get("/api/v1/facilities/", HTTP_IF_NONE_MATCH=first["ETag"])
    assert other.status_code == 200


def test_tokens_narrow_end_and_are_kept_as_a_hash(cast, monkeypatch):
    row, secret = actions.make_token(cast.luomei, "同步", ["facilities"], 30)
    program = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert [f["key"] for f in program.get("/api/v1/facilities/").json()["items"]] == ["QX-001"]
    assert program.get("/api/v1/villages/").status_code == 403
    assert "villages" in program.get("/api/v1/villages/").json()["detail"]
    assert program.get("/").status_code == 302, "a token opens no page"
    assert secret not in str(list(Token.objects.values()))
    row.refresh_from_db()
    assert row.used_at is not None
    later = clock.real_now() + timedelta(days=31)
    with monkeypatch.context() as moved:
        moved.setattr(clock, "real_now", lambda: later)
        assert program.get("/api/v1/facilities/").status_code == 401
    cast.luomei.is_active = False
    cast.luomei.save()
    assert program.get("/api/v1/facilities/").status_code == 401
    cast.luomei.is_active = True
    cast.luomei.save()
    actions.revoke_token(row, by=cast.luomei)
    assert program.get("/api/v1/facilities/").status_code == 401


def test_tokens_on_the_page(cast):
    client = browser(cast.luomei)
    for wrong in (
        {"name": "", "days": "9", "scope": "places"},
        {"name": "x", "days": "9"},
        {"name": "x", "days": "900", "scope": "places"},
    ):
        client.post("/account/tokens/", wrong)
    assert not Token.objects.exists()
    page = client.post(
        "/account/tokens/", {"name": "台账同步", "days": "9", "scope": ["places", "nonsense"]}
    ).content.decode()
    row = Token.objects.get()
    assert row.scopes == ["places"]
    assert "只显示这一次" in page
    assert row.begins in page
    assert "只显示这一次" not in client.get("/account/").content.decode()
    assert browser(cast.hezhi).post(f"/account/tokens/{row.pk}/revoke/").status_code == 404
    client.post(f"/account/tokens/{row.pk}/revoke/")
    assert "已作废" in client.get("/account/").content.decode()


def test_the_page_explains_what_this_person_may_read(cast):
    text = browser(cast.chenjing).get("/api/").content.decode()
    assert all(f"/api/v1/{b.name}/" in text for b in BOOKS)
    assert "/api/v1/jobs/" not in browser(cast.luomei).get("/api/").content.decode()


def test_lists_ask_a_fixed_number_of_questions(cast, office, django_assert_max_num_queries):
    rows = [{"code": f"9999011002{n:02d}", "name": f"村{n}", "kind": "村委会"} for n in range(10, 60)]
    take_in_tree(rows, by=office)
    client = browser(cast.chenjing)
    for address in LISTS:
        with django_assert_max_num_queries(6):
            client.get(address)
