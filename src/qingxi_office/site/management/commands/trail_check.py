"""The same as ``trail check``, under the name it had first."""

from qingxi_office.site.management.commands.trail import Command as Trail


class Command(Trail):
    """``qingxi office trail_check``."""
