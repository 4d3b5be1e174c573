"""A draw that anybody can repeat: the seed is public beforehand, the order is by hash, nobody can steer it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draw:
    """A sample, how it was drawn, and the checksum of the list it was drawn from."""

    seed: str
    population: int
    checksum: str
    drawn: tuple[str, ...]


def draw(population: Iterable[str], n: int, seed: str) -> Draw:
    """Draw n of the ids without replacement.

    Each id is ranked by SHA-256 of the seed and the id; the n lowest are drawn. Adding or removing one id changes
    the draw of the others only by that one place.

    Raises
    ------
    ValueError
        When an id stands twice, the seed is empty, or n is not between 0 and the population.
    """
    ids = sorted(population)
    if len(set(ids)) != len(ids):
        raise ValueError("an id stands twice in the population")
    if not seed:
        raise ValueError("the seed is empty")
    if not 0 <= n <= len(ids):
        raise ValueError(f"n is {n}, must be 0 to {len(ids)}")
    ranked = sorted(ids, key=lambda i: hashlib.sha256(f"{seed}\n{i}".encode()).hexdigest())
    checksum = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    return Draw(seed, len(ids), checksum, tuple(sorted(ranked[:n])))
