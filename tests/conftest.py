"""What every test shares: hypothesis draws afresh on a desk and repeats itself in CI, where red must be reproducible."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Beside each other on two cores (``-n 2 --dist loadgroup``): a file stays together, and all browser tests do.

    A file's tests share what they make; the browser tests share one demo home.
    """
    here = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(here)
        item.add_marker(pytest.mark.xdist_group("browser" if place.parts[0] == "browser" else str(place)))
