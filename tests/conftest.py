"""What every test shares: hypothesis draws afresh on a desk and repeats itself in CI, where red must be reproducible.

``QINGXI_TEST_DATABASE=postgresql`` lets the office's tests play on a throwaway PostgreSQL with PostGIS (``postgres.py``).
"""

import atexit
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

sys.path.insert(0, str(Path(__file__).parent))  # postgres.py, for the tests of keeping too
import sharing  # noqa: E402

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Processes beside each other (``-n 2``) are given whole files: see ``sharing``."""
    return sharing.scheduler(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Beside each other (``-n 2``) a file's tests stay together and the longest files go first: see ``sharing``.

    The browser tests are run apart (``make test``): the browser's driver keeps an event loop running in its process.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        items[:] = [items[at] for at in sharing.longest_first([item.nodeid for item in items])]
