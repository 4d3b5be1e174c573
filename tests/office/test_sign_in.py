"""Getting in: lock-out, the second factor, sessions, and the county's own sign-in (a small real OIDC provider on loopback)."""

import base64
import hashlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axes.models import AccessAttempt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.test import Client

from qingxi_office.access import actions, queries
from qingxi_office.people.models import User
from qingxi_office.site.outer_settings import outer_settings, provider_settings
from qingxi_office.trail.models import Entry

WORD = {"username": "chenjing", "password": "qingxi-demo"}


@pytest.fixture(autouse=True)
def _fresh(db):
    cache.clear()
    AccessAttempt.objects.all().delete()


def code_now(secret, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def inside(client):
    return client.get("/account/").status_code == 200


@pytest.fixture
def secret(cast):
    held = base64.b32encode(b"12345678901234567890").decode()
    actions.second_factor_on(cast.chenjing, held)
    return held


def test_five_wrong_passwords_lock(cast):
    client = Client()
    for _ in range(4):
        assert client.post("/sign-in/", {**WORD, "password": "x"}).status_code == 200
    assert client.post("/sign-in/", {**WORD, "password": "x"}).status_code == 429
    assert client.post("/sign-in/", WORD).status_code == 429
    assert Client().post("/sign-in/", {"username": "luomei", "password": "qingxi-demo"}).status_code == 302


def test_second_step(cast, secret):
    """The password alone opens nothing; a code opens once; a recovery code once."""
    client = Client()
    assert client.post("/sign-in/?next=/issues/", WORD)["Location"] == "/sign-in/second/"
    assert not inside(client)
    assert "陈静" in client.get("/sign-in/second/").content.decode()
    assert client.post("/sign-in/second/", {"code": "000000"}).status_code == 400
    code = code_now(secret)
    assert client.post("/sign-in/second/", {"code": f"{code[:3]} {code[3:]}"})["Location"] == "/issues/"
    assert inside(client)
    again = Client()
    again.post("/sign-in/", WORD)
    assert again.post("/sign-in/second/", {"code": code}).status_code == 400, "a code is good once"
    from allauth.mfa.models import Authenticator

    spare = Authenticator.objects.get(user=cast.chenjing, type="recovery_codes").wrap().get_unused_codes()[0]
    assert again.post("/sign-in/second/", {"code": spare}).status_code == 302
    third = Client()
    third.post("/sign-in/", WORD)
    assert third.post("/sign-in/second/", {"code": spare}).status_code == 400


def test_wrong_codes_lock_as_wrong_passwords_do(cast, secret):
    client = Client()
    client.post("/sign-in/", WORD)
    said = [client.post("/sign-in/second/", {"code": "000000"}).status_code for _ in range(5)]
    assert said == [400, 400, 400, 400, 429]
    assert client.get("/sign-in/second/").status_code == 302  # the first step is forgotten
    assert Client().post("/sign-in/", WORD).status_code == 429


def test_the_second_step_needs_the_first_and_does_not_wait(cast, secret, monkeypatch):
    assert Client().get("/sign-in/second/")["Location"] == "/sign-in/"
    client = Client()
    client.post("/sign-in/", WORD)
    from datetime import timedelta

    from qingxi_office.trail import clock

    late = clock.real_now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "real_now", lambda: late)
    assert client.post("/sign-in/second/", {"code": code_now(secret)})["Location"] == "/sign-in/"
    assert not inside(client)


def test_next_never_leads_away(cast):
    assert Client().post("/sign-in/?next=https://evil.example/", WORD)["Location"] == "/"


def test_a_role_that_must_have_it_sets_it_up_first(cast):
    actions.set_rule("county_officer", by=cast.chenjing, second_factor=True, session_hours=4)
    client = Client()
    client.post("/sign-in/", WORD)
    assert client.get("/issues/")["Location"] == "/account/second/"
    assert client.get("/api/v1/places/").status_code == 401
    page = client.get("/account/second/").content.decode()
    held = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert "data:image/svg" in page
    assert client.post("/account/second/", {"code": "1"}).status_code == 400
    done = client.post("/account/second/", {"code": code_now(held)})
    assert "备用码" in done.content.decode()
    assert client.get("/issues/").status_code == 200
    assert client.session.get_expiry_age() <= 4 * 3600
    with pytest.raises(ValueError, match="自己不能关"):
        actions.second_factor_off(cast.chenjing, by=cast.chenjing)
    actions.second_factor_off(cast.chenjing, by=cast.zhouwei)  # lost phone: another officer who invites
    assert {e.action for e in Entry.objects.filter(subject_id="chenjing")} >= {
        "access.second_factor_on",
        "access.second_factor_off",
    }


