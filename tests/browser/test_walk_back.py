"""From ten figures of a bulletin, drawn at random, to the ground they stand on, by clicking as a person would.

The draw is by a seed: ``QINGXI_WALK_SEED`` names another; what was drawn is printed with a failure.
"""

from __future__ import annotations

import os
import random
import re

GROUND = {"household", "visit", "bill", "packets", "village", "hamlet", "lab"}
SEED = int(os.environ.get("QINGXI_WALK_SEED", "20261120"))


def kinds_on(page) -> set[str]:
    links = page.locator("a[href*='kind=']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    return {m[1] for a in links if (m := re.search(r"kind=(\w+)", a))}


def test_ten_figures_drawn_at_random_are_clicked_back_to_their_ground(visit, settle, office_says):
    key = office_says(
        "from qingxi_office.people.models import User; from qingxi_office.bulletins import actions;"
        " from qingxi_office.trail import clock;"
        " print(actions.draft(by=User.objects.get(username='chenjing'), as_of=clock.today()).key)"
    ).splitlines()[-1]
    page = visit("chenjing")
    page.goto("/bulletins/")
    page.locator(f"a[href='/bulletins/{key}/']").first.click()
    page.wait_for_url(f"**/bulletins/{key}/")
    found = page.locator("a[href*='/figures/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    figures = sorted({a for a in found if a.startswith("/bulletins/")})
    drawn = random.Random(SEED).sample(figures, min(10, len(figures)))
    assert len(drawn) == 10, f"only {len(figures)} figures are printed"
    print("drawn:", *drawn, sep="\n  ")
    for address in drawn:
        page.goto(f"/bulletins/{key}/")
        page.locator(f'a[href="{address}"]').first.click()
        assert "重算一遍还是这个数" in page.locator("h1").inner_text(), address
        page.locator("main a[href^='/walk/']").first.click()
        page.wait_for_url("**/walk/**")
        ground = kinds_on(page) & GROUND
        assert ground, (address, page.url, kinds_on(page))
        kind = sorted(ground)[0]
        page.locator(f"a[href*='kind={kind}']").first.click()
        page.wait_for_url(f"**kind={kind}**")
        assert page.locator("tbody tr").count() >= 1, (address, kind)
