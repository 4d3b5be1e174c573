"""How much work the lower bound may be."""

from dataclasses import dataclass

from qingxi.standard import Table


@dataclass(frozen=True, slots=True)
class BoundOptions:
    """How much work the bound may be; every choice gives a valid bound. Work is counted, never timed.

    Attributes
    ----------
    level_step_m : float
        Distance of depth levels of the first pass; halving it doubles the work.
    part_houses : int
        Most houses of a part.
    breaks_m3_d : tuple of float
        Flows at which plant classes meet; the flow of the next discharge grade is always one.
    grow : float
        How much larger than the next house's a region may become in one turn; 1 or more.
    workers : int
        Threads; the kernels run without the interpreter's lock.
    class_breaks : int
        Where there is an incumbent: how many breaks are laid by its plants' sizes instead of ``breaks_m3_d``; 0 none.
    finest_m : float
        Least distance of depth levels.
    work : float
        States settled in all passes together; the first pass is always made.
    rounds : int
        Most passes after the first.
    cover_states : int
        Most states of a region that has more flow than its old plants take.
    """

    level_step_m: float
    part_houses: int
    breaks_m3_d: tuple[float, ...]
    grow: float
    workers: int = 2
    class_breaks: int = 0
    finest_m: float = 0.02
    work: float = 0.0
    rounds: int = 0
    cover_states: int = 100_000

    def __post_init__(self) -> None:
        for name in ("level_step_m", "part_houses", "grow", "workers", "finest_m"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}, must be above 0")

    @classmethod
    def from_table(
        cls, table: Table, effort: float = 1.0, houses: int | None = None, certify: bool = False
    ) -> "BoundOptions":
        """The table's figures for a county of so many ``houses``; ``effort`` (a tenth to ten) multiplies the work.

        A large county begins with a step so coarse that the first pass takes its share of the work.
        """
        effort = min(max(effort, 0.1), 10.0) * (table["certify.work"] if certify else 1.0)
        count = float(houses) if houses is not None else 0.0
        work = effort * min(table["work.most"], table["work.per_house"] * count)
        step = table["level.step"] / min(effort, 1.0)
        if houses is not None:
            step = max(step, table["work.first_per_house"] * count / max(table["work.first_share"] * work, 1.0))
        return cls(
            level_step_m=step, part_houses=int(table["part.houses"]), grow=table["region.grow"],
            breaks_m3_d=tuple(sorted(row.value for row in table.under("class").values())),
            class_breaks=int(table["breaks.certify" if certify else "breaks.usual"]), finest_m=table["level.finest"],
            work=work, rounds=int(table["rounds.certify" if certify else "rounds.usual"]),
            cover_states=int(table["cover.states"]),
        )  # fmt: skip
