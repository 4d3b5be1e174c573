"""The first morning (三账核对): the county's three ledgers against the register and each other, and the 调度表 out of them.

Lines of 行政村治理台账, 处理设施台账 and 问题整改台账 go in as they were written. :func:`match` says which village each means
and how sure that is; :func:`examine` gives every conflict with the rows it comes from and the ways to settle it, under the
decisions taken so far; when nothing is open, :func:`lay_out` fills the county's form, and :func:`difference` says next quarter
which village changed and why. Nothing is guessed: what fits two villages is asked, and the three states are never added
without saying so.
"""

from qingxi.morning.conflict import Cited, Conflict, Decision, Way
from qingxi.morning.difference import SOURCE_WORDS, Changed, Reason, ReasonSource, difference, unexplained
from qingxi.morning.examine import Examined, examine
from qingxi.morning.form import BadForm, Form, default_form, default_form_text, parse_form
from qingxi.morning.formula import BadFormula, Formula
from qingxi.morning.kinds import KINDS, Kind
from qingxi.morning.laying import LaidCell, LaidSheet, difference_sheet, lay_out
from qingxi.morning.ledger import (
    Book,
    CellSaid,
    FacilityLine,
    IssueLine,
    Ledgers,
    TotalLine,
    Unreadable,
    VillageLine,
    Written,
)
from qingxi.morning.ledger_json import ledgers_as_json, ledgers_from_json, written_as_json, written_from_json
from qingxi.morning.matching import Certainty, How, Match, match
from qingxi.morning.quarter import Quarter
from qingxi.morning.records import FIELDS, total_record, township_records, village_records
from qingxi.morning.register import Register, RegisterVillage
from qingxi.morning.result import VillageResult
from qingxi.morning.setting import Limits, Setting
from qingxi.morning.state import STATE_EN, State

__all__ = [
    "FIELDS",
    "KINDS",
    "SOURCE_WORDS",
    "STATE_EN",
    "BadForm",
    "BadFormula",
    "Book",
    "CellSaid",
    "Certainty",
    "Changed",
    "Cited",
    "Conflict",
    "Decision",
    "Examined",
    "FacilityLine",
    "Form",
    "Formula",
    "How",
    "IssueLine",
    "Kind",
    "LaidCell",
    "LaidSheet",
    "Ledgers",
    "Limits",
    "Match",
    "Quarter",
    "Reason",
    "ReasonSource",
    "Register",
    "RegisterVillage",
    "Setting",
    "State",
    "TotalLine",
    "Unreadable",
    "VillageLine",
    "VillageResult",
    "Way",
    "Written",
    "default_form",
    "default_form_text",
    "difference",
    "difference_sheet",
    "examine",
    "lay_out",
    "ledgers_as_json",
    "ledgers_from_json",
    "match",
    "parse_form",
    "total_record",
    "township_records",
    "unexplained",
    "village_records",
    "written_as_json",
    "written_from_json",
]
