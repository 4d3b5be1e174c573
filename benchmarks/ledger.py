"""Pages of the problem ledger with 100,000 problems in 45,000 villages, as a township clerk sees them; target p95 under 300 ms.

    python benchmarks/ledger.py [--problems 100000] [--rounds 40]

The books are made by bulk in a fresh home (a temporary directory); pages are asked through Django's own client, one at a time,
so that the time is the office's and not the network's. Prints and writes ``benchmarks/results/ledger.json``.
"""

import argparse
import json
import os
import random
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

TODAY = date(2026, 11, 20)
COUNTIES, TOWNSHIPS, VILLAGES = 100, 15, 30  # 100 × 15 × 30 = 45,000
STATES = ("交办", "签收", "整改中", "自验", "申请销号", "现场核查")


def fill(problems: int) -> dict[str, int]:
    """Places, units, people and problems straight into the tables, as one province would have them."""
    from django.utils import timezone

    from qingxi_office.issues.models import IssueRecord
    from qingxi_office.people.models import Role, User
    from qingxi_office.places.models import County, Place, Unit

    dice = random.Random(7)
    root = Place.objects.create(code="99", name="虚构省", level="province", path="99/")
    counties = Place.objects.bulk_create(
        Place(
            code=f"9999{c:02d}",
            name=f"第{c}县",
            level="county",
            parent=root,
            path=f"99/9999{c:02d}/",
        )
        for c in range(COUNTIES)
    )
    towns = Place.objects.bulk_create(
        Place(
            code=f"{c.code}{100 + t}", name=f"{t}镇", level="township", parent=c, path=f"{c.path}{c.code}{100 + t}/"
        )
        for c in counties
        for t in range(TOWNSHIPS)
    )
    villages = Place.objects.bulk_create(
        (
            Place(
                code=f"{t.code}{200 + v}",
                name=f"{v}村",
                level="village",
                parent=t,
                path=f"{t.path}{t.code}{200 + v}/",
            )
            for t in towns
            for v in range(VILLAGES)
        ),
        batch_size=2000,
    )
    units = {
        t.pk: u
        for t, u in zip(
            towns,
            Unit.objects.bulk_create(
                Unit(name=f"{t.code}人民政府", kind="乡镇", level="乡镇", place=t) for t in towns
            ),
            strict=True,
        )
    }
    firms = Unit.objects.bulk_create(
        Unit(name=f"运维{n}公司", kind="运维单位", level="村", place=root) for n in range(60)
    )
    lead = Unit.objects.create(name="省厅", kind="部门", level="省", place=root)
    County.objects.create(
        place=root, lead_unit=lead, issuing_unit=lead, lead_department="省厅", issuing_body="省治污办"
    )
    rows = []
    for n in range(problems):
        village = villages[dice.randrange(len(villages))]
        found = TODAY - timedelta(days=dice.randrange(700))
        is_open = dice.random() < 0.2
        rows.append(
            IssueRecord(
                key=f"WT-{found.year}-{n:06d}", title=f"{village.name}第 {n} 件", klass=dice.choice(["一般", "一般", "重点"]), level="乡镇",
                source=dice.choice(["巡查", "监测分析", "群众反映", "12345", "审计"]), place=village, found_on=found, assigned_on=found,
                due_on=found + timedelta(days=21 + dice.randrange(400 if is_open else 1)),
                state=dice.choice(STATES) if is_open else "归档", is_open=is_open, kept_elsewhere=True,
                rectifier=firms[dice.randrange(60)], lead=units[village.parent_id], verifier=lead, closer=lead,
                closed_on=None if is_open else min(TODAY, found + timedelta(days=15)), closed_by_unit=None if is_open else lead,
                cause_group=dice.choice(["", "技术", "管理", "资金"]),
            )
        )  # fmt: skip
    IssueRecord.objects.bulk_create(rows, batch_size=2000)
    now = timezone.now()
    town = towns[len(towns) // 2]
    for name, role, scope, unit in (
        ("clerk", Role.TOWNSHIP_CLERK, town, units[town.pk]),
        ("officer", Role.COUNTY_OFFICER, counties[len(counties) // 2], lead),
        ("province", Role.COUNTY_OFFICER, root, lead),
    ):
        User.objects.create(
            username=name, name=name, role=role, scope=scope, unit=unit, created_at=now, password="!"
        )
    return {
        "villages": len(villages),
        "problems": problems,
        "of_the_clerk": IssueRecord.objects.filter(place__parent=town).count(),
    }


def p95(times: list[float]) -> float:
    return round(sorted(times)[max(0, int(len(times) * 0.95 + 0.5) - 1)] * 1000, 1)


def measure(who: str, rounds: int) -> dict[str, object]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from qingxi_office.issues.models import IssueRecord
    from qingxi_office.issues.queries import issues
    from qingxi_office.people.models import User

    user = User.objects.select_related("scope", "unit").get(username=who)
    client = Client()
    client.force_login(user, backend="qingxi_office.people.backends.OfficeBackend")
    one = issues(user).filter(is_open=True).order_by("key").first()
    assert isinstance(one, IssueRecord)
    first = client.get("/issues/").context["page"]
    pages = {
        "在办": "/issues/", "下一页": f"/issues/?after={first.after}" if first.after else "/issues/", "超期": "/issues/?late=1",
        "等我": "/issues/?mine=1", "已销号": "/issues/?closed=1", "全部": "/issues/?closed=all", "一类": "/issues/?klass=重点&source=12345",
        "一件": f"/issues/{one.key}/",
    }  # fmt: skip
    found: dict[str, object] = {}
    for word, path in pages.items():
        assert client.get(path).status_code == 200, path
        times = []
        for _ in range(rounds):
            begin = time.perf_counter()
            client.get(path)
            times.append(time.perf_counter() - begin)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        found[word] = {
            "p50_ms": round(sorted(times)[len(times) // 2] * 1000, 1),
            "p95_ms": p95(times),
            "queries": len(queries),
        }
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--problems", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=40)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["QINGXI_HOME"], os.environ["DJANGO_SETTINGS_MODULE"] = home, "qingxi_office.site.settings"
        os.environ["QINGXI_DEMO"] = "1"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.test.utils import setup_test_environment

        settings.QINGXI_PRACTICE_DAY = TODAY.isoformat()
        settings.QINGXI_DEMO = True
        setup_test_environment()
        call_command("migrate", verbosity=0)
        begin = time.perf_counter()
        made = fill(given.problems)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        made["fill_s"] = round(time.perf_counter() - begin)
        out = {
            "books": made, "rounds": given.rounds, "clerk": measure("clerk", given.rounds), "officer": measure("officer", given.rounds),
            "province": measure("province", max(5, given.rounds // 4)),
        }  # fmt: skip
    text = json.dumps(out, ensure_ascii=False, indent=1)
    print(text)
    (Path(__file__).parent / "results" / "ledger.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
