"""Every page: it opens, settles, keeps within a phone, and axe finds nothing serious on it in any dress."""

import json

import pytest
from axe_playwright_python.base import AXE_SCRIPT

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
# What can differ from dress to dress; the rest is asked once.
DRESS_RULES = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"],
    },
}
NAMES = (
    "home", "villages", "village", "facilities", "facility", "facility-paper", "plan", "plan-versions", "plan-compare",
    "plan-make", "plan-rules", "plan-try", "plan-files", "loads", "projects", "issues", "issue",
    "issue-closed", "issues-late", "empty", "bulletins", "bulletin", "figure", "walk", "search", "public", "public-rate",
    "public-station", "public-report", "sign-in", "missing", "households", "household", "waters", "devices", "device", "device-packets", "device-raw", "quarantine", "vendors", "forwarding", "new-outlet", "snapshots", "labels",
    "facility-file", "visit", "village-edit",
    "figures", "figures-tree", "figures-scope", "figures-seats", "figures-official",
    "notices", "notice-choices", "notice-channels", "rounds", "letters", "files", "recycle", "merges", "privacy", "manual", "found-more",
    "meetings", "meeting", "meeting-group", "setting-up", "hub", "doctor", "people", "duties", "tree", "handover", "sheet-forms", "morning",
    "trail", "account", "second-setup", "acting", "approvals", "safety", "api", "rounds-today", "rounds-week", "round",
)  # fmt: skip
# Pages put together of parts that the pages above are made of: asked in the two dresses farthest apart, and in English.
MADE_OF_THE_SAME = (
    "issue-new", "issue-new-stuck", "crossings", "reports", "report", "report-new", "hotline", "hotline-order", "hotline-new",
    "returns", "return", "return-period", "return-forms", "return-form",
    "samples", "sample", "sample-visit", "sample-officers", "sample-random", "sample-targeted",
    "source-figures", "together", "together-village", "coordination", "coordination-village", "equity", "receiving", "receiving-point",
    "appraisals", "appraisal", "appraisal-sheet", "appraisal-schemes", "care-pay",
    "callovers", "callover", "cards", "card", "receipts", "bulletin-figure", "history",
    "door", "open-data", "open-settings", "ogc", "public-map", "public-stations", "public-villages", "public-village", "public-samples",
    "public-plans", "public-bulletins", "public-issues", "public-list", "public-help", "public-find",
    "findings", "finding", "finding-rules", "rounds-sent", "facilities-lasting", "devices-lasting", "labs", "lab-samples", "lab", "bills", "pairs", "vendor-clouds", "manuals",
)  # fmt: skip
# In English the colours are the same: everything but their contrast is asked again.
ENGLISH_RULES = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
# Who comes without a sign-in.
OPEN = {"sign-in", "open-data", "ogc"}
# (theme, size, width): the same page in another dress, without another template.
DRESSES = (("light", "", 1440), ("dark", "", 390), ("light", "elder", 1440), ("dark", "elder", 390))
# Nothing of the head may stand below it: there it would lie over the page.
HEAD = """() => { const head = document.querySelector('.q-top-in'); if (!head) return 0;
  const end = head.getBoundingClientRect().bottom;
  return Math.max(0, ...[...head.children].map(e => e.getBoundingClientRect().bottom - end)); }"""


# What stands out of a page that is too wide, where nothing around it scrolls.
OVER = """() => { const w = document.documentElement.clientWidth, out = [];
  for (const e of document.querySelectorAll('body *')) { const r = e.getBoundingClientRect();
    if (r.width === 0 || r.right <= w + 1) continue;
    let c = e; while ((c = c.parentElement) && getComputedStyle(c).overflowX === 'visible');
    if (!c) out.push(`${e.tagName}.${e.className} to ${Math.round(r.right)}: ${e.textContent.trim().slice(0, 40)}`); }
  return out.slice(0, 4).join('; '); }"""


# A small county draws no sample in its demo: two checks of the other kinds, made by the office's own actions.
CHECKS = """
from datetime import date
from qingxi.sampling import Design, Method
from qingxi_office.people.models import User
from qingxi_office.places.models import Unit
from qingxi_office.samples import actions
from qingxi_office.samples.models import Campaign
from qingxi_office.trail import clock
by, day = User.objects.get(username='chenjing'), clock.today()
county = by.scope
if not Campaign.objects.exists():
    actions.create('专项检查', '雨后暗访', county, by=by, reason='群众反映多')
    plan = actions.keep_plan(day.year, '运维企业检查', '合同履行和达标', '县司法局备〔2026〕3 号', day, county, by=by)
    unit = Unit.objects.filter(name__contains='生态环境局').first()
    for n, name in enumerate('甲乙丙丁'):
        actions.keep_officer(f'执法员{name}', unit, f'川0{n}', date(day.year + 1, 12, 31), county, by=by)
    row = actions.create('双随机', '运维企业双随机', county, by=by, plan=plan)
    actions.freeze_enterprises(row, list(Unit.objects.filter(kind='运维单位')), by=by)
    key = actions.commit(row, Design(Method.SIMPLE, n=1), outside_name='上证收盘', outside_day=day, depart_on=day, back_on=day, by=by)
    actions.draw(row, '3921.55', key=key, by=by)
    actions.open_list(row, key=key, by=by)
"""


@pytest.fixture(scope="module")
def addresses(chromium, signed_in, shots, url, office_says):
    """A living example of every page."""
    office_says(f"exec({CHECKS!r})")
    context = chromium.new_context(locale="zh-CN", storage_state=signed_in("chenjing"))
    found = shots.pages(context.new_page(), url)
    context.close()
    return found


