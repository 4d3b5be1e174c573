"""The doctor on the way in: the secret key, debug, hosts, TLS, the certificate, what pages are dressed with."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _

from qingxi_office.site.keeping.checks_books import _limits
from qingxi_office.site.keeping.doctor import Check, Found, State
from qingxi_office.trail import clock

_LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "testserver"}
_DRESS = ("design/tokens.css", "design/components.css", "design/js/shell.js", "vendor/htmx/htmx.min.js")


def secrets(deep: bool) -> Iterator[Found]:
    """Keys and passwords are for their owner's eyes."""
    home = Path(settings.HOME)
    key = home / "secret.key"
    if not key.is_file() or len(key.read_text(encoding="ascii", errors="replace").strip()) < 40:
        yield Found(
            "secret_key",
            _("密钥"),
            State.WRONG,
            _("secret.key 没有或太短"),
            _("删去它,再开办公室会造一把新的;大家要重新登录"),
        )
    elif open_to := _readable(key):
        yield Found("secret_key", _("密钥"), State.WRONG, open_to, f"chmod 600 {key}")
    else:
        yield Found("secret_key", _("密钥"), State.OK, _("只有办公室自己读得到"))
    said = home / "office.json"
    kept = json.loads(said.read_text(encoding="utf-8")) if said.is_file() else {}
    names = [str(kept.get(name) or "").partition("@")[0].partition("://")[2] for name in ("database", "store")]
    if any(":" in name for name in names) and (open_to := _readable(said)):
        yield Found("password", _("库的密码"), State.WRONG, open_to, f"chmod 600 {said}")
    for name in ("office.sqlite3", "media"):
        path = home / name
        if path.exists() and path.stat().st_mode & stat.S_IROTH and home.stat().st_mode & stat.S_IXOTH:
            yield Found(
                "private",
                _("账本的权限"),
                State.SUSPICIOUS,
                _("机器上谁都读得到 %(name)s") % {"name": name},
                f"chmod 750 {home}",
            )
            break


def _readable(path: Path) -> str:
    """Words when others than the owner can read a file; empty when not."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return _("%(name)s 别人也读得到(%(mode)s)") % {"name": path.name, "mode": f"{mode:o}"} if mode & 0o077 else ""


def debug(deep: bool) -> Iterator[Found]:
    """The programmers' mode is off."""
    if settings.DEBUG:
        yield Found("debug", _("调试"), State.WRONG, _("开着:出错页会露出内部"), _("去掉环境变量 QINGXI_DEBUG"))
    else:
        yield Found("debug", _("调试"), State.OK, _("没有开"))
    if settings.QINGXI_DEMO:
        yield Found(
            "demo",
            _("演示县"),
            State.SUSPICIOUS,
            _("这是演示县,口令是公开的"),
            _("真县另开一个家目录:qingxi serve --new"),
        )


def tls(deep: bool) -> Iterator[Found]:
    """Whoever comes from another machine comes by TLS."""
    hosts = set(settings.ALLOWED_HOSTS)
    if "*" in hosts:
        yield Found(
            "hosts", _("网址"), State.WRONG, _("任何网址都应答"), _("QINGXI_HOSTS 写上办公室自己的域名或地址")
        )
    if settings.BEHIND_TLS:
        yield Found("tls", "TLS", State.OK, _("开着"))
    elif hosts <= _LOOPBACK:
        yield Found("tls", "TLS", State.OK, _("只在本机打开,不经网络"))
    else:
        yield Found(
            "tls",
            "TLS",
            State.WRONG,
            _("口令和户的资料在网上明着走"),
            _("按 docs/install.md 装 nginx 和证书,设 QINGXI_TLS=1"),
        )


def certificate(deep: bool) -> Iterator[Found]:
    """The certificate has time left."""
    path = Path(os.environ.get("QINGXI_CERTIFICATE", ""))
    if not settings.BEHIND_TLS:
        return
    title = _("证书")
    if not path.is_file():
        yield Found(
            "certificate",
            title,
            State.SUSPICIOUS,
            _("不知道在哪里,查不了到期日"),
            _("QINGXI_CERTIFICATE 写上证书文件的路径"),
        )
        return
    from cryptography import x509

    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (ValueError, OSError) as error:
        yield Found("certificate", title, State.WRONG, str(error), _("换一张好的证书(PEM)"))
        return
    left = (ends - clock.real_now()) / timedelta(days=1)
    how = State.WRONG if left <= 0 else State.SUSPICIOUS if left < _limits()["certificate.suspicious"] else State.OK
    words = _("%(day)s 到期,还有 %(n)s 天") % {"day": f"{ends:%Y-%m-%d}", "n": f"{left:.0f}"} if left > 0 else _("%(day)s 已到期") % {"day": f"{ends:%Y-%m-%d}"}  # fmt: skip
    yield Found(
        "certificate",
        title,
        how,
        words,
        "" if how is State.OK else _("换新证书:install.sh --certificate 文件 --key 文件"),
    )


def dress(deep: bool) -> Iterator[Found]:
    """Style, script and icons are there."""
    lost = [name for name in _DRESS if finders.find(name) is None]
    if lost:
        yield Found(
            "static", _("页面的样式和脚本"), State.WRONG, _("缺 %(name)s") % {"name": lost[0]}, _("重装程序包")
        )
    else:
        yield Found("static", _("页面的样式和脚本"), State.OK, _("都在"))


CHECKS: tuple[Check, ...] = (secrets, debug, tls, certificate, dress)
