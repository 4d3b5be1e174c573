"""What is drawn from: stations in use on a day, those left out by name and reason, and a checksum over the list.

The list is published as a CSV of four columns (id, name, stratum, cluster; UTF-8, LF, sorted by id); its SHA-256 is the
checksum. Whoever holds the file can say that it is the list that was drawn from.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

HEAD = ("id", "name", "stratum", "cluster")


class Exclusion(StrEnum):
    """Why a station is not of the population: the rate is about stations in use."""

    STOPPED = "停用待拆"
    JOINED = "已并网"
    BUILDING = "在建"
    TRIAL = "试运行"
    REUSE = "纯资源化"
    SCRAPPED = "报废"


@dataclass(frozen=True, slots=True)
class Station:
    """One station of the list: ``stratum`` and ``cluster`` are names, "" where the design has none."""

    id: str
    name: str = ""
    stratum: str = ""
    cluster: str = ""
    excluded: Exclusion | None = None


@dataclass(frozen=True)
class Population:
    """The stations drawn from, sorted by id, and those left out."""

    stations: tuple[Station, ...]
    left_out: tuple[Station, ...] = ()

    @classmethod
    def of(cls, listed: Iterable[Station]) -> "Population":
        """The population of a list.

        Raises
        ------
        ValueError
            When an id is empty, stands twice, or nothing is left to draw from.
        """
        rows = sorted(listed, key=lambda s: s.id)
        twice = sorted(i for i, n in Counter(s.id for s in rows).items() if n > 1)
        if twice:
            raise ValueError(f"{len(twice)} 个编号写了两次：{'、'.join(twice[:5])}")
        if any(not s.id for s in rows):
            raise ValueError("有一座站没有编号")
        inside = tuple(s for s in rows if s.excluded is None)
        if not inside:
            raise ValueError("抽样总体里没有一座在用的站")
        return cls(inside, tuple(s for s in rows if s.excluded is not None))

    def __len__(self) -> int:
        return len(self.stations)

    @property
    def csv(self) -> str:
        """The published list."""
        return population_csv(self.stations)

    @property
    def checksum(self) -> str:
        """SHA-256 of the published list, hexadecimal."""
        return hashlib.sha256(self.csv.encode()).hexdigest()

    @property
    def strata(self) -> Mapping[str, int]:
        """Stations by stratum."""
        return dict(sorted(Counter(s.stratum for s in self.stations).items()))

    @property
    def clusters(self) -> Mapping[str, int]:
        """Stations by cluster."""
        return dict(sorted(Counter(s.cluster for s in self.stations).items()))

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many are left out for which reason."""
        return dict(Counter(s.excluded.value for s in self.left_out if s.excluded))


def population_csv(stations: Iterable[Station]) -> str:
    """The list as it is published and hashed."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(HEAD)
    write.writerows((s.id, s.name, s.stratum, s.cluster) for s in stations)
    return out.getvalue()
