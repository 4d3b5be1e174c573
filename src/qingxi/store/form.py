"""The body of plain packets: one shape of data area, one form to fill in.

The same JSON as :mod:`qingxi.store.body` makes of the same message, read by the same readers; a number that needs no
change of unit stands as the sensor wrote it (``7.10``), which keeps its resolution.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from qingxi.quantity import factor
from qingxi.wire.hj212.plain import Shape

Cells = dict[str, tuple[str, str]]


class Form:
    """How the values of a shape become a packet's body.

    Attributes
    ----------
    part : str
        The names in the body, joined: one key of the newest values.
    """

    def __init__(self, shape: Shape) -> None:
        body: dict[str, dict[str, str]] = {}
        slots: dict[tuple[str, str], int] = {}
        scales: dict[tuple[str, str], Callable[[str, float], float]] = {}
        owner: dict[str, str] = {}
        for group in shape.groups:
            marked = {code for code, statistic in group if statistic == "Flag"}
            for code, statistic in group:
                if statistic == "Flag":
                    continue
                known = factor(code)
                name = code
                if known is not None:
                    name = known.quantity
                    if owner.setdefault(name, code) != code:
                        name = f"{name}@{code}"
                cells = body.setdefault(name, {})
                words = statistic == "EFlag"  # a word of the device about itself, and no number
                cells[statistic] = '"%s"' if words else "%s"
                slots[name, statistic] = shape.slots[code, statistic]
                if not words and known is not None and known.house_value(statistic, 1.0) != 1.0:
                    scales[name, statistic] = known.house_value
                if code in marked:
                    cells["Flag"] = '"%s"'
                    slots[name, "Flag"] = shape.slots[code, "Flag"]
        order = [(name, statistic) for name, cells in body.items() for statistic in cells]
        self.part = ",".join(body)
        self._text = (
            "{" + ",".join(
                f'"{name}":{{' + ",".join(f'"{statistic}":{cell}' for statistic, cell in cells.items()) + "}"
                for name, cells in body.items()
            ) + "}"
        )  # fmt: skip
        self._pick: Callable[[tuple[str, ...]], Any] = itemgetter(*(slots[key] for key in order))
        self._single = len(order) == 1
        self._scaled = [(at, scales[key], key[1]) for at, key in enumerate(order) if key in scales]

    def body(self, values: tuple[str, ...]) -> str:
        """The JSON text of a packet's values."""
        picked = self._pick(values)
        if not self._scaled:
            return str(self._text % picked)
        cells: list[Any] = [picked] if self._single else list(picked)
        for at, scale, statistic in self._scaled:
            cells[at] = scale(statistic, float(cells[at]))
        return self._text % tuple(cells)
