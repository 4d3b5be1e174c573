"""What is invented (虚构): example counties of any size, with ground, people, works, books and evidence.

Only the command line and tests import this room. Every name, number and place in it is made up by seed; what is wrong
in the data on purpose is listed in :data:`DIRT`.
"""

from qingxi.world.county import County, Written, make_county, write_county
from qingxi.world.dirt import DIRT
from qingxi.world.size import SIZES, Size

__all__ = ["DIRT", "SIZES", "County", "Size", "Written", "make_county", "write_county"]
