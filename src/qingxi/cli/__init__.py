"""The command line ``qingxi``: thin commands over the library's rooms.

A built-in command is a module of this room with an attribute ``command``; the office and other distributions
register theirs in the entry-point group ``qingxi.commands``. Heavy libraries are imported when a command runs.
"""

from collections.abc import Sequence

from qingxi.cli.command import INTERNAL, NEGATIVE, OK, UNUSABLE, Command, UserError

__all__ = ["INTERNAL", "NEGATIVE", "OK", "UNUSABLE", "Command", "UserError", "main", "warm_up"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``qingxi`` with these arguments (left out: the process's own) and give the exit code."""
    from qingxi.cli.loop import main as run

    return run(argv)


def warm_up() -> None:
    """Compile what is compiled on first use, so that set-up pays for it and not the first plan."""
    try:
        from qingxi.plan import warm_up as compile_kernels
    except ImportError:
        return
    compile_kernels()
