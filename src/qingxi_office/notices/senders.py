"""How a message leaves: SMTP, the robots of WeCom and DingTalk, a text-message gateway. Raises NotSent with the reason."""

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import Any

TIMEOUT_S = 10.0
_MOST_ANSWER = 65536


class NotSent(Exception):
    """The message did not leave; the sentence says why. Never carries a secret."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that sends us elsewhere is not the one that the county named."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _post(url: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> str:
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise NotSent("地址须以 http:// 或 https:// 开头")
    ask = urllib.request.Request(url, data=body if method != "GET" else None, headers=dict(headers), method=method)
    try:
        with _OPENER.open(ask, timeout=TIMEOUT_S) as answer:
            return str(answer.read(_MOST_ANSWER).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        raise NotSent(f"对方答 HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise NotSent(f"连不上：{getattr(error, 'reason', None) or type(error).__name__}") from error


def _json(url: str, document: Any) -> dict[str, Any]:
    said = _post(url, json.dumps(document, ensure_ascii=False).encode(), {"Content-Type": "application/json"})
    try:
        told = json.loads(said)
    except ValueError as error:
        raise NotSent("对方的回答不是 JSON") from error
    if not isinstance(told, dict) or told.get("errcode", 0) != 0:
        why = f"{told.get('errcode')} {told.get('errmsg', '')}" if isinstance(told, dict) else said[:80]
        raise NotSent(f"对方不收：{why}")
    return told


def send_email(setting: Mapping[str, Any], secret: str, to: str, title: str, text: str) -> None:
    """By SMTP: ``host``, ``port``, ``tls`` (none, starttls, tls), ``user``, ``sender``; the password is the secret."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = title, setting.get("sender") or setting.get("user"), to
    message.set_content(text)
    host, port, tls = setting["host"], int(setting.get("port") or 25), setting.get("tls", "none")
    try:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if tls == "tls":
            server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        with server:
            if tls == "starttls":
                server.starttls(context=context)
            if setting.get("user"):
                server.login(setting["user"], secret)
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"邮件服务器答 {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"邮件没发出去：{type(error).__name__}") from error


def send_wecom(setting: Mapping[str, Any], secret: str, to: str, title: str, text: str) -> None:
    """To a WeCom group robot. The whole address is the secret: whoever has it can write to the group."""
    _json(secret, {"msgtype": "text", "text": {"content": f"{title}\n{text}"}})


def dingtalk_sign(key: str, at_ms: int) -> str:
    """DingTalk's signature: HMAC-SHA256 over ``timestamp\\nkey`` by the key, in base64."""
    digest = hmac.new(key.encode(), f"{at_ms}\n{key}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def send_dingtalk(setting: Mapping[str, Any], secret: str, to: str, title: str, text: str) -> None:
    """To a DingTalk group robot; the secret is the address, and after a blank the signing key (加签) where one is set."""
    url, _, key = secret.partition(" ")
    if key:
        now = int(time.time() * 1000)
        url += ("&" if "?" in url else "?") + urllib.parse.urlencode(
            {"timestamp": now, "sign": dingtalk_sign(key, now)}
        )
    _json(url, {"msgtype": "text", "text": {"content": f"{title}\n{text}"}})


def filled(template: str, words: Mapping[str, str], *, as_json: bool) -> str:
    """A template with its ``{words}`` put in; inside JSON they are escaped, other braces stay as they are."""
    for name, value in words.items():
        put = json.dumps(value, ensure_ascii=False)[1:-1] if as_json else value
        template = template.replace("{" + name + "}", put)
    return template


def send_sms(setting: Mapping[str, Any], secret: str, to: str, title: str, text: str) -> None:
    """By a gateway over HTTP: ``url``, ``method``, ``headers``, ``body`` with {mobile} {text} {secret}; ``good`` must stand in the answer."""
    words = {"mobile": to, "text": f"{title}：{text}", "secret": secret}
    quoted = {name: urllib.parse.quote(value) for name, value in words.items()}
    headers = {name: filled(value, words, as_json=False) for name, value in setting.get("headers", {}).items()}
    kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "application/json")
    headers.setdefault("Content-Type", kind)
    body = filled(setting.get("body", ""), words if "json" in kind else quoted, as_json="json" in kind)
    said = _post(
        filled(setting["url"], quoted, as_json=False), body.encode(), headers, setting.get("method", "POST").upper()
    )
    if setting.get("good") and setting["good"] not in said:
        raise NotSent("网关的回答里没有约定的成功标志")


SENDERS: dict[str, Callable[[Mapping[str, Any], str, str, str, str], None]] = {
    "email": send_email, "wecom": send_wecom, "dingtalk": send_dingtalk, "sms": send_sms,
}  # fmt: skip
"""Kind of channel -> its sender (setting, secret, to, title, text)."""
