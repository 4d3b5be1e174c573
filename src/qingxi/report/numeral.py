"""Chinese numerals as headings count."""

_NUMERALS = "一二三四五六七八九十"


def numeral(number: int) -> str:
    """Chinese numeral of 1 to 99, as headings count."""
    if not 1 <= number <= 99:
        raise ValueError(f"number is {number}, must be 1 to 99")
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens - 1] + "十") + (
        _NUMERALS[ones - 1] if ones else ""
    )
