"""What may stand above the red mark of an official document: 份号, 密级, 紧急程度."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """Each may be empty, and is then left out; in this order from above (GB/T 9704-2012, 7.2.1 to 7.2.3)."""

    security: str = ""
    urgency: str = ""
    copies_number: str = ""
