"""For how many stations of the whole a visited one stands, exactly: the same rate again from the stations themselves."""

from collections.abc import Mapping
from fractions import Fraction

from qingxi.sampling.design import Design, Method


def weights_by(design: Design, seen: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, Fraction]:
    """Stations of the whole for which each visited station of a part stands; over all visited they sum to the whole.

    Simple ``N/n``; stratified ``N_h/n_h``; two stages ``M_c/n_c · N/ΣM`` (the ratio to size); clusters drawn by size
    with replacement ``N/(m·n_c)``.

    Parameters
    ----------
    seen : mapping
        Stations visited by part, as ``draw_by`` named the parts; of a simple sample under "".
    sizes : mapping
        Stations in all by stratum or cluster; of a simple sample under "".

    Raises
    ------
    ValueError
        When no station was seen.
    """
    visited = {part: n for part, n in seen.items() if n}
    whole = sum(sizes.values())
    if not visited:
        raise ValueError("还没有一座站的结果")
    if design.method is Method.SIMPLE:
        return dict.fromkeys(visited, Fraction(whole, sum(visited.values())))
    if design.method is Method.STRATIFIED:
        return {h: Fraction(sizes[h], n) for h, n in visited.items()}
    if design.method is Method.TWO_STAGE:
        inside = sum(sizes[c] for c in visited)
        return {c: Fraction(sizes[c] * whole, n * inside) for c, n in visited.items()}
    return {c: Fraction(whole, n * len(visited)) for c, n in visited.items()}


def share_by(design: Design, found: Mapping[str, tuple[int, int]], sizes: Mapping[str, int]) -> Fraction:
    """The share that a sample gives by its weights, exact; ``found`` are hits and stations seen by part."""
    weights = weights_by(design, {part: n for part, (_hits, n) in found.items()}, sizes)
    whole = sum(weights[part] * found[part][1] for part in weights)
    return Fraction(sum(weights[part] * found[part][0] for part in weights) / whole)
