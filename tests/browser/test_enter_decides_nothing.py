"""A reason is typed before the choice is made: Enter in its field must not make the choice."""

# A finding of this test's own: another test may have decided on the county's few.
MADE = """
from qingxi_office.findings.models import FindingRecord
row = FindingRecord.objects.order_by('pk').first()
row.pk, row.key = None, f'enter/{row.facility.key}/{row.period_from}'
row.state, row.decided_by, row.decided_at, row.decision_reason, row.dismissed_for = 'proposed', None, None, '', ''
row.is_current = True
row.save()
print(row.pk)
"""


def test_enter_in_the_reason_neither_confirms_nor_dismisses(visit, settle, office_says):
    number = office_says(f"exec({MADE!r})")
    page = visit("chenjing")
    page.goto(f"/findings/{number}/")
    settle(page)
    posted = []
    page.on("request", lambda asked: posted.append(asked.url) if asked.method == "POST" else None)
    page.fill(f"#why-{number}", "电表换过户号")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert not posted
    assert page.url.endswith(f"/findings/{number}/")
    # Without a reason it is not turned down, and one stays where one was.
    page.fill(f"#why-{number}", "")
    page.get_by_role("button", name="这个判断不对").click()
    page.locator("main .q-said").wait_for()
    assert page.url.endswith(f"/findings/{number}/")
    page.fill(f"#why-{number}", "电表换过户号")
    page.get_by_role("button", name="这个判断不对").click()
    page.get_by_text("已认定不成立").first.wait_for()
    assert page.url.endswith(f"/findings/{number}/")
