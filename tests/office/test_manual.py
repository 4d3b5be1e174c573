"""The manuals: safe, whole, with their pictures, and each page's "?" at its chapter."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from qingxi_office.site import manual_text
from qingxi_office.site.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
TEXTS = sorted((ROOT / "src/qingxi_office/site/manual").glob("*.md"))
PICTURES = ROOT / "src/qingxi_office/site/static/manual"


def test_nothing_in_a_text_becomes_markup_but_the_marks():
    told = manual_text.render(
        '# 题 <b>\n## 章 <i> {#one}\n<script>x</script> **粗** `a<b`\n- 一\n- 二\n1. 甲\n![图 "><x>](a-b)\n'
    )
    assert told.title == "题 <b>"
    assert told.chapters == (("one", "章 <i>"),)
    assert '<h2 id="one">章 &lt;i&gt;</h2>' in told.html
    assert "<p>&lt;script&gt;x&lt;/script&gt; <strong>粗</strong> <code>a&lt;b</code></p>" in told.html
    assert "<ul>\n<li>一</li>\n<li>二</li>\n</ul>\n<ol>\n<li>甲</li>\n</ol>" in told.html
    assert "<x>" not in told.html
    assert "<script" not in told.html


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_every_manual_is_whole(path):
    text = path.read_text(encoding="utf-8")
    told = manual_text.render(text)
    assert told.title
    assert len(told.chapters) >= 3
    assert len({anchor for anchor, _ in told.chapters}) == len(told.chapters)
    for name in re.findall(r"^!\[.*?\]\(([a-z0-9-]+)\)$", text, re.M):
        picture = PICTURES / f"{name}.webp"
        assert picture.is_file(), name
        assert picture.stat().st_size <= 60_000, name


def test_every_chapter_a_page_opens_exists_somewhere():
    anchors = {
        anchor for path in TEXTS for anchor, _ in manual_text.render(path.read_text(encoding="utf-8")).chapters
    }
    assert set(manual_text.CHAPTERS.values()) <= anchors
    assert set(manual_text.CHAPTERS) <= set(RULES), "a page that is none"
    assert manual_text.help_href("township_clerk", "households") == "/help/township_clerk/#households"
    assert manual_text.help_href("operator_foreman", "households") == "/help/operator_foreman/"
    assert manual_text.help_href("", "home") == "/help/villager/"


def test_the_papers_are_those_of_the_texts():
    done = subprocess.run(
        [sys.executable, "tools/manual.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_opened_from_a_page(cast):
    mine = Client()
    mine.force_login(cast.luomei, backend="qingxi_office.people.backends.OfficeBackend")
    assert 'href="/help/township_clerk/#issues"' in mine.get("/issues/").content.decode()
    assert mine.get("/help/").url == "/help/township_clerk/"
    assert "乡镇专干手册" in mine.get("/help/township_clerk/").content.decode()
    assert Client().get("/help/").url == "/help/villager/"
    assert "村民怎么用" in Client().get("/help/villager/").content.decode()
    assert Client().get("/help/nobody/").status_code == 404
