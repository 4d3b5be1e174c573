"""Where a layer comes from (图层来源): what its owner said about it, and its degree of secrecy."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from qingxi.files.rules import Faults


class Secrecy(StrEnum):
    """密级 of a layer: public, internal or secret."""

    PUBLIC = "公开"
    INTERNAL = "内部"
    SECRET = "秘密"


@dataclass(frozen=True)
class LayerSource:
    """A layer as the county names it, before it is read.

    Attributes
    ----------
    name : str
        What it is: ``"households"``, ``"streets"``, ``"elevation"`` and so on.
    path : Path
        The file; ``layer`` names one of several in it (empty: the first).
    encoding : str
        Of a .dbf or .csv that does not say; empty: find out.
    source, date : str
        Who made it and when; empty: not said.
    secrecy : Secrecy
        Undeclared layers are treated as internal.
    crs : str
        Only for files that carry none.
    columns : dict
        Our column name to the file's, where no alias fits.
    """

    name: str
    path: Path
    layer: str = ""
    encoding: str = ""
    source: str = ""
    date: str = ""
    secrecy: Secrecy = Secrecy.INTERNAL
    crs: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    vertical_error_m: float | None = None

    @property
    def label(self) -> str:
        """The file as a fault names it."""
        return f"{self.path.name}:{self.layer}" if self.layer else self.path.name


def refuse_secret(sources: list[LayerSource], faults: Faults) -> list[LayerSource]:
    """The layers a networked office may take in; each secret one (秘密) is a fault and is left out."""
    kept = []
    for source in sources:
        if source.secrecy is Secrecy.SECRET:
            faults.add("secrecy-refused", source.label, name="secrecy", value=source.secrecy)
        else:
            kept.append(source)
    return kept
