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
