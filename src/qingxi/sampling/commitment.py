"""Commit first, reveal after: a draw that neither the drawer nor the examined can steer, and that anybody can repeat.

1. The list is frozen (its checksum) and the design written down. A nonce is made: the organiser's key, which nobody else has and
   no book holds until the list is opened. Published are the checksum, the
   design, the name and day of a number from outside (a lottery, an index) that does not exist yet, and the commitment:
   SHA-256 over all of them and the nonce.
2. On its day the outside number is written down; seed = ``sha256(nonce \\n number)``. Whoever drew could not choose the
   number; whoever watches cannot compute the list, because the nonce is not known.
3. After the field work nonce and number are published with the list: everybody can check commitment, seed and draw.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from qingxi.sampling.design import Design, draw_by, list_digest, sealed_digest
from qingxi.sampling.population import Population


@dataclass(frozen=True, slots=True)
class Promise:
    """What is laid down before the draw; ``nonce`` stays secret until the reveal, ``outside_day`` is written 2026-11-20."""

    checksum: str
    design: Design
    outside_name: str
    outside_day: str
    nonce: str

    @property
    def commitment(self) -> str:
        """What is published beforehand: SHA-256, hexadecimal."""
        parts = (self.checksum, self.design.canonical, self.outside_name, self.outside_day, self.nonce)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def seed_of(nonce: str, outside_value: str) -> str:
    """The seed: neither side knows it alone.

    Raises
    ------
    ValueError
        When one of the two is empty.
    """
    if not nonce.strip() or not outside_value.strip():
        raise ValueError("种子要两样：事先承诺的随机数和事后才有的公开数字")
    return hashlib.sha256(f"{nonce}\n{outside_value.strip()}".encode()).hexdigest()


def reveal(promise: Promise, outside_value: str, population: Population) -> dict[str, object]:
    """What is published after: everything a stranger needs to draw again, and the list that was drawn."""
    seed = seed_of(promise.nonce, outside_value)
    chosen = draw_by(promise.design, population, seed)
    return {
        "checksum": promise.checksum, "design": promise.design.written, "outside_name": promise.outside_name,
        "outside_day": promise.outside_day, "outside_value": outside_value.strip(), "nonce": promise.nonce,
        "commitment": promise.commitment, "seed": seed, "drawn": [[c.part, c.id] for c in chosen],
        "list_digest": list_digest(chosen), "sealed_digest": sealed_digest(chosen, promise.nonce),
    }  # fmt: skip


def as_published(said: Mapping[str, object]) -> str:
    """The reveal as the file that is published."""
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
