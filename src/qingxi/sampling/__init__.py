"""Drawing a sample that can be checked, and what a sampled rate is worth (抽样)."""

from qingxi.sampling.draw import Draw, draw
from qingxi.sampling.interval import needed_n, wilson

__all__ = ["Draw", "draw", "needed_n", "wilson"]
