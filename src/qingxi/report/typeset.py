"""Setting pages and pictures with typst, in one face that comes along: the office has the official ones, we may not
carry them.
"""

import threading
from functools import cache
from pathlib import Path
from typing import Any

STAND_IN = "Noto Sans CJK SC"
_lock = threading.Lock()


@cache
def _compiler() -> Any:
    import noto_cjk_sans_otc
    import typst

    folder = Path(noto_cjk_sans_otc.__file__).parent
    # Only this face: the same source gives the same bytes on every machine.
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    return typst.Compiler(font_paths=fonts)


def typeset(source: str, form: str = "pdf", *, ppi: float = 144.0) -> list[bytes]:
    """Pages of a typst source: one PDF, or a PNG a page. The same source gives the same bytes.

    Raises
    ------
    ValueError
        When the source is no typst; it never comes from outside, so that is a mistake of ours.
    """
    import typst

    with _lock:  # one at a time: the compiler keeps what it has read
        try:
            made = _compiler().compile(input=source.encode(), format=form, ppi=ppi, timestamp=0)
        except typst.TypstError as error:
            raise ValueError(f"排版失败：{error}") from error
    return list(made) if isinstance(made, list) else [made]


def quoted(text: str) -> str:
    """A text as a typst string: nothing in it is markup."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def picture_png(svg: str, width_mm: float = 156.0) -> bytes:
    """A picture as PNG at 220 dots an inch."""
    source = (
        f"#set page(width: {width_mm}mm, height: auto, margin: 0pt)\n"
        f'#image(bytes({quoted(svg)}), format: "svg", width: {width_mm}mm)'
    )
    return typeset(source, "png", ppi=220)[0]
