#!/usr/bin/env python3
"""What each page of the office costs one process: CPU milliseconds and queries, as a township clerk of the largest county.

    .venv/bin/python benchmarks/office_cpu.py --home DIR [--rounds 20] [--profile PAGE]

The pages and their shares are those of the clerks in ``office_clerk.py``; a page is asked of the WSGI application itself, with
the session's cookie and the connection's life as in service. CPU time is the process's own, so that neighbours hardly change it.
``--home`` is a home filled by ``office_load.py --home DIR`` (it is filled when it is empty).
"""

import argparse
import cProfile
import io
import json
import os
import pstats
import random
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

OUT = Path(__file__).resolve().parent / "results" / "office_cpu.json"
WORDS = ["红岩", "hyc", "999901", "站", "QX-0"]


class Office:
    """The WSGI application with one signed-in person."""

    def __init__(self, username: str) -> None:
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        from qingxi_office.people.models import User
        from qingxi_office.site.wsgi import application

        person = User.objects.get(username=username)
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "qingxi_office.people.backends.OfficeBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        self.cookie, self.app = f"sessionid={session.session_key}", application

    def get(self, address: str) -> str:
        path, _, asked = address.partition("?")
        said: list[str] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": asked, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1", "HTTP_COOKIE": self.cookie, "HTTP_ACCEPT_LANGUAGE": "zh-CN", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
        }  # fmt: skip
        answer = self.app(environ, lambda status, headers: said.append(status))
        body = b"".join(answer)
        answer.close()
        if not said[0].startswith("200"):
            raise RuntimeError(f"{address}: {said[0]}")
        return body.decode()


def addresses(office: Office, dice: random.Random) -> dict[str, tuple[int, list[str]]]:
    """Page: its share among the clerks' clicks, and addresses of it."""

    def found(listing: str, pattern: str) -> list[str]:
        every = sorted(set(re.findall(pattern, office.get(listing))))
        return dice.sample(every, min(len(every), 8))

    return {
        "home": (4, ["/"]),
        "villages": (3, ["/villages/"]),
        "village": (4, found("/villages/", r'href="(/villages/\d{12}/)"')),
        "facilities": (3, ["/facilities/"]),
        "facility": (4, found("/facilities/", r'href="(/facilities/QX-\d+/)"')),
        "issues": (4, ["/issues/"]),
        "issue": (4, found("/issues/", r'href="(/issues/WT-[\d-]+/)"')),
        "search": (3, [f"/search/?q={quote(word)}" for word in WORDS]),
        "plan": (1, ["/plan/"]),
        "map of the county": (1, ["/geo/county.json"]),
        "office": (1, ["/office/"]),
        "duties": (1, ["/duties/"]),
        "meetings": (1, ["/meetings/"]),
        "households": (1, ["/households/"]),
        "notices": (1, ["/notices/"]),
    }


def measure(office: Office, address: str, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        office.get(address)
        times.append(1000 * (time.process_time() - begin))
    return times


def queries(office: Office, address: str) -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        office.get(address)
    return [str(q["sql"]) for q in caught.captured_queries]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--home", type=Path, required=True)
    words.add_argument("--who", default="clerk00")
    words.add_argument("--rounds", type=int, default=20)
    words.add_argument("--only", default="", help="names of pages, with commas")
    words.add_argument("--profile", default="", help="print where the time of this page goes")
    words.add_argument("--sql", action="store_true", help="print the queries of the pages")
    words.add_argument("--json", action="store_true", help=f"write {OUT.name}")
    args = words.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    if not (args.home / "filled.json").is_file():
        from office_load import prepare

        prepare(args.home, 50)
    from qingxi_office.site.home import start

    start(args.home)
    office, dice = Office(args.who), random.Random(3)
    rows: dict[str, dict[str, float]] = {}
    for page, (share, every) in addresses(office, dice).items():
        if (args.only and page not in args.only.split(",")) or (args.profile and page != args.profile):
            continue
        for address in every:
            office.get(address)
        if args.profile:
            _profile(office, every, args.rounds)
            continue
        asked = [queries(office, address) for address in every]
        if args.sql:
            for sql in asked[0]:
                print("   ", len(sql), re.sub(r"SELECT .*? FROM", "SELECT … FROM", sql)[:220])
        times = [statistics.median(measure(office, address, args.rounds)) for address in every]
        rows[page] = {
            "share": share, "cpu_ms": round(statistics.mean(times), 1), "most_ms": round(max(times), 1),
            "queries": max(map(len, asked)), "bytes": len(office.get(every[0]).encode()),
        }  # fmt: skip
        print(f"{page:20} {rows[page]['cpu_ms']:7.1f} ms (most {rows[page]['most_ms']:6.1f})  {rows[page]['queries']:3} queries", flush=True)  # fmt: skip
    if not rows:
        return 0
    mean = sum(r["cpu_ms"] * r["share"] for r in rows.values()) / sum(r["share"] for r in rows.values())
    print(f"{'a page as clerks ask':20} {mean:7.1f} ms")
    if args.json:
        OUT.write_text(
            json.dumps(
                {"rows": rows, "cpu_ms_per_page": round(mean, 1), "machine": f"{os.cpu_count()} cores"}, indent=1
            )
            + "\n"
        )
    return 0


def _profile(office: Office, every: list[str], rounds: int) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(rounds):
        for address in every:
            office.get(address)
    profile.disable()
    stats = pstats.Stats(profile)
    n = rounds * len(every)
    print(f"{n} pages")
    stats.sort_stats("cumulative").print_stats(90)
    stats.sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    sys.exit(main())
