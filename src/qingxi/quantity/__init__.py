"""What can be measured at a village plant, in which unit, and how far a value may be believed (监测量).

A quantity has one unit in the whole house (the *house unit*); wires and files convert once, at the edge, by
:func:`from_wire`. The rows are :data:`QUANTITIES` and :data:`FACTORS`; each says where it comes from.
"""

from qingxi.quantity.factors import FACTORS, Factor, factor, from_wire, wire_code
from qingxi.quantity.quantities import QUANTITIES, Daily, Quantity, quantity

__all__ = [
    "FACTORS",
    "QUANTITIES",
    "Daily",
    "Factor",
    "Quantity",
    "factor",
    "from_wire",
    "quantity",
    "wire_code",
]
