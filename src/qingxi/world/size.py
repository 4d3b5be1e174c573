"""How big an invented county is."""

from dataclasses import dataclass, replace

TOWNSHIPS: tuple[tuple[str, str, int, int, int, int], ...] = (
    # name, township code, villages, treated, controlled, open: as the county's home page shows them
    ("溪口镇", "100", 8, 7, 1, 0),
    ("岚坪镇", "101", 8, 7, 0, 1),
    ("双河镇", "102", 8, 7, 0, 1),
    ("红石镇", "103", 7, 6, 0, 1),
    ("茶岭镇", "104", 7, 5, 0, 2),
    ("竹沱镇", "105", 7, 6, 1, 0),
    ("柳溪乡", "200", 6, 5, 1, 0),
    ("青杠乡", "201", 6, 4, 0, 2),
    ("白岩乡", "202", 6, 4, 1, 1),
    ("杉树乡", "203", 6, 3, 1, 2),
    ("马桑乡", "204", 5, 2, 2, 1),
    ("云顶乡", "205", 5, 2, 2, 1),
)


@dataclass(frozen=True)
class Size:
    """What is asked for: areas in metres, counts as they stand in the finished county."""

    name: str
    width_m: float
    height_m: float
    townships: int
    villages: int
    hamlets: int
    households: int
    facilities: int
    town_plants: int

    def with_households(self, households: int) -> "Size":
        """The same county with another number of households; villages, hamlets and ground grow with it past 1.5 times."""
        times = households / self.households
        if not households > 0:
            raise ValueError(f"households is {households}, must be above 0")
        if times <= 1.5:
            return replace(self, households=households)
        side = times**0.5
        return replace(
            self,
            households=households,
            width_m=self.width_m * side,
            height_m=self.height_m * side,
            townships=round(self.townships * times),
            villages=round(self.villages * times),
            hamlets=round(self.hamlets * times),
            town_plants=round(self.town_plants * times),
            facilities=round(self.facilities * times),
        )


SIZES: dict[str, Size] = {
    "hamlet": Size("hamlet", 4_800, 3_960, 1, 1, 5, 120, 4, 1),
    "county": Size("county", 38_400, 31_200, 12, 79, 400, 30_000, 120, 8),
    "large": Size("large", 66_000, 60_000, 60, 1_000, 1_500, 112_000, 1_200, 40),
    "province": Size("province", 0, 0, 1_080, 45_000, 0, 0, 36_000, 0),
}
