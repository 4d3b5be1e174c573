"""Sentences in Chinese that know their English and what they are about: what a judge says to an engineer of either tongue."""

from collections.abc import Iterable


class Said(str):
    """A Chinese sentence; ``en`` is the same in English, ``codes`` say what it is about, for counting alike ones."""

    __slots__ = ("codes", "en")
    en: str
    codes: tuple[str, ...]

    def __new__(cls, zh: str, en: str, codes: tuple[str, ...] = ()) -> "Said":
        made = super().__new__(cls, zh)
        made.en, made.codes = en, codes
        return made

    def __getnewargs__(self) -> tuple[str, str, tuple[str, ...]]:  # type: ignore[override]
        return str(self), self.en, self.codes


def said(zh: str, en: str, code: str = "", /, **values: object) -> Said:
    """Both sentences with the values in their braces; a value that is itself :class:`Said` comes in each one's tongue."""
    english = {name: in_english(value) if isinstance(value, str) else value for name, value in values.items()}
    return Said(zh.format(**values), en.format(**english), (code,) if code else ())


def in_english(text: str) -> str:
    """The English of a sentence that has one; any other text as it is."""
    return text.en if isinstance(text, Said) else text


def codes_of(text: str) -> tuple[str, ...]:
    """What a sentence is about; empty for one that does not say."""
    return text.codes if isinstance(text, Said) else ()


def joined(sentences: Iterable[str]) -> Said:
    """Several sentences as one."""
    every = list(sentences)
    codes = tuple(dict.fromkeys(code for one in every for code in codes_of(one)))
    return Said("；".join(every), "; ".join(in_english(one) for one in every), codes)
