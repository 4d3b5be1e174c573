"""Outlines of places for the map of a bulletin; plain rings, so that an old map is drawn again as it was."""

from dataclasses import dataclass
from typing import Any

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A place's outline: rings of (lon, lat) in degrees, EPSG:4490."""

    code: str
    name: str
    rings: tuple[Ring, ...]

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "name": self.name, "rings": [[list(xy) for xy in ring] for ring in self.rings]}


def read_shape(said: dict[str, Any]) -> Shape:
    """A shape of its JSON."""
    rings = tuple(tuple((float(x), float(y)) for x, y in ring) for ring in said["rings"])
    return Shape(said["code"], said["name"], rings)
