"""Processes of shared plants (集中处理工艺), each one cost curve and its limits."""

from dataclasses import dataclass

from qingxi.standard import Table

PROCESS_NAMES = {
    "wetland": "厌氧池+人工湿地",
    "ao_wetland": "A/O 接触氧化+人工湿地",
    "a2o": "A2/O 一体化",
    "mbr": "MBR 一体化",
    "unit": "户用净化槽",
    "reuse": "三格化粪池资源化利用",
    "controlled": "管控",
}


@dataclass(frozen=True, slots=True)
class Process:
    """One process by its curve, ``docs/costs.md`` section 9; Q is the design flow in m³/d, money in yuan.

    ``grade`` is the discharge grade it reaches: 0 special, 1, 2, 3.
    """

    key: str
    grade: int
    works_fixed: float
    works_unit: float
    works_power: float
    running_fixed: float
    running_m3: float
    renewal: float
    land_fixed: float
    land_unit: float
    scale_low: float
    scale_high: float

    def land_m2(self, design_m3_d: float) -> float:
        return self.land_fixed + self.land_unit * design_m3_d

    def works_yuan(self, design_m3_d: float, land_price: float) -> float:
        """工程费用 of a plant of this design flow, land included."""
        curve = float(self.works_unit * design_m3_d**self.works_power)
        return self.works_fixed + curve + land_price * self.land_m2(design_m3_d)

    def running_yuan_y(self, design_m3_d: float, flow_m3_d: float, land_price: float) -> float:
        """Yearly cost at this mean flow."""
        return (
            self.running_fixed
            + 365 * self.running_m3 * flow_m3_d
            + self.renewal * self.works_yuan(design_m3_d, land_price)
        )


def shared_processes(table: Table) -> list[Process]:
    """Every process of the table that has a cost curve by scale, in table order."""
    keys = [key.split(".")[0] for key in table.rows if key.endswith(".works_power")]
    return [
        Process(
            key=key,
            grade=int(table[f"{key}.grade"]),
            **{
                name: table[f"{key}.{name}"]
                for name in (
                    "works_fixed", "works_unit", "works_power", "running_fixed", "running_m3", "renewal",
                    "land_fixed", "land_unit", "scale_low", "scale_high",
                )
            },
        )
        for key in keys
    ]  # fmt: skip
