#!/usr/bin/env python3
"""One picture of every page of the office, at 1440 and 390 px, to be looked at beside the reference pictures.

    qingxi serve &                       # a loaded home, the demo county for real looks
    python tools/shots.py --user NAME --password WORD [--url http://127.0.0.1:8000] [--only home,village]

Pictures go to var/shots/<page>-<width>[-<look>].png. A page is pictured when its maps are idle and its charts drawn.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PageError
from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("QINGXI_CHROMIUM", "/usr/bin/chromium")
# SwiftShader draws WebGL without a graphics card; the rest keeps Chromium off the network and out of shared memory.
# Pages are put together in plain memory: by SwiftShader, which maps need, that costs a quarter more.
FLAGS = [
    "--disable-gpu-compositing", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-default-apps", "--force-color-profile=srgb",
]  # fmt: skip
FACILITY = r"^/facilities/[^/?]+/$"
WIDTHS = {1440: 900, 390: 844}


@contextmanager
def browser() -> Iterator[Any]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


READY = """() => document.documentElement?.dataset.ready === '1'
  && [...document.querySelectorAll('[data-map]')].every(e => e.dataset.idle === '1')
  && [...document.querySelectorAll('[data-chart]')].every(e => e.dataset.drawn === '1')"""


def settled(page: Page, at_most_s: float = 60.0) -> None:
    """Wait until the page's script has run, each map is idle and each chart drawn.

    Asked by ``evaluate``: the office's content policy forbids the eval that ``wait_for_function`` needs.
    """
    until = time.monotonic() + at_most_s
    while not _ready(page):
        if time.monotonic() > until:
            raise TimeoutError(f"{page.url} is not settled after {at_most_s:g} s")
        page.wait_for_timeout(100)
    page.evaluate("() => document.fonts.ready.then(() => true)")


def _ready(page: Page) -> bool:
    """Whether it is; a page that is just giving way to the next one is not."""
    try:
        return bool(page.evaluate(READY))
    except PageError as error:
        if "Execution context was destroyed" in error.message:
            return False
        raise


def sign_in(page: Page, url: str, user: str, password: str) -> None:
    page.goto(url + "/sign-in/")
    page.fill("#id_username", user)
    page.fill("#id_password", password)
    page.click("form.q-form button")
    page.wait_for_url(re.compile(r"^(?!.*sign-in).*$"))


def first(page: Page, url: str, listing: str, pattern: str) -> str | None:
    """The first address on a listing that fits a pattern; the listing is read, not drawn."""
    body = page.request.get(url + listing).text()
    return next((h for h in map(html.unescape, re.findall(r'href="([^"]*)"', body)) if re.search(pattern, h)), None)


def pages(page: Page, url: str) -> dict[str, str]:
    """Every page of the office by name, with living examples where a page is of one thing."""
    found = {
        "sign-in": "/sign-in/", "home": "/", "villages": "/villages/", "facilities": "/facilities/", "plan": "/plan/",
        "plan-versions": "/plan/versions/", "plan-compare": "/plan/compare/", "plan-make": "/plan/make/",
        "plan-rules": "/plan/rules/", "plan-try": "/plan/try/", "plan-files": "/plan/files/", "loads": "/loads/",
        "morning": "/morning/", "morning-forms": "/morning/forms/", "morning-new": "/morning/?new=1",
        "projects": "/projects/", "issues": "/issues/", "issues-late": "/issues/?late=1", "bulletins": "/bulletins/",
        "trail": "/trail/", "account": "/account/", "second-setup": "/account/second/", "acting": "/acting/", "approvals": "/approvals/",
        "safety": "/safety/", "rounds-today": "/rounds-today/", "rounds-week": "/rounds-today/week/", "api": "/api/",
        "search": "/search/?q=%E6%9D%91", "public": "/public/", "public-rate": "/public/rate/", "public-map": "/public/map/", "public-stations": "/public/stations/", "public-villages": "/public/villages/", "public-samples": "/public/samples/", "public-plans": "/public/plans/", "public-bulletins": "/public/bulletins/", "public-issues": "/public/issues/", "public-list": "/public/list/", "public-help": "/public/help/", "door": "/door/", "reports": "/reports/?show=all", "report-new": "/reports/new/", "hotline": "/hotline/?show=all", "hotline-new": "/hotline/new/",
        "empty": "/issues/?late=1&township=000000000", "missing": "/no-such-page/", "households": "/households/", "waters": "/waters/", "devices": "/devices/", "quarantine": "/quarantine/", "rounds-sent": "/rounds-sent/", "facilities-lasting": "/facilities-lasting/", "devices-lasting": "/devices/lasting/", "vendors": "/vendors/", "forwarding": "/forwarding/?platform=new", "new-outlet": "/waters/new/outlet/",
        "snapshots": "/snapshots/", "labels": "/labels/", "figures": "/figures/", "figures-tree": "/figures/tree/", "figures-scope": "/figures/scope/",
        "figures-seats": "/figures/seats/", "figures-official": "/figures/official/", "notices": "/notices/?all=1", "notice-choices": "/notices/choices/",
        "notice-channels": "/notices/channels/?kind=sms", "rounds": "/notices/rounds/", "letters": "/letters/", "files": "/files/",
        "recycle": "/recycle/", "merges": "/merges/", "privacy": "/privacy/", "manual": "/help/county_officer/", "meetings": "/meetings/", "meeting-group": "/meetings/groups/new/",
        "setting-up": "/setting-up/", "hub": "/office/", "doctor": "/office/doctor/", "people": "/people/", "duties": "/duties/", "tree": "/tree/",
        "handover": "/duties/hand-over/", "sheet-forms": "/loads/forms/", "found-more": "/search/?q=%E6%9D%91&in=place",
        "issue-new": "/issues/new/", "issue-new-stuck": "/issues/new/?klass=%E6%8E%A8%E8%BF%9B%E5%A0%B5%E7%82%B9", "crossings": "/crossings/",
        "returns": "/returns/", "return-forms": "/returns/forms/", "samples": "/samples/", "sample-officers": "/samples/officers/",
        "source-figures": "/source-figures/", "together": "/together/", "coordination": "/coordination/", "equity": "/equity/",
        "receiving": "/receiving-water/", "appraisals": "/appraisals/", "appraisal-schemes": "/appraisals/schemes/",
        "callovers": "/bulletins/call-overs/", "cards": "/bulletins/cards/", "receipts": "/bulletins/receipts/",
        "open-data": "/open-data/", "open-settings": "/open-data/settings/", "ogc": "/ogc/?f=html", "public-find": "/public/find/",
        "findings": "/findings/", "finding-rules": "/rules/", "labs": "/labs/", "lab-samples": "/labs/samples/", "bills": "/bills/",
        "pairs": "/duties/pairs/", "vendor-clouds": "/vendors/clouds/", "manuals": "/help/",
    }  # fmt: skip
    for name, listings, pattern in (
        ("village", ("/", "/villages/"), r"^/villages/\d{12}/(#works)?$"),
        ("village-treated", ("/villages/?state=%E5%B7%B2%E6%B2%BB%E7%90%86",), r"^/villages/\d{12}/"),
        (
            "facility",
            ("/facilities/?standing=idle&evidence=remote_meter", "/facilities/?evidence=hj212", "/facilities/"),
            FACILITY,
        ),
        ("facility-paper", ("/facilities/?standing=idle&evidence=paper", "/facilities/?evidence=paper"), FACILITY),
        ("facility-good", ("/facilities/?standing=ok&evidence=remote_meter", "/facilities/?standing=ok"), FACILITY),
        ("morning-conflict", ("/morning/",), r"^/morning/conflicts/\d+/$"),
        ("household", ("/households/",), r"^/households/[^/?]+/$"),
        ("round", ("/rounds-today/week/",), r"^/rounds-today/round/\d+/$"),
        ("device", ("/devices/",), r"^/devices/(?!lasting/)[^/?]+/$"),
        ("meeting", ("/meetings/",), r"^/meetings/HY-[^/?]+/$"),
        ("issue", ("/issues/",), r"^/issues/[^/?]+/"),
        ("issue-closed", ("/issues/?closed=1",), r"^/issues/[^/?]+/"),
        ("bulletin", ("/bulletins/",), r"^/bulletins/[A-Z][^/?]+/$"),
        ("figure", ("/bulletins/",), r"^/figures/\d+/$"),
        ("public-village", ("/public/villages/",), r"^/public/villages/\d+/$"),
        ("public-station", ("/public/stations/",), r"^/s/[^/]+/$"),
        ("return", ("/returns/",), r"^/returns/[a-z_]+-[^/?]+/$"),
        ("return-period", ("/returns/",), r"^/returns/periods/[^/]+/[^/]+/$"),
        ("return-form", ("/returns/forms/",), r"^/returns/forms/[^/?]+/$"),
        ("sample", ("/samples/",), r"^/samples/[A-Z][^/?]+/$"),
        ("sample-random", ("/samples/?kind=%E5%8F%8C%E9%9A%8F%E6%9C%BA",), r"^/samples/[A-Z][^/?]+/$"),
        ("sample-targeted", ("/samples/?kind=%E4%B8%93%E9%A1%B9%E6%A3%80%E6%9F%A5",), r"^/samples/[A-Z][^/?]+/$"),
        ("together-village", ("/together/",), r"^/together/\d{12}/$"),
        ("coordination-village", ("/coordination/",), r"^/coordination/\d{12}/$"),
        ("receiving-point", ("/receiving-water/",), r"^/receiving-water/[^/?]+/$"),
        ("appraisal", ("/appraisals/",), r"^/appraisals/[A-Z][^/?]+/$"),
        ("care-pay", ("/appraisals/",), r"^/appraisals/pay/\d+/$"),
        ("callover", ("/bulletins/call-overs/",), r"^/bulletins/call-overs/[A-Z][^/?]+/$"),
        ("card", ("/bulletins/cards/",), r"^/bulletins/cards/\d+/$"),
        ("report", ("/reports/?show=all",), r"^/reports/(?!new/)[^/?]+/$"),
        ("hotline-order", ("/hotline/?show=all",), r"^/hotline/(?!new/|replies/|form/)[^/?]+/$"),
        ("finding", ("/findings/",), r"^/findings/\d+/$"),
        ("lab", ("/labs/samples/",), r"^/labs/[^/?]+/[^/?]+/[^/?]+/$"),
    ):
        for listing in listings:
            if href := first(page, url, listing, pattern):
                found[name] = href
                break
    if "figure" in found:
        walk = first(page, url, found["figure"], r"^/walk/")
        if walk:
            found["walk"] = walk
    for name, of, pattern in (
        ("device-packets", "device", r"^/devices/[^/]+/packets/"),
        ("sample-visit", "sample", r"^/samples/[^/]+/stations/\d+/$"),
        ("appraisal-sheet", "appraisal", r"^/appraisals/[^/]+/\d+/$"),
        ("bulletin-figure", "bulletin", r"^/bulletins/[^/]+/figures/"),
        ("history", "callover", r"^/history/"),
    ):
        if of in found and (href := first(page, url, found[of], pattern)):
            found[name] = href
    if "device-packets" in found and (href := first(page, url, found["device-packets"], r"^\?(.*&)?at=")):
        found["device-raw"] = found["device-packets"] + href.removesuffix("#raw")
    if "facility" in found:
        found["facility-file"], found["visit"] = found["facility"] + "file/", found["facility"] + "visit/?form=1"
    if "village" in found:
        found["village-edit"] = found["village"].split("#")[0] + "edit/"
    if "public-station" in found:
        found["public-report"] = found["public-station"] + "report/"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--out", type=Path, default=Path("var/shots"))
    parser.add_argument("--only", default="", help="names of pages, with commas")
    parser.add_argument("--widths", default="1440,390")
    parser.add_argument("--looks", default="", help="besides the plain one: dark, elder")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    only = [name for name in asked.only.split(",") if name]
    with browser() as chromium:
        first_page = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        page = first_page.new_page()
        sign_in(page, asked.url, asked.user, asked.password)
        known = pages(page, asked.url)
        cookies = first_page.cookies()
        for look in ["", *[w for w in asked.looks.split(",") if w]]:
            for width in (int(w) for w in asked.widths.split(",")):
                context = chromium.new_context(
                    locale="zh-CN",
                    viewport={"width": width, "height": WIDTHS.get(width, 900)},
                    device_scale_factor=1.25 if width > 600 else 2,
                )
                context.add_cookies(cookies)
                if look:
                    key, value = {"dark": ("qx_theme", "dark"), "elder": ("qx_size", "elder")}[look]
                    context.add_cookies([{"name": key, "value": value, "url": asked.url}])
                page = context.new_page()
                page.on(
                    "console",
                    lambda m: print("   ", m.type, m.text[:200]) if m.type in ("error", "warning") else None,
                )
                page.on("pageerror", lambda e: print("    page error", str(e)[:300]))
                for name, href in known.items():
                    if only and name not in only:
                        continue
                    if name == "sign-in":
                        context.clear_cookies(name="sessionid")
                    page.goto(asked.url + href)
                    if name == "sign-in":
                        context.add_cookies(cookies)
                    try:
                        if name != "missing":
                            settled(page)
                    except Exception as late:
                        print(f"  {name} not settled: {str(late).splitlines()[0]}")
                    target = asked.out / f"{name}-{width}{'-' + look if look else ''}.png"
                    page.screenshot(path=target, full_page=True)
                    wide = page.evaluate(
                        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    )
                    print(f"{target}{f'  OVERFLOWS by {wide} px' if wide > 0 else ''}", flush=True)
                context.close()


if __name__ == "__main__":
    main()
