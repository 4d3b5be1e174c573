"""Finding the subcommands: modules of this room, and the entry-point group ``qingxi.commands``."""

import importlib
import pkgutil
from argparse import Namespace
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from qingxi.cli.command import Command, UserError

GROUP = "qingxi.commands"
_NOT_COMMANDS = frozenset({"command", "discovery", "loop", "parser", "told"})


def built_in(package: ModuleType) -> dict[str, Command]:
    """Commands of the modules of a package, by name.

    A module counts when it has an attribute ``command`` of type :class:`Command`; modules start light, so that
    importing all of them stays far below a tenth of a second.
    """
    found: dict[str, Command] = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name in _NOT_COMMANDS or module.name.startswith("_"):
            continue
        command = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "command", None)
        if isinstance(command, Command):
            found[command.name] = command
    return found


def registered() -> dict[str, EntryPoint]:
    """Commands that other distributions and the office registered, by name; not yet loaded."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load(point: EntryPoint) -> Command | None:
    """The command behind an entry point; None when its distribution or extra is not installed.

    One that is installed and broken stays in the list and says so when called: it must not take the rest along.
    """
    try:
        command = point.load()
    except ModuleNotFoundError:
        return None
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        return Command(point.name, f"(无法载入：{why})".replace("%", "%%"), _broken(why), own_arguments=True)
    return command if isinstance(command, Command) else None


def _broken(why: str) -> Callable[[Namespace], int]:
    def run(args: Namespace) -> int:
        raise UserError(f"命令 {args.command} 无法载入：{why}")

    return run
