"""How far a plan is: one bar over all stages that never goes back, and the time that is left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STAGES = {
    "read": ("读数据", 0.06),
    "graph": ("建管沟图", 0.14),
    "layout": ("布局比选", 0.36),
    "design": ("水力设计", 0.10),
    "bound": ("求下界", 0.16),
    "write": ("写成果", 0.18),
}
"""Stages of a plan in Chinese, and the share of the time each takes on a county of 112,000 households."""


class Whole:
    """Shares of stages as one share of the whole; stages may run side by side, and no share goes back."""

    def __init__(self) -> None:
        self.done = dict.fromkeys(STAGES, 0.0)

    def tell(self, stage: str, share: float) -> float:
        """Note how far a stage is (0 to 1); returns how far the whole is. What comes before a stage is done, but the bound."""
        for earlier in STAGES:
            if earlier == stage:
                break
            if earlier != "design" or stage != "bound":
                self.done[earlier] = 1.0
        if stage in self.done:
            self.done[stage] = max(self.done[stage], min(1.0, share))
        return self.share

    @property
    def share(self) -> float:
        """0 to 1."""
        return sum(STAGES[stage][1] * done for stage, done in self.done.items())

    def remaining_s(self, elapsed_s: float) -> float:
        """Seconds left if the rest goes as what is done went; inf before anything is done."""
        return elapsed_s * (1.0 - self.share) / self.share if self.share > 0 else float("inf")


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )  # fmt: skip
    whole, began = Whole(), time.perf_counter()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, left="")

        def tell(stage: str, share: float) -> None:
            done = whole.tell(stage, share)
            left = whole.remaining_s(time.perf_counter() - began)
            words = f"约余 {left:.0f} 秒" if done >= 0.1 else ""
            bar.update(task, completed=done, description=STAGES[stage][0], left=words)

        yield tell
