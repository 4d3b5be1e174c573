"""Three kinds of check, kept apart: only a random one gives a rate.

An 抽查评估 draws stations by chance and estimates; a 专项检查 (暗访) goes where trouble is thought to be and finds
problems; a 双随机、一公开 draws enterprises and licensed officers and publishes what was found. Of the last two nobody may
make a rate: what was chosen on purpose, or by a rule about firms, says nothing about the stations that were not visited.
"""

from enum import StrEnum


class Kind(StrEnum):
    """Which kind of check a campaign is."""

    RANDOM = "抽查评估"
    TARGETED = "专项检查"
    DOUBLE = "双随机"

    @property
    def gives_rate(self) -> bool:
        """Whether a rate may be made of it."""
        return self is Kind.RANDOM

    @property
    def drawn(self) -> bool:
        """Whether its objects are drawn by chance."""
        return self is not Kind.TARGETED


class NoRate(ValueError):
    """Somebody asked for a rate of a check that gives none."""


def refuse_rate(kind: Kind) -> None:
    """Raise NoRate for a kind of check that gives no rate; every way to an estimate passes here."""
    if not kind.gives_rate:
        raise NoRate(f"{kind.value}不是随机抽样，只报发现的问题，不能算成率")
