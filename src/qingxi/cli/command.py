"""What a subcommand is: data, so that another distribution can bring one."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

OK = 0
NEGATIVE = 1
"""A negative answer: violations found, a finding made."""
UNUSABLE = 2
"""Wrong usage or input that cannot be used."""
INTERNAL = 3
"""Our own fault."""


def _nothing(parser: ArgumentParser) -> None:
    """Add no argument."""


@dataclass(frozen=True)
class Command:
    """One subcommand of ``qingxi``.

    Attributes
    ----------
    name : str
        What the user types after ``qingxi``.
    help : str
        One line for ``qingxi --help``, in Chinese.
    run : callable
        Takes the parsed arguments, gives the exit code: 0 ok, 1 a negative answer, 2 unusable input, 3 internal.
        Heavy libraries are imported inside it, never at the top of its module.
    add_arguments : callable
        Adds the arguments to the parser of this command.
    description : str
        The longer text of ``qingxi NAME --help``; left out: ``help``.
    own_arguments : bool
        True when all that follows the name is handed over unparsed as ``args.rest`` (``qingxi office ...``).
    """

    name: str
    help: str
    run: Callable[[Namespace], int]
    add_arguments: Callable[[ArgumentParser], None] = _nothing
    description: str = ""
    own_arguments: bool = False

    def __post_init__(self) -> None:
        if not self.name or not self.name.replace("-", "").isalnum():
            raise ValueError(f"command name is {self.name!r}, must be letters, digits and hyphens")


class UserError(Exception):
    """What the user can mend: shown as one line without a traceback, exit code 2."""
