"""How much is really known of a facility when the rules look at it, and whose published error rate therefore applies."""

from collections.abc import Mapping
from dataclasses import replace

from django.db import models

from qingxi.facility import EvidenceLevel, Facility
from qingxi.reading import Samples


class Level(models.TextChoices):
    """What the rules had; the first three are those of the published rates."""

    PAPERS = "papers", "只有电费单、巡查、化验"
    METER = "meter", "有远传电表"
    DEVICE = "device", "有数采仪"
    DAYS = "days", "只有日值"


def level_of(facility: Facility, samples: Mapping[str, Samples]) -> Level:
    """By what arrived, not by what the register says.

    Power within the day alone is a meter, anything of the water within the day a device. A facility that is registered
    as having a device or meter of which only daily values (or nothing) came is at neither: nobody measured the rules of
    the day, so that no published rate applies.
    """
    if any(code != "power" for code in samples):
        return Level.DEVICE
    if samples:
        return Level.METER
    return Level.PAPERS if facility.evidence is EvidenceLevel.PAPER else Level.DAYS


def as_seen(facility: Facility, level: Level) -> Facility:
    """The facility with the evidence level that it really has; where only days came the register's own stays."""
    if level is Level.DEVICE:
        return replace(facility, evidence=EvidenceLevel.HJ212)
    if level is Level.METER:
        return replace(facility, evidence=EvidenceLevel.REMOTE_METER)
    return facility
