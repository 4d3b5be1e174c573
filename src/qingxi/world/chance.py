"""Chance by seed and name, so that one part's draws never shift another's."""

import zlib

import numpy as np


def chance(seed: int, part: str) -> np.random.Generator:
    """A generator of its own for a named part: the same seed and name give the same draws on every machine."""
    return np.random.default_rng([seed, zlib.crc32(part.encode("utf-8"))])
