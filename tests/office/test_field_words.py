"""Every word of the register's fields is marked for translation in the office, and nothing else stands in that list."""

import re

from qingxi.facility import DISCHARGER_FIELDS, FACILITY_FIELDS, OUTLET_FIELDS, SAMPLING_FIELDS, STATUS_WORDS
from qingxi.indicator import REPORTED_FIELDS
from qingxi.village import HOUSEHOLD_FIELDS, VILLAGE_FIELDS
from qingxi_office.readings.device_words import DEVICE_FIELDS
from qingxi_office.site.pages.field_words import WORDS


def test_the_fields_words_are_all_marked():
    every = set(STATUS_WORDS.values())
    for fields in (
        HOUSEHOLD_FIELDS,
        VILLAGE_FIELDS,
        FACILITY_FIELDS,
        DISCHARGER_FIELDS,
        OUTLET_FIELDS,
        SAMPLING_FIELDS,
        DEVICE_FIELDS,
        REPORTED_FIELDS,
    ):
        for field in fields:
            every |= {field.word, field.help, field.unit, *field.choices}
    chinese = {word for word in every if re.search(r"[\u4e00-\u9fff]", word)}
    assert {str(word) for word in WORDS} == chinese
