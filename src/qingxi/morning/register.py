"""The 12-digit register (名录) as the matching asks it: living villages, and what became of those that are gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qingxi.morning.names import Sound, bare, bare_town, plain
from qingxi.place import VillageKind


@dataclass(frozen=True, slots=True)
class RegisterVillage:
    """A village or community of the register.

    Attributes
    ----------
    code : str
        12 digits.
    former_names, former_codes : tuple of str
    ended_on : date or None
        Day from which it is no more; ``successor`` the code it went into ("" when nobody said).
    rural : bool
        A community (居委会) that something in the books knows to have natural villages or a line in the signed list: a
        涉农社区.
    """

    code: str
    name: str
    township_code: str
    township: str
    kind: VillageKind = VillageKind.VILLAGE
    former_names: tuple[str, ...] = ()
    former_codes: tuple[str, ...] = ()
    ended_on: date | None = None
    successor: str = ""
    rural: bool = False

    @property
    def living(self) -> bool:
        return self.ended_on is None


class Register:
    """The register, with its ways in by code, by name, by former name, by sound.

    Parameters
    ----------
    villages : iterable of RegisterVillage
    sound : callable
        Pinyin of a name, for typing slips.

    Notes
    -----
    Building is one pass; every question afterwards looks into one township.
    """

    def __init__(self, villages: Iterable[RegisterVillage], sound: Sound) -> None:
        rows = sorted(villages, key=lambda v: (v.living, v.code))
        self.sound = sound
        self.by_code: dict[str, RegisterVillage] = {v.code: v for v in rows}  # the living one wins
        for v in rows:
            for old in v.former_codes if v.living else ():
                self.by_code.setdefault(old, v)
        self.living = tuple(v for v in rows if v.living)
        self.gone = tuple(v for v in rows if not v.living)
        self.of_town: dict[str, list[RegisterVillage]] = defaultdict(list)
        self._towns: dict[str, str] = {}
        for v in rows:
            self.of_town[v.township_code].append(v)
            self._towns[bare_town(v.township)] = v.township_code
        self._sounds: dict[str, str] = {}

    def town(self, name: str, code: str = "") -> str:
        """Code of the township by its name, else by the first nine digits of a code; "" when neither is known."""
        found = self._towns.get(bare_town(name)) if name else None
        if found is None and len(code) >= 9 and code[:9] in self.of_town:
            found = code[:9]
        return found or ""

    def named(self, name: str, town: str) -> list[RegisterVillage]:
        """All, living and gone, of a township ("" for the county)."""
        return self.of_town.get(town, []) if town else [*self.living, *self.gone]

    def heard(self, village: RegisterVillage) -> str:
        """Pinyin of the bare name, kept."""
        name = bare(village.name)
        if name not in self._sounds:
            self._sounds[name] = self.sound(name)
        return self._sounds[name]

    def successor(self, code: str) -> RegisterVillage | None:
        """The living village that a gone one went into, through any number of mergers."""
        seen: set[str] = set()
        while code in self.by_code and code not in seen:
            seen.add(code)
            village = self.by_code[code]
            if village.living:
                return village
            code = village.successor
        return None


def same_name(a: str, b: str) -> bool:
    """Whether two names are the same to the letter but for width, blanks and traditional characters."""
    return plain(a) == plain(b)
