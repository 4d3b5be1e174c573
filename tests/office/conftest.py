"""The office's cast: one invented county of two townships, its people, and what they may see.

陈静 is the county's officer; 罗梅 the clerk of 溪口镇; 何志 the clerk of 岚坪镇 who must not see 溪口镇's records;
赵勇 the foreman of the operator 清源 who runs one station; 孙宁 audits and may change nothing.
"""

import os
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import translation
from kept import Once, kept

from once import once_a_run
from qingxi_office.access.queries import RULES_KEY
from qingxi_office.people.models import Role, User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.actions import Office

AS_OF = date(2026, 11, 20)  # a Friday
# What plays in processes and homes of its own, or reads papers only, is the same on either database.
if os.environ.get("QINGXI_TEST_DATABASE") == "postgresql":
    collect_ignore = [
        "test_commands.py",
        "test_messages.py",
        "test_keeping_house.py",
        "test_upgrade.py",
        "test_install.py",
    ]


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL what never asks the books is left out: it is the same on either database."""
    if os.environ.get("QINGXI_TEST_DATABASE") != "postgresql":
        return
    here = Path(__file__).parent
    asks = {"db", "transactional_db", "django_db_setup"}
    same = [
        item
        for item in items
        if here in item.path.parents
        and not asks & set(item.fixturenames)
        and not item.get_closest_marker("django_db")
    ]
    if same:
        config.hook.pytest_deselected(items=same)
        items[:] = [item for item in items if item not in same]


@pytest.fixture(scope="session")
def migrated_once(tmp_path_factory, django_db_modify_db_settings_parallel_suffix):
    """A real SQLite file, as in service: WAL and IMMEDIATE do not exist in memory. On PostgreSQL a database a process."""
    from django.db import connections

    return Once(connections["default"].settings_dict, tmp_path_factory.mktemp("office") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(migrated_once):
    pass


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The file that lies there was put there above; pytest throws its directory away."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(migrated_once, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        migrated_once.finish()


@pytest.fixture(autouse=True)
def _quiet_home(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    settings.QINGXI_PRACTICE_DAY = AS_OF.isoformat()
    settings.QINGXI_DEMO = True
    settings.QINGXI_CHECK_QUESTIONS = True
    translation.activate(settings.LANGUAGE_CODE)  # a page asked for in English leaves the thread English
    # The books of a test begin without rules of signing in, and say so at once: what is read anew every twenty seconds
    # would fall on any page whose questions are counted, and what an earlier test ruled would still hold.
    cache.set(RULES_KEY, {}, 3600)
    if searching := sys.modules.get("qingxi_office.site.searching"):
        searching._new = ("", [])  # books of tests change without a trail
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def office():
    return Office("测试")


class Cast:
    """People, units and places by short names."""

    def __init__(self, by):
        from qingxi_office.facilities import actions as facilities
        from qingxi_office.people import actions as people
        from qingxi_office.places import actions as places

        tree = places.take_in_tree(
            [
                {"code": "999901", "name": "天河坝县"},
                {"code": "999901100", "name": "溪口镇"},
                {"code": "999901101", "name": "岚坪镇"},
                {"code": "999901100200", "name": "红岩村", "kind": "村委会"},
                {"code": "999901101200", "name": "柳湾村", "kind": "村委会"},
                {"code": "999901100200001", "name": "主街"},
            ],
            by=by,
        )
        self.places = tree
        self.county: Place = tree["999901"]
        ids = places.take_in_units(
            [
                {
                    "name": "天河坝县生态环境局",
                    "kind": "部门",
                    "phone": "",
                    "level": "县",
                    "place_id": self.county.pk,
                },
                {"name": "县治污办", "kind": "部门", "phone": "", "level": "县", "place_id": self.county.pk},
                {
                    "name": "溪口镇人民政府",
                    "kind": "乡镇",
                    "phone": "",
                    "level": "乡镇",
                    "place_id": tree["999901100"].pk,
                },
                {
                    "name": "岚坪镇人民政府",
                    "kind": "乡镇",
                    "phone": "",
                    "level": "乡镇",
                    "place_id": tree["999901101"].pk,
                },
                {
                    "name": "清源运维公司",
                    "kind": "运维单位",
                    "phone": "",
                    "level": "村",
                    "place_id": self.county.pk,
                },
            ],
            by=by,
        )
        self.units = {name: Unit.objects.get(pk=pk) for name, pk in ids.items()}
        places.set_county(
            self.county,
            by=by,
            lead_unit_id=ids["天河坝县生态环境局"],
            issuing_unit_id=ids["县治污办"],
            lead_department="天河坝县生态环境局",
            issuing_body="县治污办",
            main_definition="treatment_rate_village",
        )
        by_name = self.units
        everybody = [
            ("chenjing", "陈静", Role.COUNTY_OFFICER, self.county, by_name["天河坝县生态环境局"], "主管"),
            ("zhouwei", "周维", Role.COUNTY_OFFICER, self.county, by_name["县治污办"], "副主任"),
            ("luomei", "罗梅", Role.TOWNSHIP_CLERK, tree["999901100"], by_name["溪口镇人民政府"], "专干"),
            ("hezhi", "何志", Role.TOWNSHIP_CLERK, tree["999901101"], by_name["岚坪镇人民政府"], "专干"),
            ("zhaoyong", "赵勇", Role.OPERATOR_FOREMAN, self.county, by_name["清源运维公司"], "班长"),
            ("sunning", "孙宁", Role.AUDITOR, self.county, None, ""),
        ]
        people.cast_demo(everybody, "qingxi-demo", by=by)
        self.people = {user.username: user for user in User.objects.select_related("unit", "scope")}
        rows = [
            {
                "key": key,
                "name": name,
                "place_id": tree[code].pk,
                "process": "A/O",
                "design_m3_d": 30.0,
                "owner": "",
                "owner_unit_id": None,
                "operator": operator,
                "operator_unit_id": by_name[operator].pk if operator else None,
                "power_account": account,
                "status": "in_use",
                "households_connected": 40,
                "evidence": "paper",
                "because": [f"village:{code}"],
            }
            for key, name, code, operator, account in (
                ("QX-001", "红岩村站", "999901100200", "清源运维公司", "0200001"),
                ("QX-002", "柳湾村站", "999901101200", "", "0200002"),
            )
        ]
        facilities.take_in_facilities(rows, by=by)

    def __getattr__(self, name):
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None


@pytest.fixture
def cast(db, office):
    return kept("cast", lambda: Cast(office))


@pytest.fixture(scope="session")
def hamlet_folder(tmp_path_factory):
    """The smallest example county as files: one village with its households, books and evidence."""
    from qingxi.cli import main

    def make(root):
        assert main(["county", "--size", "hamlet", "--seed", "7", "--out", str(root / "county")]) == 0

    return once_a_run(tmp_path_factory, "hamlet", make) / "county"


@pytest.fixture(scope="session")
def hamlet_plan(tmp_path_factory, hamlet_folder):
    """Its plan."""
    from qingxi.cli import main

    def make(root):
        assert main(["plan", str(hamlet_folder), "--out", str(root / "plan"), "--json"]) == 0

    return once_a_run(tmp_path_factory, "hamlet-plan", make) / "plan"


@pytest.fixture
def hamlet(db, office, hamlet_folder):
    """The books with the hamlet in them; gives the finished job of loading."""
    from qingxi_office.site.loading import load

    return kept("hamlet", lambda: load(hamlet_folder, by=office))
