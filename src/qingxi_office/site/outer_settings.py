"""The county's own sign-in (OIDC) as office.json says it, made into settings. Imports nothing of Django: settings read it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NEEDED = ("server_url", "client_id")


def outer_settings(said: Any) -> dict[str, str]:
    """``oidc`` of office.json: name, server_url, client_id, secret, claim. {} when the county has none.

    Raises ValueError for what cannot be: an address without TLS (but on this machine), or a part that lacks.
    """
    if not said:
        return {}
    lacks = [key for key in _NEEDED if not said.get(key)]
    if lacks:
        raise ValueError(f"office.json 的 oidc 缺 {'、'.join(lacks)}")
    parts = urlsplit(said["server_url"])
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("office.json 的 oidc.server_url 须是 https")
    return {
        "name": said.get("name") or "统一身份认证",
        "server_url": said["server_url"].rstrip("/"),
        "client_id": said["client_id"],
        "secret": said.get("secret", ""),
        "claim": said.get("claim") or "preferred_username",
        "origin": f"{parts.scheme}://{parts.netloc}",
    }


def provider_settings(oidc: dict[str, str]) -> dict[str, Any]:
    """The same as allauth wants it."""
    if not oidc:
        return {}
    app = {
        "provider_id": "county", "name": oidc["name"], "client_id": oidc["client_id"], "secret": oidc["secret"],
        "settings": {"server_url": oidc["server_url"], "oauth_pkce_enabled": True},
    }  # fmt: skip
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
