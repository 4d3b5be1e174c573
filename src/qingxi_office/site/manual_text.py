"""The manuals: a small safe renderer for the marks they use, and which chapter each page's "?" opens.

Marks: ``#`` title, ``## words {#anchor}``, paragraphs, ``-`` and ``1.`` lists, ``**bold**``, `` `code` ``, ``![words](picture)``
alone on a line. Everything is escaped first: a manual is text, whatever stands in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from django.templatetags.static import static
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

ROLES = {
    "county_officer": "县主管", "township_clerk": "乡镇专干", "inspector": "巡查员", "operator_foreman": "运维班长",
    "supervisor": "上级督导", "auditor": "审计", "villager": "村民",
}  # fmt: skip
_FILE = {"operator_foreman": "foreman", "auditor": "supervisor"}  # who audits reads what the supervisor reads

# Name of the address -> anchor of its chapter; a manual without the chapter opens at its top.
CHAPTERS: dict[str, str] = {
    "home": "home", "village": "village", "villages": "village", "village_edit": "households", "households": "households",
    "household": "households", "waters": "households", "water": "households", "rain": "facility", "rain_gauge": "facility", "facilities": "facility", "facility": "facility",
    "facility_file": "facility", "visit": "visit", "rounds_today": "visit", "rounds_week": "patrol", "rounds_sent": "patrol", "round_seen": "visit", "qr_sheets": "visit", "issues": "issues", "issue": "issues", "issue_new": "issues", "crossings": "issues", "crossing": "issues", "letters": "notices",
    "letter": "notices", "notices": "notices", "notice_choices": "notices", "notice_channels": "notices", "rounds": "rounds",
    "loads": "loads", "load": "loads", "morning": "morning", "people": "duties", "person": "duties", "duties": "duties",
    "tree": "duties", "tree_node": "duties", "handover": "duties", "attachments": "files", "attachment": "files",
    "recycle": "files", "merges": "files", "merge": "files", "privacy": "privacy", "search": "search", "doctor": "doctor",
    "door": "door", "hotline": "hotline", "hotline_order": "hotline", "hotline_new": "hotline", "reports": "reports", "report": "reports",
    "report_new": "reports", "six": "together", "six_village": "together", "coordination": "together", "coordination_village": "together", "equity": "together",
    "receiving": "together", "receiving_point": "together", "source_figures": "together",
    "plan": "plan", "plan_versions": "plan", "plan_compare": "plan", "projects": "plan", "project": "plan", "walk": "walk",
    "spot_checks": "samples", "spot_check": "samples", "spot_visit": "samples", "spot_officers": "samples",
    "returns": "returns", "return_one": "returns", "return_period": "returns", "return_figure": "returns", "return_forms": "returns",
    "return_form": "returns", "figure": "figures", "figures": "figures", "figures_tree": "figures", "figures_scope": "figures", "figures_seats": "figures", "figures_official": "figures",
    "acting": "acting", "approvals": "acting", "bulletins": "bulletins", "bulletin": "bulletins", "bulletin_figure": "walk", "callovers": "bulletins", "callover": "bulletins",
    "cards": "bulletins", "card": "bulletins", "receipts": "bulletins", "peer_letter": "bulletins",
}  # fmt: skip


@dataclass(frozen=True)
class Manual:
    """One role's manual: title, its chapters (anchor, words), and the text as HTML."""

    title: str
    chapters: tuple[tuple[str, str], ...]
    html: SafeString


_INLINE = ((re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"), (re.compile(r"`(.+?)`"), r"<code>\1</code>"))
_HEAD = re.compile(r"^(#{1,3}) (.+?)(?: \{#([a-z]+)\})?$")
_PICTURE = re.compile(r"^!\[(.*?)\]\(\.\./static/manual/([a-z0-9-]+)\.webp\)$")


def _inline(text: str) -> str:
    text = str(escape(text))
    for pattern, put in _INLINE:
        text = pattern.sub(put, text)
    return text


def render(source: str) -> Manual:
    """The manual's text as HTML; its title and chapters."""
    title, chapters, out, listed = "", [], [], ""
    for line in [*source.splitlines(), ""]:
        item = re.match(r"^(-|\d+\.) (.+)$", line)
        kind = ("ul" if item[1] == "-" else "ol") if item else ""
        if listed and kind != listed:
            out.append(f"</{listed}>")
        if kind and kind != listed:
            out.append(f"<{kind}>")
        listed = kind
        if item:
            out.append(f"<li>{_inline(item[2])}</li>")
        elif head := _HEAD.match(line):
            if len(head[1]) == 1:
                title = head[2]
                continue
            anchor = head[3] or f"c{len(chapters) + 1}"
            chapters.append((anchor, head[2]))
            out.append(f'<h2 id="{anchor}">{_inline(head[2])}</h2>')
        elif picture := _PICTURE.match(line):
            src = static(f"manual/{picture[2]}.webp")
            out.append(f'<p><img src="{escape(src)}" alt="{escape(picture[1])}" loading="lazy"></p>')
        elif line.strip():
            out.append(f"<p>{_inline(line.strip())}</p>")
    return Manual(title, tuple(chapters), mark_safe("\n".join(out)))


@cache
def source(role: str) -> str:
    """The text of a role's manual; raises KeyError for a role that has none."""
    ROLES[role]
    path = resources.files("qingxi_office.site") / "manual" / f"{_FILE.get(role, role)}.md"
    return path.read_text(encoding="utf-8")


def help_href(role: str, page: str) -> str:
    """Where the "?" of a page leads for a role."""
    role = role if role in ROLES else "villager"
    anchor = CHAPTERS.get(page, "")
    return f"/help/{role}/" + (f"#{anchor}" if anchor and "{#" + anchor + "}" in source(role) else "")
