"""The installer, into a directory: units that systemd accepts, and an office that answers as they would start it, by TLS."""

import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = (
    "qingxi-web.service",
    "qingxi-worker.service",
    "qingxi-receiver.service",
    "qingxi-forward.service",
    "qingxi-mqtt.service",
    "qingxi-nightly.service",
)


def need(program):
    """The program's path; without it the test is left out, and in CI it fails."""
    found = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} must be there in CI")
        pytest.skip(f"there is no {program} here")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def install(root, *more):
    venv = Path(sys.executable).parent.parent
    return subprocess.run(
        ["sh", ROOT / "deploy" / "install.sh", "--root", root, "--venv", venv, *map(str, more)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A county's own certificate authority and the certificate it gave the office."""
    openssl, at = need("openssl"), tmp_path_factory.mktemp("ca")

    def run(*argv):
        subprocess.run([openssl, *map(str, argv)], check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run(
        "req",
        "-x509",
        *curve,
        "-days",
        30,
        "-subj",
        "/CN=County CA",
        "-keyout",
        at / "ca.key",
        "-out",
        at / "ca.pem",
    )
    run("req", "-new", *curve, "-subj", "/CN=localhost", "-keyout", at / "office.key", "-out", at / "office.csr")
    (at / "san").write_text("subjectAltName=DNS:localhost\n")
    run("x509", "-req", "-in", at / "office.csr", "-CA", at / "ca.pem", "-CAkey", at / "ca.key", "-CAcreateserial", "-days", 30,
        "-extfile", at / "san", "-out", at / "office.pem")  # fmt: skip
    return at


@pytest.fixture(scope="module")
def installed(tmp_path_factory, authority):
    root = tmp_path_factory.mktemp("root")
    ports = {"http": free_port(), "https": free_port()}
    done = install(root, "--host", "localhost", "--certificate", authority / "office.pem", "--key", authority / "office.key",
                   "--http", ports["http"], "--https", ports["https"])  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"https://localhost:{ports['https']}/" in done.stdout
    return root, ports


def moved(text, root):
    """A file's text with the installation's paths below the directory it was put into."""
    return re.sub(
        r"(?<![\w/])/(opt/qingxi|etc/qingxi|var/lib/qingxi|var/log/qingxi|var/cache/qingxi)", rf"{root}/\1", text
    )


def environment(root):
    lines = [
        line for line in moved((root / "etc/qingxi/qingxi.env").read_text(), root).splitlines() if line[:1] != "#"
    ]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("QINGXI_")}
    return kept | dict(line.partition("=")[::2] for line in lines)


def exec_lines(root, unit):
    text = moved((root / "etc/systemd/system" / unit).read_text(), root)
    return [
        shlex.split(line.removeprefix("ExecStart=").removeprefix("-"))
        for line in text.splitlines()
        if line.startswith("ExecStart=")
    ]


def test_systemd_finds_nothing_wrong_with_the_units(installed, tmp_path):
    root, _ports = installed
    units = [*UNITS, "qingxi-nightly.timer"]
    for unit in units:
        (tmp_path / unit).write_text(moved((root / "etc/systemd/system" / unit).read_text(), root))
    done = subprocess.run(
        [need("systemd-analyze"), "verify", "--man=no", *(str(tmp_path / unit) for unit in units)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "qingxi" in line]
    assert ours == []


def test_secrets_are_not_for_everybody(installed):
    root, _ports = installed
    assert (root / "etc/qingxi/tls/office.key").stat().st_mode & 0o077 == 0
    assert (root / "etc/qingxi/qingxi.env").stat().st_mode & 0o007 == 0
    assert (root / "var/lib/qingxi").stat().st_mode & 0o007 == 0


@pytest.fixture
def running(installed, authority, tmp_path):
    """The office by the web unit's own line, and nginx with the written configuration before it."""
    root, ports = installed
    inner = free_port()
    (line,) = exec_lines(root, "qingxi-web.service")
    line = [str(inner) if part == "8017" else part for part in line]
    office = subprocess.Popen(line, env=environment(root), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    site = moved((root / "etc/nginx/conf.d/qingxi.conf").read_text(), root).replace(
        "127.0.0.1:8017", f"127.0.0.1:{inner}"
    )
    (tmp_path / "site.conf").write_text(site)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
        f"events {{}} http {{ {folders} include {tmp_path}/site.conf; }}"
    )
    nginx = subprocess.Popen(
        [need("nginx"), "-p", tmp_path, "-c", tmp_path / "nginx.conf"], stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    trust = ssl.create_default_context(cafile=str(authority / "ca.pem"))
    address = f"https://localhost:{ports['https']}"
    while True:
        try:
            urllib.request.urlopen(address + "/sign-in/", context=trust, timeout=5).read()
            break
        except OSError:
            assert time.monotonic() < until, (tmp_path / "error.log").read_text()
            assert office.poll() is None
            time.sleep(0.2)
    yield address, ports, trust
    for process in (nginx, office):
        process.terminate()
        process.wait(20)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def test_the_office_answers_by_tls_as_the_unit_starts_it(running, installed):
    address, ports, trust = running
    root, _ports = installed
    answer = urllib.request.urlopen(address + "/first-run/", context=trust, timeout=20)
    assert answer.status == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    cookies = answer.headers.get_all("Set-Cookie") or []
    assert cookies
    assert all("secure" in c.lower() for c in cookies if "csrf" in c)
    # A stranger to the county's authority does not trust it; plain HTTP is sent to TLS.
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(address, context=ssl.create_default_context(), timeout=20)
    with pytest.raises(urllib.error.HTTPError) as sent:
        urllib.request.build_opener(_Stay).open(f"http://localhost:{ports['http']}/villages/", timeout=20)
    assert sent.value.code == 301
    assert sent.value.headers["Location"] == f"{address}/villages/"
    # What the night does, by its own lines.
    backup, doctor = exec_lines(root, "qingxi-nightly.service")
    done = subprocess.run(backup, env=environment(root), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run(doctor, env=environment(root), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "证书" in done.stdout
    assert (root / "var/lib/qingxi/doctor.json").is_file()


def test_uninstalling_keeps_the_books(tmp_path, authority):
    more = ("--host", "localhost", "--certificate", authority / "office.pem", "--key", authority / "office.key")
    assert install(tmp_path, *more).returncode == 0
    (tmp_path / "var/lib/qingxi/office.sqlite3").write_bytes(b"books")
    done = install(tmp_path, "--uninstall")
    assert done.returncode == 0, done.stderr
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file() or p.is_symlink()}
    assert left == {
        "etc/qingxi/qingxi.env",
        "etc/qingxi/tls/office.key",
        "etc/qingxi/tls/office.pem",
        "var/lib/qingxi/office.sqlite3",
    }


def test_settings_stay_when_installed_again(tmp_path, authority):
    address = "postgresql://qx:a%27b$c@db/office?host=/run/postgresql&sslmode=require"
    assert install(tmp_path, "--host", "office.county.example", "--database", address).returncode == 0
    before = (tmp_path / "etc/qingxi/qingxi.env").read_text()
    pem = (tmp_path / "etc/qingxi/tls/office.pem").read_text()
    assert install(tmp_path).returncode == 0
    assert (tmp_path / "etc/qingxi/qingxi.env").read_text() == before
    assert (tmp_path / "etc/qingxi/tls/office.pem").read_text() == pem
    # A shell that reads the file (as the command does) gets the address as it was said.
    said = subprocess.run(["sh", "-c", f". {tmp_path}/etc/qingxi/qingxi.env; printf %s \"$QINGXI_DATABASE\""], capture_output=True, text=True, check=True)  # fmt: skip
    assert said.stdout == address


@pytest.mark.parametrize(
    "more",
    [(), ("--host", "a b"), ("--host", "x", "--certificate", "/nothing", "--key", "/nothing"), ("--surprise",), ("--host",),
     ("--host", "x", "--database", "postgresql://a'b@c/d")],
)  # fmt: skip
def test_mistakes_are_sentences(tmp_path, more):
    done = install(tmp_path, *more)
    assert done.returncode == 2, done.stdout
    assert "install.sh:" in done.stderr


def test_a_certificate_and_a_strange_key_are_refused(tmp_path, authority):
    done = install(
        tmp_path, "--host", "x", "--certificate", authority / "office.pem", "--key", authority / "ca.key"
    )
    assert done.returncode == 2
    assert "不是一对" in done.stderr


def test_behind_nginx_the_address_is_the_visitors(settings, rf):
    from django.http import HttpResponse

    from qingxi_office.site.proxy import Proxy

    seen = []
    look = Proxy(lambda request: seen.append(request.META["REMOTE_ADDR"]) or HttpResponse())
    for tls, address in ((True, "127.0.0.1"), (True, "10.0.0.9"), (False, "127.0.0.1")):
        settings.BEHIND_TLS = tls
        look(rf.get("/", REMOTE_ADDR=address, HTTP_X_REAL_IP="203.0.113.7"))
    # Only nginx on this machine is believed, and only where there is one.
    assert seen == ["203.0.113.7", "10.0.0.9", "127.0.0.1"]
