"""A real Chromium on a real server over the demo county; nothing is mocked and nothing leaves the machine.

The home is made by ``qingxi demo`` once a run; ``QINGXI_BROWSER_SIZE`` is hamlet, or county for the whole walk
(a minute more). ``QINGXI_BROWSER_HOME`` names a demo home that exists already
(its office is copied, so that the tests may change it).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import ModuleType

import pytest

import once

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("QINGXI_CHROMIUM", "/usr/bin/chromium")
PASSWORD = "qingxi-demo"


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def shots():
    """The picture tool: its flags, its sign-in, and how it knows that a page is settled."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"there is no Chromium at {CHROMIUM}; in CI the browser tests must run")
        pytest.skip(f"there is no Chromium at {CHROMIUM} (QINGXI_CHROMIUM names another)")
    return _tool("shots")


@pytest.fixture(scope="session")
def home(tmp_path_factory, shots):
    """The office home of a demo county."""
    root = tmp_path_factory.mktemp("browser")
    ready = os.environ.get("QINGXI_BROWSER_HOME")
    if ready:
        shutil.copytree(Path(ready), root / "office")
        return root / "office"
    size = os.environ.get("QINGXI_BROWSER_SIZE", "hamlet")
    # Two processes (``-n 2``) play on a copy each: what one changes the other does not see.
    shutil.copytree(once.demo(tmp_path_factory, size) / "demo" / "office", root / "office")
    return root / "office"


@pytest.fixture(scope="session")
def url(home):
    """The office, served as it is served to people, at a free port of the loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (home / "server.log").open("w", encoding="utf-8")
    server = subprocess.Popen(
        [str(Path(sys.executable).parent / "qingxi"), "serve", "--home", str(home), "--port", str(port), "--workers", "1"],
        stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(address + "/sign-in/", timeout=2).read()
            break
        except OSError:
            alive = server.poll() is None and time.monotonic() < until
            assert alive, (home / "server.log").read_text(encoding="utf-8")[-2000:]
            time.sleep(0.2)
    yield address
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="session")
def chromium(shots):
    with shots.browser() as running:
        yield running


@pytest.fixture(scope="session")
def signed_in(chromium, shots, url):
    """The sign-in of each person, kept for the session: people who come back do not sign in before every page."""
    kept: dict[str, dict] = {}

    def state(user: str) -> dict:
        if user not in kept:
            context = chromium.new_context(locale="zh-CN")
            page = context.new_page()
            shots.sign_in(page, url, user, PASSWORD)
            kept[user] = context.storage_state()
            context.close()
        return kept[user]

    return state


def _context(chromium, url, width, state):
    context = chromium.new_context(
        viewport={"width": width, "height": 900 if width > 600 else 844},
        storage_state=state,
        base_url=url,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    return context


def _watched(page, wrong):
    """Every script error, content policy breach and server error that the page meets is written down."""
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on(
        "console",
        lambda said: (
            wrong.append(f"console: {said.text}")
            if "Content Security Policy" in said.text or "Refused to" in said.text
            else None
        ),
    )
    page.on(
        "response",
        lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
    )
    return page


@pytest.fixture
def visit(chromium, signed_in, url):
    """Open pages as somebody: ``visit("chenjing")`` gives a page; ``visit(None)`` one without sign-in.

    At the end every script error, content policy breach and server error that a page met fails the test.
    """
    contexts, wrong = [], []

    def opened(user: str | None = "chenjing", width: int = 1440, **cookies: str):
        context = _context(chromium, url, width, signed_in(user) if user else None)
        contexts.append(context)
        context.add_cookies([{"name": f"qx_{k}", "value": v, "url": url} for k, v in cookies.items()])
        return _watched(context.new_page(), wrong)

    yield opened
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.fixture(scope="session")
def kept_pages(chromium):
    """Pages by person and language, and what went wrong on each."""
    pages = {}
    yield pages
    for page, _wrong in pages.values():
        page.context.close()


@pytest.fixture
def look_in(chromium, signed_in, url, kept_pages):
    """A page for tests that look and change nothing: kept from test to test, with its files in the browser's cache.

    One for each person and language, for a page's worker keeps it in the language it was fetched in. Fails as ``visit``.
    """

    def opened(user: str | None = "chenjing", language: str = "zh-hans", width: int = 1440):
        key = user, language
        if key not in kept_pages:
            context = _context(chromium, url, width, signed_in(user) if user else None)
            context.add_cookies([{"name": "django_language", "value": language, "url": url}])
            wrong: list[str] = []
            page = _watched(context.new_page(), wrong)
            page.on("crash", lambda _page: kept_pages.pop(key, None))
            kept_pages[key] = page, wrong
        page = kept_pages[key][0]
        page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
        return page

    yield opened
    said = [text for _page, wrong in kept_pages.values() for text in wrong]
    for _page, wrong in kept_pages.values():
        wrong.clear()
    assert not said, "\n".join(dict.fromkeys(said))


@pytest.fixture
def settle(shots):
    return shots.settled


@pytest.fixture(scope="session")
def office_says(home):
    """Run a line of the office's own actions beside the server; gives what it printed."""

    def run(line: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", "import django; django.setup(); " + line],
            env={**os.environ, "QINGXI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "qingxi_office.site.settings"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    return run
