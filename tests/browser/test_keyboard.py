"""Journeys 1 and 2 by keyboard alone: nothing is clicked, every stop shows its focus."""

import sqlite3

import pytest

PASSWORD = "qingxi-demo"
# The last stop in a date is its calendar button, whose ring the browser draws itself where no script sees it.
SEEN = """() => { const e = document.activeElement, s = getComputedStyle(e);
  return {tag: e.tagName, text: (e.innerText || e.value || e.getAttribute('aria-label') || '').trim().slice(0, 80), name: e.name || '',
    href: e.getAttribute('href') || '', ring: e.type === 'date' || s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none'}; }"""


class Hands:
    """Two hands on a keyboard."""

    def __init__(self, page):
        self.page, self.ringless = page, set()

    def to(self, want, most=420):
        """Tab until the focused element is the wanted one; how often that took is nobody's business but not endless."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(SEEN)
            if not at["ring"] and at["tag"] not in ("BODY", "HTML"):
                self.ringless.add((at["tag"], at["text"][:20]))
            if want(at):
                return at
        raise AssertionError("the keyboard does not get there")

    def press(self, text, tag=None):
        """Reach a link or button by its words and press it."""
        self.to(lambda at: text in at["text"] and at["tag"] in ((tag,) if tag else ("A", "BUTTON")))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def fill(self, name, words):
        self.to(lambda at: at["name"] == name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)

    def sign_in(self, user):
        self.page.goto("/sign-in/")
        self.fill("username", user)
        self.fill("password", PASSWORD)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


@pytest.fixture
def hands(visit):
    return Hands(visit(None))


def test_the_officials_morning(hands, office_says):
    name = office_says(
        "from qingxi_office.programmes.models import *; from qingxi_office.places.models import Place;"
        " p = Place.objects.filter(level='village').first();"
        " w = OtherWork.objects.create(key='w/keys', department='县交通运输局', kind='road', name='键盘路硬化');"
        " l = LotRow.objects.create(key='l/keys', name='三标段', place=p, cost_fen=100, year=2027);"
        " Clash.objects.create(key='l/w/keys', lot=l, work=w, place=p, overlap_m=88, months_apart=5); print(p.name)"
    )
    page = hands.page
    hands.sign_in("chenjing")
    assert page.locator("h1").inner_text()
    hands.press("项目与资金", "A")
    hands.press("提出同步施工", "BUTTON")
    assert any("已提出同步施工" in line for line in page.locator("main .q-said").all_inner_texts())
    hands.press("函稿", "A")
    hands.fill("number", "天环函〔2026〕32号")
    hands.press("签发，记为已发出", "BUTTON")
    assert "等答复" in page.locator("h1").inner_text()
    hands.press("报表与通报", "A")
    hands.press("生成通报", "BUTTON")
    assert "/bulletins/TB-" in page.url
    hands.press("送审", "BUTTON")
    assert "已送审" in page.locator("main").inner_text()
    page.keyboard.press("Control+K")
    page.keyboard.type(name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    if "/villages/" not in page.url:
        hands.to(lambda at: at["tag"] == "A" and at["href"].startswith("/villages/") and name in at["text"])
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert name in page.locator("h1").inner_text()
    assert not hands.ringless


def test_the_clerk_reports_for_a_villager(hands, home):
    with sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True) as db:
        (user,) = db.execute(
            "SELECT username FROM people_user WHERE role = 'township_clerk' ORDER BY id LIMIT 1"
        ).fetchone()
    page = hands.page
    hands.sign_in(user)
    page.goto("/acting/")
    hands.fill("name", "谭奶奶")
    hands.fill("reason", "八十二岁，口述")
    hands.press("开始代办", "BUTTON")
    assert "替谭奶奶" in page.locator("h1").inner_text()
    with sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True) as db:
        village = db.execute(
            "SELECT v.code || ' ' || v.name FROM people_user u JOIN places_place p ON p.id = u.scope_id JOIN places_place v"
            " ON v.parent_id = p.id WHERE u.username = ? AND v.level = 'village' LIMIT 1", (user,)
        ).fetchone()[0]  # fmt: skip
    hands.fill("village", village)
    hands.fill("text", "门口的井盖冒水，又臭")
    hands.press("记下", "BUTTON")
    with sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True) as db:
        (n,) = db.execute("SELECT count(*) FROM intake_publicreport WHERE text = '门口的井盖冒水，又臭'").fetchone()
    assert n == 1
    assert not hands.ringless