@pytest.mark.parametrize("name", NAMES + MADE_OF_THE_SAME)
def test_page_is_whole_and_open_to_all(name, addresses, look_in, settle):
    if name not in addresses:
        pytest.skip(f"this county has no {name}")
    user = None if name in OPEN or name.startswith("public") else "chenjing"
    page = look_in(user)
    answer = page.goto(addresses[name])
    assert answer.status == (404 if name == "missing" else 200)
    if name != "missing":
        settle(page)
    serious = []
    for theme, size, width in DRESSES if name in NAMES else (DRESSES[0], DRESSES[-1]):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(
            "([theme, size]) => { const d = document.documentElement.dataset; d.bsTheme = theme;"
            " if (size) d.qSize = size; else delete d.qSize; }",
            [theme, size],
        )
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        over = page.evaluate(OVER) if wide > 0 else ""
        assert wide <= 0, f"{name} is {wide} px too wide at {width} px, {theme} {size}: {over}"
        below = page.evaluate(HEAD)
        assert below < 1, f"{name}: the head runs {below:.0f} px over the page at {width} px, {theme} {size}"
        options = RULES if (theme, size, width) == DRESSES[0] else DRESS_RULES
        for found in _axe(page, options):
            if found["impact"] in ("serious", "critical"):
                nodes = [node["html"][:160] + " | " + node["failureSummary"][:240] for node in found["nodes"][:3]]
                serious.append(
                    f"{theme} {size or 'normal'} {width}: {found['id']} ×{len(found['nodes'])} {json.dumps(nodes, ensure_ascii=False)}"
                )
    serious += _in_english(look_in(user, "en", 390), addresses[name], name, asked=name in NAMES)
    assert not serious, "\n".join(serious)


def _axe(page, options):
    """What axe finds; its script is read once a page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate("options => axe.run(options)", options)["violations"]


def _in_english(page, address, name, *, asked):
    """English words are longer: nothing may run out of a phone, and axe, if asked, finds nothing serious."""
    page.goto(address)
    assert page.locator("html").get_attribute("lang") == "en"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide in English at 390 px"
    found = _axe(page, ENGLISH_RULES) if asked else []
    return [
        f"English: {one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_who_answers_can_be_read_on_a_phone_in_english(addresses, look_in, settle):
    page = look_in("chenjing", "en", 390)
    page.goto(addresses["facility"])
    widths = page.evaluate(
        "[...document.querySelectorAll('.q-duty td:nth-child(2)')].map(e => e.clientWidth / parseFloat(getComputedStyle(e).fontSize))"
    )
    assert widths
    assert min(widths) >= 6.5  # characters: not one below the other


def test_no_webgl_gives_a_still_map_with_the_same_list(visit):
    page = visit("chenjing")
    page.add_init_script("HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {"
                         " apply: (f, self, a) => String(a[0]).startsWith('webgl') ? null : Reflect.apply(f, self, a) });")  # fmt: skip
    page.goto("/")
    still = page.locator("[data-map] img.q-map-still")
    still.wait_for()
    assert still.evaluate("async e => { await e.decode(); return e.naturalWidth; }") > 0
    assert page.locator("#townships tbody tr").count() >= 1


def test_look_and_language_are_kept_by_the_server(visit):
    page = visit("chenjing")
    page.goto("/")
    page.click("button.q-who")
    page.click("#q-me button[name=theme][value=dark]")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.click("button.q-who")
    page.click("#q-me button[name=language][value=en]")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator(".q-nav a.on").inner_text() == "Today"


def test_search_by_keyboard(visit):
    page = visit("chenjing")
    page.goto("/villages/")
    name = page.locator(".q-table tbody tr td a").first.inner_text()
    page.keyboard.press("Control+k")
    page.keyboard.type(name)
    page.locator("#q-found a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/villages/**")
    assert name in page.locator("h1").inner_text() or name in page.locator(".q-crumb").inner_text()


def test_skip_link_focus_and_escape(visit):
    """The first Tab skips to the page; what has the focus shows it; Esc closes what was opened and gives the focus back."""
    page = visit("chenjing")
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.locator("a.q-skip")
    assert skip.evaluate("e => e === document.activeElement && e.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.url.endswith(skip.get_attribute("href"))
    why = page.locator(".q-fig button.q-def").first
    why.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert why.evaluate(
        "e => getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none'"
    )
    page.keyboard.press("Enter")
    assert page.locator(".q-pop:popover-open").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".q-pop:popover-open").count() == 0
    assert why.evaluate("e => e === document.activeElement")


def test_table_by_keyboard(visit):
    page = visit("chenjing")
    page.goto("/issues/")
    rows = page.locator("table[data-keys] tbody tr")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    assert rows.nth(1).evaluate("e => e === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/issues/WT-**")
    assert page.locator("#case").count() == 1


def test_what_is_shown_can_be_taken_away(visit, url):
    page = visit("chenjing")
    for path in ("/issues/?as=csv", "/facilities/?as=csv", "/villages/?as=csv", "/export/townships/?as=csv"):
        body = page.request.get(url + path).body()
        assert body.startswith(b"\xef\xbb\xbf"), path
    book = page.request.get(url + "/issues/?as=xlsx").body()
    assert book[:2] == b"PK"


def test_a_stranger_sees_nothing_inside(visit, url):
    page = visit(None)
    for path in ("/", "/villages/", "/facilities/", "/issues/", "/plan/", "/geo/county.json", "/search/?q=a"):
        page.goto(path)
        assert "/sign-in/" in page.url, path


def test_a_wrong_password_says_so_and_signs_nobody_in(visit):
    page = visit(None)
    page.goto("/sign-in/")
    page.fill("#id_username", "nobody-here")
    page.fill("#id_password", "wrong-password")
    page.click("form.q-form button")
    assert page.locator("[role=alert]").count() == 1
    page.goto("/")
    assert "/sign-in/" in page.url
