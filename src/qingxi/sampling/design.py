"""How a sample is drawn, and drawing it: simple, stratified, or clusters first and stations then.

Everything hangs on one seed and SHA-256, so that thirty lines of the standard library draw the same again
(``docs/verify-a-draw.py``). In a stratum or cluster stations are ranked by ``sha256(seed \\n id)`` and the lowest are drawn.
Clusters are ranked by ``sha256(seed \\n cluster \\n name)``; with probability proportional to size they are drawn with
replacement, the j-th by the point ``int(sha256(seed \\n pps \\n j)) · N >> 256`` on the line of all stations by cluster.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

from qingxi.sampling.population import Population, Station


class Method(StrEnum):
    """How the stations are chosen."""

    SIMPLE = "simple"  # 简单随机
    STRATIFIED = "stratified"  # 分层
    TWO_STAGE = "two_stage"  # 两阶段，第一阶段等概率
    TWO_STAGE_PPS = "two_stage_pps"  # 两阶段，第一阶段按站数成比例（有放回）


@dataclass(frozen=True)
class Design:
    """A design.

    Attributes
    ----------
    n : int
        Stations in a simple sample.
    take : mapping
        Stations of each stratum.
    clusters, each : int
        Clusters drawn at the first stage, stations of each at the second (all of a smaller one).
    """

    method: Method
    n: int = 0
    take: Mapping[str, int] = field(default_factory=dict)
    clusters: int = 0
    each: int = 0

    @property
    def written(self) -> dict[str, object]:
        """The design as it is published."""
        if self.method is Method.SIMPLE:
            return {"method": self.method.value, "n": self.n}
        if self.method is Method.STRATIFIED:
            return {"method": self.method.value, "take": dict(sorted(self.take.items()))}
        return {"method": self.method.value, "clusters": self.clusters, "each": self.each}

    @property
    def canonical(self) -> str:
        """The design as it is hashed."""
        return json.dumps(self.written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, said: Mapping[str, object]) -> "Design":
        """A design as it was written."""
        take = said.get("take")
        return cls(
            Method(str(said["method"])),
            int(str(said.get("n", 0))),
            {str(h): int(n) for h, n in take.items()} if isinstance(take, Mapping) else {},
            int(str(said.get("clusters", 0))),
            int(str(said.get("each", 0))),
        )


@dataclass(frozen=True, slots=True, order=True)
class Chosen:
    """One station drawn: ``part`` is its stratum or cluster; with replacement, "2:name" for the second draw of clusters."""

    part: str
    id: str


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _lowest(seed: str, ids: list[str], n: int) -> list[str]:
    return sorted(ids, key=lambda i: _hash(seed, i))[:n]


def draw_by(design: Design, population: Population, seed: str) -> tuple[Chosen, ...]:
    """Draw a sample; the same from the same list, design and seed, sorted.

    Raises
    ------
    ValueError
        When the design asks more than there is, a stratum is missing or unknown, or the seed is empty.
    """
    if not seed:
        raise ValueError("种子是空的")
    against = faults_of(design, population)
    if against:
        raise ValueError("；".join(against))
    if design.method is Method.SIMPLE:
        return tuple(sorted(Chosen("", i) for i in _lowest(seed, [s.id for s in population.stations], design.n)))
    if design.method is Method.STRATIFIED:
        by = _by(population, "stratum")
        return tuple(sorted(Chosen(h, i) for h, n in design.take.items() for i in _lowest(seed, by[h], n)))
    by = _by(population, "cluster")
    if design.method is Method.TWO_STAGE:
        names = sorted(by, key=lambda c: _hash(seed, "cluster", c))[: design.clusters]
        return tuple(sorted(Chosen(c, i) for c in names for i in _lowest(seed, by[c], design.each)))
    names = sorted(by)
    ends = list(accumulate(len(by[c]) for c in names))
    out = []
    for j in range(1, design.clusters + 1):
        point = int(_hash(seed, "pps", str(j)), 16) * ends[-1] >> 256
        name = next(c for c, end in zip(names, ends, strict=True) if point < end)
        out += [Chosen(f"{j}:{name}", i) for i in _lowest(f"{seed}\n{j}", by[name], design.each)]
    return tuple(sorted(out))


def _by(population: Population, what: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = defaultdict(list)
    for station in population.stations:
        out[getattr(station, what)].append(station.id)
    return out


def faults_of(design: Design, population: Population) -> list[str]:
    """Everything against a design on this list, in Chinese; empty when it can be drawn."""
    out = []
    if design.method is Method.SIMPLE and not 1 <= design.n <= len(population):
        out.append(f"要抽 {design.n} 座，总体是 {len(population)} 座")
    if design.method is Method.STRATIFIED:
        sizes = population.strata
        strange = sorted(set(design.take) - set(sizes))
        missing = sorted(set(sizes) - set(design.take))
        if strange:
            out.append(f"总体里没有这些层：{'、'.join(strange[:5])}")
        if missing:
            out.append(f"这些层没有说抽几座：{'、'.join(missing[:5])}；漏掉一层，全体的率就没有依据")
        out += [
            f"“{h}”层有 {sizes[h]} 座，要抽 {n} 座"
            for h, n in design.take.items()
            if h in sizes and not 1 <= n <= sizes[h]
        ]
    if design.method in (Method.TWO_STAGE, Method.TWO_STAGE_PPS):
        there = len(population.clusters)
        if any(not s.cluster for s in population.stations):
            out.append("两阶段抽样要求每座站都写明属于哪个乡镇（或县）")
        if design.clusters < 2:
            out.append("第一阶段至少抽 2 个，一个算不出方差")
        if design.method is Method.TWO_STAGE and design.clusters > there:
            out.append(f"第一阶段要抽 {design.clusters} 个，总共只有 {there} 个")
        if design.each < 1:
            out.append("第二阶段每个至少抽 1 座")
    return out


def list_digest(chosen: tuple[Chosen, ...]) -> str:
    """SHA-256 of the drawn list, hexadecimal: what may be known of a sealed list."""
    return hashlib.sha256("\n".join(f"{c.part}\t{c.id}" for c in sorted(chosen)).encode()).hexdigest()


def sealed_digest(chosen: tuple[Chosen, ...], nonce: str) -> str:
    """SHA-256 of the drawn list under the key: tells nothing to who has not the key, however few lists there could be."""
    return hashlib.sha256(f"{nonce}\n{list_digest(chosen)}".encode()).hexdigest()


def station_ids(chosen: tuple[Chosen, ...]) -> tuple[str, ...]:
    """The stations to be visited, each once."""
    return tuple(sorted({c.id for c in chosen}))


__all__ = [
    "Chosen",
    "Design",
    "Method",
    "Station",
    "draw_by",
    "faults_of",
    "list_digest",
    "sealed_digest",
    "station_ids",
]
