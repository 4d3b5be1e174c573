"""One sampled rate is one number: on its page, as a figure, on the home page, in public and in the SDMX-CSV."""

import csv
import io

from django.core.cache import cache
from django.test import Client
from test_samples import BAD, DAY, GOOD, people, sealed, visit_all  # noqa: F401

from qingxi.indicator import definitions, rate, recompute
from qingxi_office.bulletins.held import held_of
from qingxi_office.indicators.actions import compute
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.indicators.records import county_records
from qingxi_office.opendata import pace
from qingxi_office.published.models import Publication
from qingxi_office.samples import actions
from qingxi_office.site.walk_check import figure_faults


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def test_one_sampled_rate_is_one_number(cast, people):  # noqa: F811
    cache.clear()
    pace.forget()
    top, row, bad = people["gaoyuan"], sealed(cast, people), set()

    def outcome(v):
        if v.parts == ["甲县"] and len(bad) < 3:
            bad.add(v.pk)
        return BAD if v.pk in bad else GOOD

    visit_all(row, people, outcome)
    actions.close(row, by=top)
    actions.publish(row, by=top)
    row.refresh_from_db()
    # 29 of 甲县 (9 visited, 6 ran), 10 of 乙县 (3 of 3): (29·6/9 + 10)/39 = 75.2 %; 9 of 12 visited are 75.0 %
    assert (row.printed, row.hits, row.visited) == ("75.2%", 9, 12)
    compute(by=people["chenjing"], as_of=DAY)
    figure = FigureRecord.objects.get(definition="effective_operation_rate")
    assert (figure.text, figure.numerator, figure.denominator) == ("75.2%", 9, 12)
    assert round(figure.value, 9) == round(row.share * 100, 9)
    assert {x["stands_for"] for x in figure.denominator_list} == {"29/9", "10/3"}
    # from the leaves alone, and in a bulletin
    assert recompute(figure.numerator_list, figure.denominator_list, figure.text).printed == "75.2%"
    assert figure_faults(figure) == []
    assert held_of(figure).weighted
    for lines in (figure.denominator_list[1:], [*figure.denominator_list, figure.denominator_list[0]]):
        broken = FigureRecord.objects.get(pk=figure.pk)
        broken.denominator_list = lines
        assert figure_faults(broken)
    d = definitions()["effective_operation_rate"]
    assert rate(d, county_records(cast.county, DAY), DAY).printed == "75.2%"
    # wherever it is read
    officer, anybody = browser(people["chenjing"]), Client()
    result = officer.get(f"/samples/{row.key}/").content.decode()
    assert "75.2%" in result
    assert "9/12" in result
    assert 'href="/open-data/rates.sdmx.csv"' in result
    own = officer.get(f"/figures/{figure.pk}/").content.decode()
    assert "75.2%：查成 9/12 个设施，按抽样设计加权" in own
    assert "29/9" in own
    home = officer.get("/").content.decode()
    assert "75.2%" in home
    assert "查成 9/12" in home
    assert "75.2%" in anybody.get("/public/samples/").content.decode()
    said = Publication.objects.get(kind="sample", key=row.key, superseded_at=None).data
    assert said["printed"] == "75.2%"
    answer = anybody.get("/open-data/rates.sdmx.csv")
    body = b"".join(answer) if answer.streaming else answer.content
    (line,) = [
        r for r in csv.DictReader(io.StringIO(body.decode())) if r["INDICATOR"] == "effective_operation_rate"
    ]
    assert (line["REF_AREA"], line["TIME_PERIOD"], line["TEXT"]) == (cast.county.code, str(row.done_on), "75.2%")
    assert (line["NUMERATOR"], line["DENOMINATOR"], line["DEFINITION_VERSION"]) == ("9", "12", d.version)
    assert float(line["OBS_VALUE"]) == round(row.share * 100, 9)
    for page in (result, own, home):
        assert "75.0%" not in page
        assert "75.0 %" not in page


def test_a_rate_on_the_edge_is_printed_half_up(cast):
    """A result of before the printed form was kept: 13 of 16 are 81.25 %."""
    from qingxi_office.samples.models import Campaign

    assert Campaign(share=13 / 16).printed == "81.3%"
    assert Campaign().printed == ""
