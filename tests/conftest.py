"""What every test shares: hypothesis draws afresh on a desk and repeats itself in CI, where red must be reproducible."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together when two run beside each other (``-n 2 --dist loadgroup``): they share what they make.

    The browser tests are run apart (``make test``): the browser's driver keeps an event loop running in its process.
    """
    here = Path(__file__).parent
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(here))))
