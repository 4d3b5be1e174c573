"""Frost depth (冻深) by region, and the norm sets that keep pipes below it."""

from qingxi.standard.table import load_table

NORM_SETS = ("rural_sewer", "rural_sewer_cold", "rural_sewer_severe")  # from shallow frost to deep


def frost_depth_m(county_code: str) -> float:
    """Standard frost depth of the province a county's code begins with, m, on the deep side; 0 where frost does not count.

    From memory of a map (table ``frost``): a county replaces it by its own.
    """
    table = load_table("frost")
    row = table.rows.get(f"depth.{county_code[:2]}")
    return table["depth.other"] if row is None else row.value


def norms_for_frost(depth_m: float) -> str:
    """The first norm set whose pipes lie below this frost depth; the deepest where none does."""
    for name in NORM_SETS:
        if load_table(name)["frost.depth"] + load_table("frost")["depth.slack"] >= depth_m:
            return name
    return NORM_SETS[-1]
