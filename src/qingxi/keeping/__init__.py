"""How long things are kept and how they leave (保管): removal that can be taken back, records that are one thing twice,
and personal data that end with their purpose."""

from qingxi.keeping.removal import REMOVABLE, Removable, kept_until, refusal
from qingxi.keeping.retention import Retention, ends_on, retention_rules
from qingxi.keeping.twins import Candidate, Pair, pairs

__all__ = [
    "REMOVABLE",
    "Candidate",
    "Pair",
    "Removable",
    "Retention",
    "ends_on",
    "kept_until",
    "pairs",
    "refusal",
    "retention_rules",
]
