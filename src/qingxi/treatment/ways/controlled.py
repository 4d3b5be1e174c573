"""Controlled only (管控): nothing is built."""

from qingxi.treatment.way import Way

WAY = Way(
    key="controlled",
    mode="controlled",
    chinese="管控",
    english="controlled only",
    power="none",
    skill="household",
    upkeep_zh="巡查，化粪池清掏",
    upkeep_en="visits, tanks emptied",
    limits_zh="只限搬迁撤并类村庄",
    limits_en="only in villages to be moved",
)
