"""Which village of the register a line of a ledger means, and how sure that is.

Seven ways, surest first; each states its certainty. What fits more than one village is asked, never guessed.

1. The 12 digits stand in the register (CODE). A name that is another village's of the township makes it doubtful; one that
   nobody has is CODE_ONLY, which counts for a plant or a problem and is asked for a line of the village ledger.
2. The digits are a village's that is gone (MERGED), or the name is a former one (FORMER).
3. Damaged digits (1.10E+11, zeros cut, nine digits, blanks): what is left of them and the name agree (REPAIRED).
4. The name, to the letter, in its township (NAME).
5. The name but for 村民委员会/村委会/村, 社区/居委会 or traditional characters (VARIANT).
6. A typing slip: one character differs and it sounds the same, or □ stands for a rare one (NEAR): proposed, and asked.
7. Nothing (NONE).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from qingxi.morning.names import bare, holed, plain, slips
from qingxi.morning.register import Register, RegisterVillage, same_name
from qingxi.place import VillageKind


class How(StrEnum):
    """By what a line was matched."""

    CODE = "code"
    CODE_ONLY = "code-only"
    REPAIRED = "repaired"
    NAME = "name"
    FORMER = "former"
    MERGED = "merged"
    VARIANT = "variant"
    NEAR = "near"
    SIGNED = "signed"
    NONE = "none"


class Certainty(StrEnum):
    """How sure: certain and likely matches count at once, those asked wait for a sign-off."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ASKED = "asked"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """A line's village: ``code`` is what it means or most probably means, "" when nobody can tell."""

    code: str
    how: How
    certainty: Certainty
    candidates: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        return self.certainty in (Certainty.CERTAIN, Certainty.LIKELY)


_NONE = Match("", How.NONE, Certainty.NONE)


def digits_of(text: str) -> tuple[str, bool]:
    """The digits of a code as far as they are to be trusted, and whether they are all there (12).

    ``1.10E+11`` gives ``("110", False)``: the places behind the mantissa are lost. ``"511825100200.0"`` and full-width or
    blank-spaced digits are whole.
    """
    said = re.sub(r"[\s'`,_-]", "", unicodedata.normalize("NFKC", text))
    spoiled = re.fullmatch(r"(\d)(?:\.(\d+))?[eE]\+?(\d+)", said)
    if spoiled:
        head = (spoiled[1] + (spoiled[2] or "")).rstrip("0")
        return head, False
    said = re.sub(r"\.0+\Z", "", said)
    if not said.isdigit():
        return "", False
    if len(said) == 15:
        said = said[:12]
    return said, len(said) == 12


def match(register: Register, code: str, name: str, township: str = "") -> Match:
    """The village that a code as written, a name and a township's name mean.

    Cost: one look into the township.
    """
    digits, whole = digits_of(code)
    if whole and digits in register.by_code:
        return _by_code(register, register.by_code[digits], name)
    town = register.town(township, digits)
    named = _by_name(register, name, town) if plain(name) else _NONE
    if not digits:
        return named
    fits = _fits(register, digits)
    both = [v for v in fits if v.code == named.code or v.code in named.candidates]
    if len(both) == 1:
        sure = (
            Certainty.CERTAIN
            if named.how is How.NAME and named.certainty is Certainty.CERTAIN
            else Certainty.LIKELY
        )
        if named.how is How.NEAR:
            sure = Certainty.LIKELY  # damaged digits and the sound of the name say the same village
        how = named.how if named.how in (How.FORMER, How.MERGED) else How.REPAIRED
        return Match(both[0].code, how, sure, (both[0].code,))
    if named.certainty is not Certainty.NONE:
        # The digits are another's, or nobody's: a certain name is still only likely.
        if whole or (fits and named.code not in {v.code for v in fits}):
            return Match(named.code, named.how, Certainty.ASKED, named.candidates or (named.code,))
        return named
    if len(fits) == 1 and len(digits) >= 10:
        return Match(fits[0].code, How.REPAIRED, Certainty.ASKED, (fits[0].code,))
    return Match("", How.NONE, Certainty.ASKED, tuple(v.code for v in fits)) if 1 < len(fits) <= 8 else _NONE


def _fits(register: Register, digits: str) -> list[RegisterVillage]:
    """Living villages whose code begins with these digits: zeros cut from the end, or whatever Excel lost, follow."""
    return [v for v in register.living if v.code.startswith(digits)]


def _by_code(register: Register, village: RegisterVillage, name: str) -> Match:
    if not village.living:
        into = register.successor(village.code)
        return Match(
            into.code if into else "",
            How.MERGED,
            Certainty.LIKELY if into else Certainty.ASKED,
            (into.code,) if into else (),
        )
    if not plain(name) or bare(name) == bare(village.name):
        return Match(village.code, How.CODE, Certainty.CERTAIN, (village.code,))
    if any(bare(name) == bare(old) for old in village.former_names):
        return Match(village.code, How.FORMER, Certainty.LIKELY, (village.code,))
    other = _by_name(register, name, village.township_code)
    rival = tuple(c for c in dict.fromkeys((other.code, *other.candidates)) if c and c != village.code)
    if rival and other.how is not How.NEAR:
        # The digits say one village and the name another: asked.
        return Match("", How.CODE, Certainty.ASKED, (village.code, *rival))
    how = How.CODE if other.code == village.code else How.CODE_ONLY
    return Match(village.code, how, Certainty.LIKELY, (village.code,))


def _by_name(register: Register, name: str, town: str) -> Match:
    here = register.named(name, town)
    living = [v for v in here if v.living]
    sure = (
        Certainty.CERTAIN if town else Certainty.LIKELY
    )  # a name alone in the county, township unknown, is likely
    exact = [v for v in living if same_name(v.name, name)]
    if exact:
        return _one(exact, How.NAME, sure)
    of_name = [v for v in living if bare(v.name) == bare(name)]
    if len(of_name) > 1 and bare(name) != plain(name):  # a name without any ending does not say which
        kind = VillageKind.COMMUNITY if re.search(r"社区|居委|居民", plain(name)) else VillageKind.VILLAGE
        of_name = [v for v in of_name if v.kind is kind] or of_name
    if of_name:
        return _one(of_name, How.VARIANT, Certainty.LIKELY)
    former = [v for v in living if any(bare(old) == bare(name) for old in v.former_names)]
    if former:
        return _one(former, How.FORMER, Certainty.LIKELY)
    gone = [v for v in here if not v.living and bare(v.name) == bare(name)]
    if gone:
        into = {v.code: v for g in gone if (v := register.successor(g.code)) is not None}
        if not into:
            return Match("", How.MERGED, Certainty.ASKED)
        return _one(list(into.values()), How.MERGED, Certainty.LIKELY)
    if not town:
        return _NONE
    said = bare(name)
    heard = register.sound(said)
    near = [
        v for v in living if holed(said, bare(v.name)) or (slips(said, bare(v.name)) and register.heard(v) == heard)
    ]
    return _one(near, How.NEAR, Certainty.ASKED) if near else _NONE


def _one(found: list[RegisterVillage], how: How, sure: Certainty) -> Match:
    codes = tuple(v.code for v in found)
    return Match(codes[0], how, sure, codes) if len(codes) == 1 else Match("", how, Certainty.ASKED, codes)
