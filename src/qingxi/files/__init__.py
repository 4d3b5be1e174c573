"""Files in, files out (文件): GIS layers, tables, Excel books, evidence; plans as GeoPackage, JSON, xlsx and one HTML map.

The only room, with receiver, store and report, that touches the disk. Names are loaded when they are first used, so
that reading an Excel book does not load GDAL.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qingxi.files.book_columns import Sheet
    from qingxi.files.book_facilities import read_facilities
    from qingxi.files.book_ledgers import read_duties, read_funds, read_issues, read_units, read_works
    from qingxi.files.book_morning import LEDGER_COLUMNS, LedgerColumn, LedgerRead, read_ledger
    from qingxi.files.book_rows import FacilityRow, FundRow, IssueRow, RegisterRow, UnitRow, VillageRow, WorkRow
    from qingxi.files.book_villages import read_denominator, read_hamlets, read_villages
    from qingxi.files.books import Books, read_books
    from qingxi.files.call_sheet import write_call_sheets, write_list
    from qingxi.files.call_template import check_template, fill_template
    from qingxi.files.county_folder import CountyFolder, read_county_folder
    from qingxi.files.dwellings import Dwellings, read_dwellings
    from qingxi.files.evidence import (
        EvidenceBooks,
        VendorDay,
        read_bills,
        read_evidence,
        read_labs,
        read_vendor_days,
        read_visits,
        vendor_series,
    )
    from qingxi.files.export import ExportOptions, write_plan
    from qingxi.files.layer_source import LayerSource, Secrecy, refuse_secret, refused_secrecy
    from qingxi.files.override_rows import read_decisions
    from qingxi.files.placing import SurveyRequest
    from qingxi.files.plan_also import ALSO, Exported, export_plan
    from qingxi.files.plan_dxf import DrawingTitle, write_plan_dxf
    from qingxi.files.plan_geojson import write_plan_geojson
    from qingxi.files.plan_gpkg import layer_names, read_plan_layer
    from qingxi.files.plan_json import plan_inputs
    from qingxi.files.plan_layers import gap_words, withheld_words
    from qingxi.files.plan_map import Background
    from qingxi.files.plan_read import UnreadablePlan, read_plan
    from qingxi.files.plan_styles import write_styles
    from qingxi.files.plan_swmm import SwmmFiles, write_plan_swmm
    from qingxi.files.plan_tables import read_plan_tables
    from qingxi.files.register import places_of, read_register, read_village_list, standings_of
    from qingxi.files.rules import RULES, Faults
    from qingxi.files.standing_file import read_standing, write_standing
    from qingxi.files.survey import Survey, read_survey
    from qingxi.files.swmm_build import LevelsWithheld
    from qingxi.files.swmm_run import NoEngine, SwmmVerdict, run_swmm

_WHERE = {
    "Background": "plan_map",
    "LEDGER_COLUMNS": "book_morning",
    "LedgerColumn": "book_morning",
    "LedgerRead": "book_morning",
    "read_ledger": "book_morning",
    "write_call_sheets": "call_sheet",
    "write_list": "call_sheet",
    "check_template": "call_template",
    "fill_template": "call_template",
    "ALSO": "plan_also",
    "Exported": "plan_also",
    "export_plan": "plan_also",
    "DrawingTitle": "plan_dxf",
    "write_plan_dxf": "plan_dxf",
    "write_plan_geojson": "plan_geojson",
    "write_styles": "plan_styles",
    "SwmmFiles": "plan_swmm",
    "write_plan_swmm": "plan_swmm",
    "read_plan_tables": "plan_tables",
    "LevelsWithheld": "swmm_build",
    "NoEngine": "swmm_run",
    "SwmmVerdict": "swmm_run",
    "run_swmm": "swmm_run",
    "ExportOptions": "export",
    "UnreadablePlan": "plan_read",
    "read_plan": "plan_read",
    "plan_inputs": "plan_json",
    "read_decisions": "override_rows",
    "read_standing": "standing_file",
    "write_standing": "standing_file",
    "layer_names": "plan_gpkg",
    "read_plan_layer": "plan_gpkg",
    "gap_words": "plan_layers",
    "withheld_words": "plan_layers",
    "write_plan": "export",
    "Sheet": "book_columns",
    "read_facilities": "book_facilities",
    "read_duties": "book_ledgers",
    "read_funds": "book_ledgers",
    "read_issues": "book_ledgers",
    "read_units": "book_ledgers",
    "read_works": "book_ledgers",
    "FacilityRow": "book_rows",
    "FundRow": "book_rows",
    "IssueRow": "book_rows",
    "RegisterRow": "book_rows",
    "UnitRow": "book_rows",
    "VillageRow": "book_rows",
    "WorkRow": "book_rows",
    "read_denominator": "book_villages",
    "read_hamlets": "book_villages",
    "read_villages": "book_villages",
    "Books": "books",
    "read_books": "books",
    "Dwellings": "dwellings",
    "read_dwellings": "dwellings",
    "EvidenceBooks": "evidence",
    "VendorDay": "evidence",
    "read_bills": "evidence",
    "read_evidence": "evidence",
    "read_labs": "evidence",
    "read_vendor_days": "evidence",
    "read_visits": "evidence",
    "vendor_series": "evidence",
    "places_of": "register",
    "read_register": "register",
    "read_village_list": "register",
    "standings_of": "register",
    "CountyFolder": "county_folder",
    "read_county_folder": "county_folder",
    "LayerSource": "layer_source",
    "Secrecy": "layer_source",
    "refuse_secret": "layer_source",
    "refused_secrecy": "layer_source",
    "RULES": "rules",
    "Faults": "rules",
    "Survey": "survey",
    "SurveyRequest": "placing",
    "read_survey": "survey",
}
"""Name of the front door: the file that holds it."""

__all__ = [
    "ALSO",
    "LEDGER_COLUMNS",
    "RULES",
    "Background",
    "Books",
    "CountyFolder",
    "DrawingTitle",
    "Dwellings",
    "EvidenceBooks",
    "ExportOptions",
    "Exported",
    "FacilityRow",
    "Faults",
    "FundRow",
    "IssueRow",
    "LayerSource",
    "LedgerColumn",
    "LedgerRead",
    "LevelsWithheld",
    "NoEngine",
    "RegisterRow",
    "Secrecy",
    "Sheet",
    "Survey",
    "SurveyRequest",
    "SwmmFiles",
    "SwmmVerdict",
    "UnitRow",
    "UnreadablePlan",
    "VendorDay",
    "VillageRow",
    "WorkRow",
    "check_template",
    "export_plan",
    "fill_template",
    "gap_words",
    "layer_names",
    "places_of",
    "plan_inputs",
    "read_bills",
    "read_books",
    "read_county_folder",
    "read_decisions",
    "read_denominator",
    "read_duties",
    "read_dwellings",
    "read_evidence",
    "read_facilities",
    "read_funds",
    "read_hamlets",
    "read_issues",
    "read_labs",
    "read_ledger",
    "read_plan",
    "read_plan_layer",
    "read_plan_tables",
    "read_register",
    "read_standing",
    "read_survey",
    "read_units",
    "read_vendor_days",
    "read_village_list",
    "read_villages",
    "read_visits",
    "read_works",
    "refuse_secret",
    "refused_secrecy",
    "run_swmm",
    "standings_of",
    "vendor_series",
    "withheld_words",
    "write_call_sheets",
    "write_list",
    "write_plan",
    "write_plan_dxf",
    "write_plan_geojson",
    "write_plan_swmm",
    "write_standing",
    "write_styles",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
