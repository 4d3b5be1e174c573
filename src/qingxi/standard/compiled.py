"""How small kernels are compiled: no counted references, no interpreter's lock, kept on disk.

Numba counts who holds an array by an atomic count. A small kernel that is called millions of times, and handed a dozen arrays, spends a
quarter of its time counting, and far more when another thread counts the same arrays. A kernel that makes no array need not count: its
caller holds what it was handed. One that makes arrays (``np.empty``, lists, slices that are kept) must be compiled by ``njit`` itself.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from numba import njit

if TYPE_CHECKING:
    from numba.core.dispatcher import Dispatcher

_Kernel = TypeVar("_Kernel", bound=Callable[..., object])


def bare(function: _Kernel) -> "Dispatcher[_Kernel]":
    """Compile a kernel that makes no array."""
    made: Dispatcher[_Kernel] = njit(cache=True, nogil=True, _nrt=False)(function)  # type: ignore[call-overload]
    return made


def bare_inside(function: _Kernel) -> "Dispatcher[_Kernel]":
    """The same, put into its callers."""
    made: Dispatcher[_Kernel] = njit(cache=True, nogil=True, forceinline=True, _nrt=False)(function)  # type: ignore[call-overload]
    return made
