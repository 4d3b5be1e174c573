"""How much room words take in a document, and where a title breaks."""


def text_width(text: str) -> float:
    """Of a text in characters of its own size, with the room around it in a cell."""
    return sum(1.0 if ord(c) > 0x2E80 else 0.6 for c in text) + 1.2


def title_lines(text: str, widest: float = 20) -> list[str]:
    """A title in lines of at most 20 characters, broken after a whole word and about evenly (词意完整、长短适宜)."""
    if text_width(text) - 1.2 <= widest:
        return [text]
    # A quotation stays whole where it fits: 关于“…” on one line, what it is on the next.
    if (end := text.rfind("”") + 1) and end < len(text) and text_width(text[:end]) - 1.2 <= widest:
        return [text[:end], *title_lines(text[end:], widest)]
    breaks = [i for i in range(4, len(text) - 3) if text[i - 1] in "，、；"] or [
        i for i in range(4, len(text) - 3) if text[i - 1] in "县市区省镇乡月年、和与" or text[i:].startswith("农村")
    ]
    middle = len(text) / 2
    at = min(breaks or [len(text) // 2], key=lambda i: abs(i - middle))
    return [*title_lines(text[:at], widest), *title_lines(text[at:], widest)]
