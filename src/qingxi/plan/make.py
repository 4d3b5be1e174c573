"""The front door of the planner."""

from collections.abc import Callable

from qingxi.plan.input import PlanInput
from qingxi.plan.result import PlanResult

Progress = Callable[[str, float], None]


def plan(given: PlanInput, *, progress: Progress | None = None) -> PlanResult:
    """Plan a county, or any part of one.

    Parameters
    ----------
    given : PlanInput
    progress : callable, optional
        Called as ``progress(stage, share)`` with stage ``graph``, ``layout``, ``design``, ``bound`` and share 0 to 1.

    Returns
    -------
    PlanResult
        Always: what cannot be done is a named reason in the tables or a fault, never an exception.
    """
    raise NotImplementedError


def warm_up() -> None:
    """Compile every kernel on a tiny case; called once at set-up."""
    raise NotImplementedError
