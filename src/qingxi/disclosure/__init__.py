"""Open data: small counts withheld by a stated rule, and rows as CSV, GeoJSON, SDMX-CSV and a DCAT catalogue."""

from qingxi.disclosure.catalogue import Catalogue, Distribution, Offer, as_jsonld, as_turtle, statements
from qingxi.disclosure.dataset import Column, DataSet
from qingxi.disclosure.duties import Owed, Standing, When, last_end, owed_list, standing
from qingxi.disclosure.flat import as_csv, csv_metadata
from qingxi.disclosure.points import as_geojson, feature
from qingxi.disclosure.sdmx import Observation, as_sdmx_csv, measurer_code, sdmx_structure
from qingxi.disclosure.withholding import CannotProtect, Counts, Rule, exposed, stated_rule, withhold

__all__ = [
    "CannotProtect",
    "Catalogue",
    "Column",
    "Counts",
    "DataSet",
    "Distribution",
    "Observation",
    "Offer",
    "Owed",
    "Rule",
    "Standing",
    "When",
    "as_csv",
    "as_geojson",
    "as_jsonld",
    "as_sdmx_csv",
    "as_turtle",
    "csv_metadata",
    "exposed",
    "feature",
    "last_end",
    "measurer_code",
    "owed_list",
    "sdmx_structure",
    "standing",
    "stated_rule",
    "statements",
    "withhold",
]
