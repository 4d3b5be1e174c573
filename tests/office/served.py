"""A really served office on the loopback whose requests run in the test's own thread, within its transaction."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass


def while_served(work: Callable[[str], Any]) -> Any:
    """Runs ``work(address)`` in another thread while the office answers at that address; gives what it gave, or raises."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)
    out: dict[str, Any] = {}

    def run() -> None:
        try:
            out["gave"] = work(f"http://127.0.0.1:{server.server_port}")
        except BaseException as error:
            out["raised"] = error

    thread = threading.Thread(target=run)
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)  # the test's transaction lives on this connection
    thread.start()
    try:
        while thread.is_alive():
            if select.select([server], [], [], 0.05)[0]:
                server.handle_request()
    finally:
        server.server_close()
        thread.join(5)
        for signal in (signals.request_started, signals.request_finished):
            signal.connect(close_old_connections)
    if "raised" in out:
        raise out["raised"]
    return out.get("gave")