def test_a_lost_phone(cast, secret):
    """Who may invite takes the second factor off for another of their places; nobody else, and not their own this way."""
    from qingxi_office.people.backends import OfficeBackend

    def ask(person):
        client = Client()
        client.force_login(person, backend=f"{OfficeBackend.__module__}.OfficeBackend")
        return client.post("/safety/second/", {"person": cast.chenjing.pk}).status_code

    assert [ask(p) for p in (cast.luomei, cast.sunning, cast.chenjing)] == [404, 404, 404]
    assert ask(cast.zhouwei) == 302
    assert Client().post("/sign-in/", WORD)["Location"] == "/"
    assert Entry.objects.get(action="access.second_factor_off").by_name == "周维"


def test_a_session_from_before_the_rule_must_sign_in_again(cast, secret):
    client = Client()
    client.force_login(cast.chenjing, backend="qingxi_office.people.backends.OfficeBackend")
    actions.set_rule("county_officer", by=cast.chenjing, second_factor=True, session_hours=12)
    assert client.get("/issues/")["Location"] == "/account/second/"
    assert client.get("/account/second/")["Location"] == "/sign-in/"
    assert not inside(client)


def test_sessions_are_listed_and_ended(cast):
    one, two = Client(HTTP_USER_AGENT="办公室电脑"), Client(HTTP_USER_AGENT="手机")
    one.post("/sign-in/", WORD)
    two.post("/sign-in/", WORD)
    stranger = Client()
    stranger.post("/sign-in/", {"username": "luomei", "password": "qingxi-demo"})
    page = one.get("/account/").content.decode()
    assert "办公室电脑" in page
    assert "手机" in page
    number = queries.sessions(cast.luomei).get().pk
    one.post("/account/sessions/", {"only": str(number)})
    assert inside(stranger), "another person's session is not mine to end"
    one.post("/account/sessions/")
    assert inside(one)
    assert not inside(two)


def test_password_change_ends_other_sessions(cast):
    one, two = Client(), Client()
    one.post("/sign-in/", WORD)
    two.post("/sign-in/", WORD)
    for wrong in (
        {"old": "x", "new": "a-better-word-1", "again": "a-better-word-1"},
        {"old": "qingxi-demo", "new": "short", "again": "short"},
        {"old": "qingxi-demo", "new": "a-better-word-1", "again": "a-better-word-2"},
        {"old": "qingxi-demo", "new": "qingxi-demo", "again": "qingxi-demo"},
    ):
        one.post("/account/password/", wrong)
    assert inside(two)
    one.post("/account/password/", {"old": "qingxi-demo", "new": "a-better-word-1", "again": "a-better-word-1"})
    assert inside(one)
    assert not inside(two)
    assert User.objects.get(username="chenjing").check_password("a-better-word-1")
    assert "a-better-word-1" not in str(list(Entry.objects.values()))


# --- the county's own sign-in -----------------------------------------------------------------------------------------


