"""What a spot check may do now, and the library's things of its rows. Saves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qingxi.sampling import (
    Chosen,
    Design,
    Exclusion,
    Kind,
    Population,
    Promise,
    Station,
    draw_by,
    list_digest,
    sealed_digest,
    seed_of,
)
from qingxi.standard import load_table
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.samples.models import Campaign, FrameRow

RATE = "effective_operation_rate"  # the definition by which a result is a figure
STRATA = ("county", "township", "operator", "scale")
_LEFT_OUT = {
    FacilityRecord.Status.STOPPED: Exclusion.STOPPED, FacilityRecord.Status.JOINED: Exclusion.JOINED,
    FacilityRecord.Status.TRIAL: Exclusion.TRIAL, FacilityRecord.Status.SCRAPPED: Exclusion.SCRAPPED,
}  # fmt: skip
_REUSE = ("资源利用", "资源化", "纯资源化", "reuse")


class Refused(ValueError):
    """What may not be done now; ``reasons`` are all of them, in Chinese."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = tuple(reasons)


def need(campaign: Campaign, *states: str) -> None:
    """Refuse a deed in any other state."""
    if campaign.state not in states:
        words = "、".join(str(Campaign.State(s).label) for s in states)
        raise Refused([f"现在是“{campaign.get_state_display()}”，要在“{words}”时才能做"])


def left_out(facility: FacilityRecord) -> str:
    """Why a facility of the register is not of the population; "" when it is."""
    if facility.mode in _REUSE:
        return Exclusion.REUSE.value
    found = _LEFT_OUT.get(FacilityRecord.Status(facility.status))
    return found.value if found else ""


def scale(design_m3_d: float | None) -> str:
    """The scale class of a station for strata."""
    limit = load_table("sampling")["scale.mid"]
    if design_m3_d is None:
        return "规模不明"
    return f"{limit:g} 吨以上" if design_m3_d >= limit else f"{limit:g} 吨以下"


def stratum(row: Mapping[str, Any], strata: Iterable[str]) -> str:
    """The stratum of a row: the chosen fields in their order; unknown says so, for it is a stratum of its own."""
    said = []
    for name in strata:
        value = scale(row.get("design_m3_d")) if name == "scale" else str(row.get(name) or "")
        said.append(value or {"operator": "没有运维单位"}.get(name, "不明"))
    return " · ".join(said)


def population_of(campaign: Campaign) -> Population:
    """The frozen list as the library draws from it."""
    rows = FrameRow.objects.filter(campaign=campaign).order_by()
    return Population.of(
        Station(key, name, layer, cluster, Exclusion(excluded) if excluded else None)
        for key, name, layer, cluster, excluded in rows.values_list("key", "name", "stratum", "cluster", "excluded")
    )


def promise_of(campaign: Campaign) -> Promise:
    day = campaign.outside_day.isoformat() if campaign.outside_day else ""
    return Promise(campaign.checksum, Design.read(campaign.design), campaign.outside_name, day, campaign.nonce)


def key_of(campaign: Campaign, given: str) -> str:
    """The organiser's key as it was promised, from what was typed in; refused when it is not the one.

    A list that was opened has its key in the books, and so has a check that was promised before keys were handed out.
    """
    if campaign.nonce:
        return campaign.nonce
    key = "".join(given.split()).replace("-", "").lower()
    if not key:
        raise Refused(["名单由组织单位的密钥封着，请输入公布承诺时抄下的密钥"])
    if replace(promise_of(campaign), nonce=key).commitment != campaign.commitment:
        raise Refused(["密钥不对，和公布的承诺对不上"])
    return key


def seed(campaign: Campaign) -> str:
    """The seed of a draw whose list was opened; before that only who holds the key can make it."""
    return seed_of(campaign.nonce, campaign.outside_value)


def drawn(campaign: Campaign) -> tuple[Chosen, ...]:
    """The drawn list, drawn again from the frozen rows; refused when it is no longer the one that was drawn."""
    population = population_of(campaign)
    chosen = draw_by(Design.read(campaign.design), population, seed(campaign))
    known = {list_digest(chosen), sealed_digest(chosen, campaign.nonce)}  # the first: of checks before keys
    if population.checksum != campaign.checksum or campaign.list_digest not in known:
        raise Refused(["名单的指纹和抽取时不一样，冻结以后有人动过名单；不能打开"])
    return chosen


def kind_of(campaign: Campaign) -> Kind:
    return Kind(campaign.kind)
