"""Which rain gauge a finding of rain-derived inflow rests on, or why there was none."""

from dataclasses import replace

from qingxi.finding import CannotTell, Finding
from qingxi.finding.finding import Piece
from qingxi.origin import Ref
from qingxi_office.readings.rain import RainOf, said_of

RULE = "rain-inflow"


def with_gauge(answer: Finding | CannotTell, fallen: RainOf) -> Finding | CannotTell:
    """The answer with its gauge and how far it stands; what is not about rain is given back as it is."""
    choice = fallen.choices.get(answer.facility) if answer.rule == RULE else None
    if choice is None:
        return answer
    said = said_of(choice, fallen.begins.get(choice.gauge.key, 0))
    if isinstance(answer, CannotTell):
        return answer if answer.facility in fallen.series else replace(answer, reason=f"{answer.reason}；{said}")
    piece = Piece("雨量站", said, choice.known, (Ref("gauge", choice.gauge.key),))
    return replace(answer, evidence=(*answer.evidence, piece))