class Provider(BaseHTTPRequestHandler):
    """OIDC as small as it can be, and real: discovery, code with PKCE, signed id_token, userinfo."""

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    person = {"sub": "u-77", "preferred_username": "ChenJing"}
    codes: dict[str, str] = {}  # code -> PKCE challenge
    down = False

    def log_message(self, *_args):
        pass

    @property
    def me(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def tell(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path.endswith("openid-configuration"):
            self.tell({
                "issuer": self.me, "authorization_endpoint": f"{self.me}/authorize", "token_endpoint": f"{self.me}/token",
                "userinfo_endpoint": f"{self.me}/userinfo", "jwks_uri": f"{self.me}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            })  # fmt: skip
        elif self.path == "/userinfo" and self.headers["Authorization"] == "Bearer at":
            self.tell(type(self).person)
        else:
            self.tell({}, 404)

    def do_POST(self):
        asked = {
            k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
        }
        challenge = type(self).codes.pop(asked.get("code", ""), None)
        made = (
            base64.urlsafe_b64encode(hashlib.sha256(asked.get("code_verifier", "").encode()).digest())
            .decode()
            .rstrip("=")
        )
        if challenge is None or made != challenge or asked.get("client_secret") != "s3cret":
            self.tell({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self.me, "aud": "qingxi", "iat": now, "exp": now + 60, "sub": type(self).person["sub"]}
        self.tell(
            {"access_token": "at", "token_type": "Bearer", "id_token": jwt.encode(claims, type(self).key, "RS256")}
        )


@pytest.fixture
def provider(settings, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Provider.person, Provider.codes = {"sub": "u-77", "preferred_username": "ChenJing"}, {}
    settings.QINGXI_OIDC = outer_settings(
        {
            "name": "县统一认证",
            "server_url": f"http://127.0.0.1:{server.server_port}",
            "client_id": "qingxi",
            "secret": "s3cret",
        }
    )
    settings.SOCIALACCOUNT_PROVIDERS = provider_settings(settings.QINGXI_OIDC)
    yield Provider
    server.shutdown()
    server.server_close()


def outer(client, code="c-1", **answer):
    """Walk out to the provider and back as a browser would."""
    away = client.post("/sign-in/outer/?next=/issues/")
    assert away.status_code == 302, away.content.decode()[:400]
    asked = {k: v[0] for k, v in parse_qs(urlsplit(away["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert urlsplit(asked["redirect_uri"]).path == "/sign-in/outer/county/back/"
    Provider.codes[code] = asked["code_challenge"]
    return client.get("/sign-in/outer/county/back/", {"state": asked["state"], "code": code, **answer})


def test_outer_sign_in_opens_the_invited_person(cast, provider):
    client = Client()
    assert "用县统一认证登录" in client.get("/sign-in/").content.decode()
    assert outer(client)["Location"] == "/issues/"
    assert client.get("/account/").context["request"].user == cast.chenjing
    assert Entry.objects.filter(action="access.linked", subject_id="chenjing").count() == 1
    # from now on by the provider's own number, whatever the name is there
    provider.person = {"sub": "u-77", "preferred_username": "renamed"}
    again = Client()
    assert outer(again).status_code == 302
    assert inside(again)
    assert User.objects.count() == 6


@pytest.mark.parametrize("name", ["nobody", "", None])
def test_outer_sign_in_makes_no_account(cast, provider, name):
    provider.person = {"sub": "u-88", "preferred_username": name}
    client = Client()
    answer = outer(client)
    assert answer.status_code == 403
    assert "还没有请您进来" in answer.content.decode()
    assert not inside(client)
    assert User.objects.count() == 6


def test_outer_sign_in_needs_the_second_step_too(cast, secret, provider):
    client = Client()
    assert outer(client)["Location"] == "/sign-in/second/"
    assert not inside(client)
    client.post("/sign-in/second/", {"code": code_now(secret)})
    assert inside(client)


def test_outer_sign_in_of_one_who_left(cast, provider):
    cast.chenjing.is_active = False
    cast.chenjing.save()
    assert outer(Client()).status_code == 403


def test_outer_sign_in_that_fails_says_so(cast, provider, settings):
    client = Client()
    client.post("/sign-in/outer/")
    for query in ({"state": "forged", "code": "x"}, {}, {"error": "access_denied"}):
        answer = client.get("/sign-in/outer/county/back/", query)
        assert answer.status_code == 403, query
        assert "没有登录" in answer.content.decode()
    away = client.post("/sign-in/outer/")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    assert client.get("/sign-in/outer/county/back/", {"state": state, "code": "unknown"}).status_code == 403
    assert not inside(client)
    settings.QINGXI_OIDC = outer_settings({"server_url": "http://127.0.0.1:9", "client_id": "x"})
    settings.SOCIALACCOUNT_PROVIDERS = provider_settings(settings.QINGXI_OIDC)
    answer = client.post("/sign-in/outer/")
    assert answer.status_code == 403
    assert "先用密码" in answer.content.decode()


def test_without_an_outer_sign_in_its_addresses_are_not_there(cast):
    assert "统一认证" not in Client().get("/sign-in/").content.decode()
    assert Client().post("/sign-in/outer/").status_code == 404
    assert Client().get("/sign-in/outer/county/back/").status_code == 404
    assert Client().get("/sign-in/outer/").status_code in (404, 405)


def test_no_undressed_page_of_the_library_is_reachable(db):
    for page in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/2fa/",
        "/accounts/password/reset/",
        "/accounts/social/signup/",
    ):
        assert Client().get(page).status_code == 404


@pytest.mark.parametrize(
    ("said", "why"),
    [({"server_url": "http://id.example", "client_id": "x"}, "https"), ({"server_url": "https://id.example"}, "client_id"), ({"x": 1}, "server_url")],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(said, why):
    with pytest.raises(ValueError, match=why):
        outer_settings(said)
    assert outer_settings(None) == {}
    assert outer_settings({"server_url": "https://id.example/", "client_id": "x"})["origin"] == "https://id.example"
