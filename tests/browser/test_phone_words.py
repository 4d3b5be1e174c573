"""The phone's questions say nothing that is no word."""


def test_questions_of_a_station_hold_no_word_of_the_program(visit):
    page = visit("chenjing")
    page.goto("/rounds-today/")
    page.wait_for_selector("text=今天该去的")
    page.get_by_text("去", exact=True).first.click()
    page.wait_for_selector("fieldset")
    said = page.locator("body").inner_text()
    assert "进水" in said
    for word in ("null", "undefined", "[object", "NaN"):
        assert word not in said


def test_a_broken_part_and_what_is_wrong_with_it_are_two_words(visit):
    page = visit("xuncha", width=390)
    page.goto("/account/")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.evaluate("location.origin")}])
    page.goto("/rounds-today/")
    page.locator("a.p-line:visible").first.click()
    page.get_by_role("button", name="Silent", exact=True).click()
    assert page.locator(".p-repair h2").inner_text() == "Blower: Silent – ask for a repair?"
