"""Where a layer comes from (图层来源): what its owner said about it, and its degree of secrecy."""

import re
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


_REFUSED = "标为{said}的材料不能进联网的系统；请在不联网的机器上用命令行处理"
# As papers carry it: 秘密★1年, 机密★, 密级：秘密. The bare word in a name (秘密花园村) is no mark.
_MARK = re.compile(
    r"(秘密|机密|绝密)\s*(?:[★☆*]|（|\()|密级\s*[:：]?\s*(秘密|机密|绝密)|[（(【\[](秘密|机密|绝密)[)）】\]]"
)


def refused_secrecy(said: object = "", *, name: str = "") -> str:
    """Why a layer or a paper may not enter a networked office; "" when it may. The one rule for every intake.

    Parameters
    ----------
    said : str
        Its declared degree (密级). Undeclared is internal; whatever is neither 公开 nor 内部 is taken for secret, a
        slip of the pen too.
    name : str
        Its file name, title or heading, where papers carry their mark (``秘密★1年``).
    """
    degree = str(said or "").strip()
    if degree and degree not in (Secrecy.PUBLIC, Secrecy.INTERNAL):
        return _REFUSED.format(said=degree)
    if marked := _MARK.search(name):
        return _REFUSED.format(said=next(word for word in marked.groups() if word))
    return ""


def refuse_secret(sources: list[LayerSource], faults: Faults) -> list[LayerSource]:
    """The layers a networked office may take in; each secret one (秘密) is a fault and is left out."""
    kept = []
    for source in sources:
        if refused_secrecy(source.secrecy, name=source.path.name):
            faults.add("secrecy-refused", source.label, name="secrecy", value=source.secrecy)
        else:
            kept.append(source)
    return kept
