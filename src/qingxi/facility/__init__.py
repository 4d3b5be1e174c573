"""A treatment facility (处理设施) and the signals it owes: plain numbers, no plan needed.

Building and running meet here. A county that has plants and no plan uses everything from this room on.
"""

from qingxi.facility.facility import EvidenceLevel, Facility, FaultClass, Signal

__all__ = ["EvidenceLevel", "Facility", "FaultClass", "Signal"]
