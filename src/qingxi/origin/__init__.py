"""What a thing was made from (溯源), and what was wrong with what it was made from.

Every record keeps ``because``: references to the records it was made from. A published figure walks back
through them to issue, finding, reading, facility, project, plan, village and household. ``Ref`` lives in the
lowest room, so that the walk needs no upward import. ``Fault`` names one fault of an input by file, row, value,
rule and remedy; every room that takes input in speaks of faults in these words.
"""

from qingxi.origin.entry import Field, Kind, Value, read_entry
from qingxi.origin.fault import Fault, Severity, errors_of
from qingxi.origin.ref import Ref
from qingxi.origin.walk import Walk, walk_back

__all__ = ["Fault", "Field", "Kind", "Ref", "Severity", "Value", "Walk", "errors_of", "read_entry", "walk_back"]
