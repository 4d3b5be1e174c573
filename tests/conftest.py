"""What every test shares: hypothesis draws afresh on a desk and repeats itself in CI, where red must be reproducible.

``QINGXI_TEST_DATABASE=postgresql`` lets the office's tests play on a throwaway PostgreSQL with PostGIS (``postgres.py``).
"""

import atexit
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

sys.path.insert(0, str(Path(__file__).parent))  # postgres.py, for the tests of keeping too
if os.environ.get("QINGXI_TEST_DATABASE") == "postgresql":
    from django.conf import settings as office_settings
    from django.db import connections

    import postgres
    from qingxi_office.site import databases

    # One server for the run: workers of xdist are given its address by the process that starts them.
    if "QINGXI_TEST_CLUSTER" not in os.environ:
        cluster = postgres.Cluster()
        atexit.register(cluster.stop)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a run that is ended ends its server too
        os.environ["QINGXI_TEST_CLUSTER"] = cluster.address("template1")
    office_settings.DATABASES["default"] = databases.postgresql(os.environ["QINGXI_TEST_CLUSTER"])
    connections.configure_settings(office_settings.DATABASES)
    for made in connections.all(initialized_only=True):  # Django was set up on SQLite before this file was read
        made.close()
        del connections[made.alias]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together when two run beside each other (``-n 2 --dist loadgroup``): they share what they make.

    The browser tests are run apart (``make test``): the browser's driver keeps an event loop running in its process.
    """
    here = Path(__file__).parent
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(here))))
