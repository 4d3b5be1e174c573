#!/usr/bin/env python3
"""The tree at the size of a province: 45,000 villages; 200 mixed searches as a clerk, and opening every level.

    python benchmarks/tree_search.py            # writes benchmarks/results/tree_search.json
    QINGXI_DATABASE=postgresql://… python benchmarks/tree_search.py     # … tree_search_postgresql.json, in an empty database

Names are those of the invented province. Every search runs as the clerk of one township and as the officer of the whole province;
each is one word of a name, its first letters, its full pinyin or a code, drawn with a fixed seed.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

VILLAGES, TOWNSHIPS, SEARCHES = 45_000, 1_500, 200


def rows() -> list[dict[str, str]]:
    """Province, cities, counties, townships and villages, with names of the invented province."""
    from qingxi.world.chance import chance
    from qingxi.world.names import township_names, village_names

    rng = chance(7, "province")
    towns = township_names(rng, TOWNSHIPS)
    names = village_names(rng, towns, [VILLAGES // TOWNSHIPS] * TOWNSHIPS)
    out = {"99": {"code": "99", "name": "虚构省"}}
    for t, town in enumerate(towns):
        county = t // 12
        city = f"99{county // 12 + 1:02d}"
        head = f"{city}{county % 12 + 1:02d}"
        code = f"{head}{100 + t % 12:03d}"
        out.setdefault(city, {"code": city, "name": f"虚构{county // 12 + 1}市"})
        out.setdefault(head, {"code": head, "name": f"虚构{county + 1}县"})
        out[code] = {"code": code, "name": town}
        for v, name in enumerate(names[t]):
            out[f"{code}{200 + v}"] = {"code": f"{code}{200 + v}", "name": name, "kind": "村委会"}
    return list(out.values())


def share(times: list[float], part: float) -> float:
    return round(sorted(times)[min(int(len(times) * part), len(times) - 1)] * 1000, 2)


def main() -> int:
    held = tempfile.TemporaryDirectory()
    os.environ["QINGXI_HOME"] = held.name
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingxi_office.site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from qingxi.place import initials, typed
    from qingxi_office.people import queries as people
    from qingxi_office.people.models import Role, User
    from qingxi_office.places import actions, queries
    from qingxi_office.places.models import Place, PlaceKey
    from qingxi_office.trail import clock
    from qingxi_office.trail.actions import Office

    call_command("migrate", verbosity=0)
    start = perf_counter()
    tree = actions.take_in_tree(rows(), by=Office("基准"))
    loaded = perf_counter() - start
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    towns = [p for p in tree.values() if p.level == "township"]
    rng = random.Random(11)
    clerk = User(username="c", name="c", role=Role.TOWNSHIP_CLERK, scope=rng.choice(towns), created_at=clock.now())
    officer = User(username="o", name="o", role=Role.COUNTY_OFFICER, scope=tree["99"], created_at=clock.now())
    villages = [p for p in tree.values() if p.level == "village"]
    own = [p for p in villages if p.parent_id == clerk.scope_id]
    asked: list[tuple[str, Place]] = []
    for n in range(SEARCHES):
        place = rng.choice(own if n % 2 else villages)
        asked.append(
            (
                (
                    place.name,
                    place.name[1:],
                    place.name[0],
                    initials(place.name),
                    initials(place.name)[:2],
                    typed(place.name)[1],
                    place.code,
                    place.code[:7],
                )[n % 8],
                place,
            )
        )
    asked += [("村", villages[0]), ("c", villages[0]), ("99", villages[0]), ("", villages[0])]
    result: dict[str, object] = {
        "villages": len(villages), "places": len(tree), "keys": PlaceKey.objects.count(), "load_s": round(loaded, 1),
        "database": connection.vendor, "file_MB": round(os.path.getsize(connection.settings_dict["NAME"]) / 1e6, 1)
        if connection.vendor == "sqlite" else None, "machine": platform.machine(), "python": platform.python_version(),
    }  # fmt: skip
    for who, user in (("clerk", clerk), ("province_officer", officer)):
        times, missed = [], []
        for text, place in asked:
            begin = perf_counter()
            found = people.find_places(user, text, 20)
            times.append(perf_counter() - begin)
            whole = text in (place.name, place.code) or text == initials(place.name)
            seen = place.path.startswith(user.scope.path)
            if whole and seen and place.pk not in {p.pk for p in found} and len(found) < 20:
                missed.append(text)
        result[who] = {
            "p50_ms": share(times, 0.5), "p95_ms": share(times, 0.95), "max_ms": share(times, 1.0), "missed": missed,
        }  # fmt: skip
    opened: dict[str, list[float]] = {}
    at: list[int] = [tree["99"].pk]
    for level in ("prefecture", "county", "township", "village"):
        below = rng.sample(at, min(len(at), 30))
        next_level: list[int] = []
        for pk in below:
            begin = perf_counter()
            found = queries.states(clock.today(), parent_id=pk)
            opened.setdefault(level, []).append(perf_counter() - begin)
            next_level += [s.place_id for s in found]
        at = next_level
    result["open_level_ms"] = {
        k: {"median": round(statistics.median(v) * 1000, 2), "max": share(v, 1.0)} for k, v in opened.items()
    }
    begin = perf_counter()
    count = people.places(clerk).count()
    result["subtree_ms"] = {"township": round((perf_counter() - begin) * 1000, 2), "places": count}
    result["plan"] = {
        "search": _plan(PlaceKey.objects.filter(key__gte="pc", key__lt="pczzzz").filter(queries.under(clerk.scope.path)).order_by("key").values_list("place_id", "key")[:80]),
        "subtree": _plan(people.places(clerk).order_by().values("pk")),
        "children": _plan(Place.objects.filter(parent_id=at[0] if at else 1).values("pk")),
    }  # fmt: skip
    which = "" if connection.vendor == "sqlite" else f"_{connection.vendor}"
    out = Path(__file__).parent / "results" / f"tree_search{which}.json"
    out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    held.cleanup()
    return 0


def _plan(rows) -> list[str]:  # type: ignore[no-untyped-def]
    return [line.strip() for line in rows.explain().splitlines()]


if __name__ == "__main__":
    sys.exit(main())
