"""Every answer of the office against a slow rule written in words of its own: no leak, no false refusal.

A random county, random people, records of every kind in random states. Each record carries a mark of its own in a text that pages
show. Then every address of the resolver that needs no id (pages, exports, maps, searches), the API to its last page, and
every address of a record is asked as each person: the mark of a record that the person may not see stands in no answer,
its own address is 404; what they may see is there.
"""

import json
import math
import re
from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from qingxi.origin import Ref
from qingxi_office.approvals.models import Approval
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.funds.models import FundSource
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.models import IssueEvidence, IssueRecord
from qingxi_office.jobs.models import Job
from qingxi_office.opendata import pace
from qingxi_office.people.models import User
from qingxi_office.places import actions as places
from qingxi_office.places.models import Duty, Place, Unit
from qingxi_office.plans.models import HamletOption, PlanOverride, PlanRecord, SystemRow
from qingxi_office.programmes.models import Clash, LotRow, OtherWork
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.published.models import Publication
from qingxi_office.site.rules import addresses, rule_of
from qingxi_office.trail.actions import Office, record
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, VillageRecord

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAY = date(2026, 11, 20)
LON, LAT = 104.0, 30.0
TAIL = re.compile(r"5678(?![0-9A-Za-z-])")
"""The end of a private person's telephone number; a form's own token may hold these digits in its middle."""
MARK = re.compile(r"ZQ[a-z]+\d+x")
# The rule once more, by role: what of a kind is seen. all: in one's places; own: there, and one's unit answers for it;
# done: only once it is no draft. What is not named is not seen.
EVERYBODY = dict.fromkeys(("place", "village", "hamlet", "facility", "finding", "issue"), "all")
OFFICE = dict.fromkeys(("report", "plan", "override", "lot", "project", "figure", "bulletin"), "all")
WHOLE = {**EVERYBODY, **OFFICE, "household": "all", "fund": "all", "job": "all", "trail": "all", "approval": "all"}
RULE = {
    "county_officer": WHOLE,
    "auditor": WHOLE,
    "township_clerk": {**EVERYBODY, **OFFICE, "household": "all", "plan": "done", "bulletin": "done"},
    "supervisor": {**EVERYBODY, **OFFICE, "fund": "all", "plan": "done", "bulletin": "done"},
    "inspector": EVERYBODY,
    "operator_foreman": {"place": "all", "village": "all", "facility": "own", "finding": "own", "issue": "own"},
}
COUNTYWIDE = {"fund", "bulletin", "job"}  # belong to no place below the county
# Where a record's own address is: (name of the address, and what it takes).
DOORS = {
    "village": ("village", "geo_village", "geo_village_svg"), "facility": ("facility", "export_facility"),
    "issue": ("issue",), "bulletin": ("bulletin",), "figure": ("figure",), "household": ("household",),
}  # fmt: skip
# Lists on which every record of a kind that a person sees must stand.
LISTS = {
    "facility": "/facilities/?as=csv", "issue": "/issues/?as=csv&closed=all", "village": "/villages/?as=csv",
    "bulletin": "/bulletins/",
}  # fmt: skip
TILES = {"houses": "household", "pipes": "plan", "villages": "village", "facilities": "facility", "issues": "issue"}
BOOKS = {
    "facility": "facilities",
    "village": "villages",
    "issue": "issues",
    "figure": "figures",
    "place": "places",
    "job": "jobs",
}


class World:
    """The county as plain rows beside the books: (kind, mark, place, units that answer, draft?, key of its address)."""

    def __init__(self, shape):
        townships, per, spots, units, states, people = shape
        self.rows = []
        tree = [{"code": "999901", "name": "县"}]
        for t in range(townships):
            tree.append({"code": f"9999011{t:02d}", "name": f"ZQplace{t}x"})
            tree += [
                {"code": f"9999011{t:02d}2{v:02d}", "name": f"ZQplace{10 + 10 * t + v}x", "kind": "村委会"}
                for v in range(per)
            ]
        by_code = places.take_in_tree(tree, by=Office())
        county = by_code["999901"]
        places.set_county(county, by=Office(), main_definition="treatment_rate_village")
        Place.objects.update(lon=LON, lat=LAT)
        self.units = [Unit.objects.create(name=f"单位{n}", place=county) for n in range(3)]
        self.tree = list(Place.objects.order_by("pk"))
        for p in self.tree:
            if p.pk != county.pk:
                self.put("place", int(re.search(r"\d+", p.name)[0]), p)
        self.spots, self.owners, self.states = iter(spots), iter(units), iter(states)
        self._register()
        self._running()
        self._planning()
        self._county(county)
        self.people = [
            User.objects.create(
                username=f"u{n}", name="人", role=role, scope=self.tree[where % len(self.tree)],
                unit=None if own is None else self.units[own], is_active=active, created_at=NOW,
            )
            for n, (role, where, own, active) in enumerate(people)
        ]  # fmt: skip

    def put(self, kind, number, place, *, own=(), draft=False, key=None):
        mark = f"ZQ{kind}{number}x"
        self.rows.append((kind, mark, place, tuple(u for u in own if u), draft, key))
        return mark

    def spot(self):
        return self.tree[next(self.spots) % len(self.tree)]

    def owner(self):
        n = next(self.owners)
        return None if n is None else self.units[n]

    def _register(self):
        for n, p in enumerate([p for p in self.tree if p.level == "village"]):
            mark = self.put("village", n, p, key=p.code)
            VillageRecord.objects.create(
                place=p, households=9, note=mark, state="已治理", state_on=DAY, state_doc=mark
            )
            name = self.put("hamlet", n, p)
            under = Place.objects.create(
                code=f"{p.code}001",
                name="组",
                level="hamlet",
                parent=p,
                path=f"{p.path}{p.code}001/",
                lon=104.0 + n / 100,
                lat=30.0,
            )
            hamlet = HamletRecord.objects.create(key=under.code, place=under, name=name, households=9)
            key = self.put("household", n, p, key=f"ZQhousehold{n}x")
            HouseholdRecord.objects.create(key=key, hamlet=hamlet, door=key, lon=104.0, lat=30.0)
            Duty.objects.create(place=p, matter="治污", role="主责", person="某人", phone="000")

    def _running(self):
        for n in range(3):
            p, owner, operator = self.spot(), self.owner(), self.owner()
            f = FacilityRecord.objects.create(
                key=f"F{n}", public_code=f"F{n}X", name=self.put("facility", n, p, own=(owner, operator), key=f"F{n}"), place=p,
                design_m3_d=1, owner_unit=owner, operator_unit=operator, lon=104.0, lat=30.0,
            )  # fmt: skip
            FindingRecord.objects.create(
                key=f"F{n}/x/{n}", facility=f, rule="idle", rule_name="闲置", period_from=DAY, period_to=DAY, confidence="较高",
                statement=self.put("finding", n, p, own=(owner, operator)), found_on=DAY, because=[f"facility:F{n}"],
            )  # fmt: skip
            PublicReport.objects.create(
                code=f"7K492MX{n}",
                facility=f"F{n}",
                facility_name="站",
                text=self.put("report", n, p),
                received_at=NOW,
            )
            q, mends = self.spot(), self.owner()
            issue = IssueRecord.objects.create(
                key=f"I{n}", title=self.put("issue", n, q, own=(mends,), key=f"I{n}"), klass="一般", place=q, found_on=DAY,
                assigned_on=DAY, due_on=DAY, state="交办", rectifier=mends, is_open=next(self.states), because=[], kept_elsewhere=True,
            )  # fmt: skip
            piece = IssueEvidence.objects.create(issue=issue, kind="整改后照片", by_name="x", at=NOW)
            piece.file.save("b.jpg", ContentFile(b"x"))
            record("issue.opened", Ref("issue", f"I{n}"), by=Office(), because=self.put("trail", n, None))

    def _planning(self):
        for n, current in enumerate((True, False), start=1):
            plan = PlanRecord.objects.create(
                key=f"GH-{n}", number=n, title=f"ZQplan{n}x", note=f"ZQplan{n}x", level="L0", mode="free", made_on=DAY,
                figures={"cost": {"present_value": 1.0}}, is_current=current, adopted_at=NOW if current else None,
            )  # fmt: skip
            self.rows.append(("plan", f"ZQplan{n}x", None, (), not current, None))
            p = self.spot()
            mark = self.put("plan", 10 + n, p, draft=not current)
            HamletOption.objects.create(
                plan=plan,
                key=f"{plan.key}/{n}",
                hamlet_key=f"h{n}",
                name=mark,
                place=p,
                mode="onsite",
                households=1,
                options=[],
                reason=mark,
                lon=104.0,
                lat=30.0,
            )
            SystemRow.objects.create(
                plan=plan, key=f"{plan.key}/{n}", system_id=n, mode="onsite", name=self.put("plan", 20 + n, p, draft=not current), place=p, households=1,
                people=1, flow_m3_d=1, works_yuan=1, capex_yuan=1, running_yuan_y=1, present_value_yuan=1,
            )  # fmt: skip
        p = self.spot()
        PlanOverride.objects.create(
            key="GD-1",
            kind="mode",
            place=p,
            subject="s",
            subject_name=self.put("override", 1, p),
            mode="onsite",
            reason="x",
            by_name="某",
            made_on=DAY,
        )
        q = self.spot()
        lot = LotRow.objects.create(key="l1", name=self.put("lot", 1, q), cost_fen=1, place=q, year=2026)
        work = OtherWork.objects.create(
            key="w1", department="交通局", kind="road", name=self.put("lot", 2, q), place=q
        )
        Clash.objects.create(key="l1/w1", lot=lot, work=work, place=q, overlap_m=9, months_apart=1)
        ProjectRecord.objects.create(key="P1", name=self.put("project", 1, q), place=q, stage="谋划", total_fen=1)

    def _county(self, county):
        for n in range(2):
            p = self.spot()
            row = FigureRecord.objects.create(
                key=f"k{n}", definition="treatment_rate_village", name=f"ZQfigure{n}x", place=p, as_of=DAY, text="1%", value=1, numerator=1,
                denominator=2, computed_at=NOW,
            )  # fmt: skip
            self.rows.append(("figure", row.name, p, (), False, row.pk))
        for n, state in enumerate(("draft", "sent", "issued")):
            title = self.put("bulletin", n, None, draft=state != "issued", key=f"TB-{n}")
            BulletinRecord.objects.create(
                key=f"TB-{n}",
                title=title,
                as_of=DAY,
                drafted_at=NOW,
                state=state,
                document_number="1",
                signer="x",
                issued_on=DAY,
            )
        FundSource.objects.create(key="f1", name=self.put("fund", 1, None), year=2026, amount_fen=1)
        Job.objects.create(kind="plan", title=self.put("job", 1, None), state="done", by_name="x", started_at=NOW)
        asker = User.objects.create(
            username="asker", name="提请的", role="county_officer", scope=county, created_at=NOW
        )
        p = self.spot()
        self.put("approval", 1, p)
        Approval.objects.create(
            deed="recognise_village",
            subject="village:x",
            title="ZQapproval1x",
            place_path=p.path,
            asked_by=asker,
            asked_at=NOW,
        )

    def sees(self, person, row):
        """The slow rule: climbs the tree parent by parent."""
        kind, _mark, place, own, draft, _key = row
        how = RULE[person.role].get(kind) if person.is_active else None
        if how is None or (draft and how == "done"):
            return False
        if kind == "trail":
            return person.scope.level == "county"
        if kind == "place" and place.pk in ancestors(person.scope):
            return True  # what one lies in is named in every head line
        if place is None:
            return True
        if person.scope.pk not in ancestors(place):
            return False
        return how != "own" or (person.unit in own)


def tile_of(z):
    """The tile of the level that holds every point of the world."""
    y = (1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2
    return z, int((LON + 180) / 360 * 2**z), int(y * 2**z)


def ancestors(place):
    out = set()
    while place is not None:
        out.add(place.pk)
        place = place.parent
    return out


STATES = st.booleans()
PEOPLE = st.tuples(
    st.sampled_from(sorted(RULE)), st.integers(0, 8), st.none() | st.integers(0, 2), st.integers(0, 7).map(bool)
)


@st.composite
def shapes(draw):
    many = lambda what, n: draw(st.lists(what, min_size=n, max_size=n))  # noqa: E731
    return (
        draw(st.integers(1, 2)), draw(st.integers(1, 2)), many(st.integers(0, 8), 24), many(st.none() | st.integers(0, 2), 12),
        many(STATES, 6), many(PEOPLE, 3),
    )  # fmt: skip


def lists():
    """Every address without an id that a signed-in person may open with GET."""
    for name, _pattern in addresses():
        rule = rule_of(name)
        if rule is None or rule.open:
            continue
        try:
            yield reverse(name)
        except Exception:
            continue


def told(answer):
    """The answer's text; None where there is none (a picture, a redirect, 404, a form that wants POST)."""
    if answer.status_code != 200:
        return None
    body = b"".join(answer) if answer.streaming else answer.content
    return body.decode("utf-8", "replace")


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


# One of each role at once: county, township and village, with and without a unit that answers.
EVERY_ROLE = (
    2, 2, [3, 4, 5, 1, 6, 3, 2, 4, 5, 6, 3, 4, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], [0, 1, None, 2, 0, 1, None, 0, 1, 2, 0, 1],
    [True, False] * 3,
    [("county_officer", 0, 0, True), ("township_clerk", 1, 1, True), ("operator_foreman", 0, 0, True), ("inspector", 2, None, True),
     ("supervisor", 0, None, True), ("auditor", 1, None, True)],
)  # fmt: skip


@pytest.mark.timeout(1200)  # every address as every person: many questions, and the machine may be busy
@pytest.mark.django_db
@given(shape=shapes())
@example(shape=EVERY_ROLE)
@settings(
    max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_no_answer_leaks_and_none_is_refused_falsely(shape):
    cache.clear()
    pace.forget()
    with transaction.atomic():
        world = World(shape)
        for person in world.people:
            wrong = ask(world, person)
            assert not wrong, "\n".join(
                [f"to a {person.role} at {person.scope.name} (active {person.is_active}):", *wrong]
            )
        strangers(world)
        transaction.set_rollback(True)


def ask(world, person):
    """Everything that this person may ask for; gives every wrong answer in words."""
    client = browser(person)
    seen = {row[1] for row in world.rows if world.sees(person, row)}
    hidden = {row[1] for row in world.rows} - seen
    wrong = []

    def holds(address, text):
        leaked = {m for m in MARK.findall(text) if m in hidden}
        if leaked:
            wrong.append(f"{address} tells {sorted(leaked)}")
        return set(MARK.findall(text))

    def must(fine, words):
        if not fine:
            wrong.append(words)

    for address in lists():
        for ask_for in ("", "?as=csv", "?as=jsonl"):
            text = told(client.get(address + ask_for))
            if text is not None:
                holds(address + ask_for, text)
    if not person.is_active:
        return wrong
    for kind, mark, _place, _own, _draft, key in world.rows:
        if kind in ("facility", "issue"):
            text = told(client.get("/search/", {"q": mark}))  # the question itself stands there: its door must not
            must((f'href="{reverse(kind, args=[key])}"' in text) == (mark in seen), f"search for {mark}")
        for door in DOORS.get(kind, ()):
            address = reverse(door, args=[key])
            answer = client.get(address)
            must(answer.status_code == (200 if mark in seen else 404), f"{address} is {answer.status_code}")
            text = told(answer)
            if text is not None:
                holds(address, text)
    for piece in IssueEvidence.objects.select_related("issue"):
        answer = client.get(reverse("evidence_file", args=[piece.pk]))
        must(answer.status_code == (200 if piece.issue.title in seen else 404), f"photo of {piece.issue.title}")
    for kind, address in LISTS.items():
        want = {m for m in seen if m.startswith(f"ZQ{kind}")}
        if kind == "village":
            want = {r[2].name for r in world.rows if r[0] == "village" and r[1] in seen}
        lacks = want - holds(address, told(client.get(address)) or "")
        must(not lacks, f"{address} leaves out {sorted(lacks)}")
    for layer, kind in TILES.items():
        answer = client.get(reverse("tile", args=[layer, *tile_of(12)]))
        must(
            (answer.status_code == 404) == (RULE[person.role].get(kind) is None),
            f"tile {layer} is {answer.status_code}",
        )
        if answer.status_code == 200:
            marks = holds(f"tile {layer}", answer.content.decode("utf-8", "replace"))
            lacks = {m for m in seen if kind == "facility" and m.startswith("ZQfacility")} - marks
            must(not lacks, f"tile {layer} leaves out {sorted(lacks)}")
    above = {r[1] for r in world.rows if r[0] == "place" and person.scope.pk not in ancestors(r[2])}
    for kind, book in BOOKS.items():
        found, cursor = [], ""
        while cursor is not None:
            answer = client.get(f"/api/v1/{book}/", {"limit": 2, "cursor": cursor})
            if answer.status_code == 404:
                must(not RULE[person.role].get(kind), f"the API refuses {book}")
                break
            page = answer.json()
            found += page["items"]
            cursor = page["next"]
        want = {m for m in seen if m.startswith(f"ZQ{kind}")} - above
        lacks = want - holds(f"/api/v1/{book}/", json.dumps(found))
        must(not lacks, f"the API's {book} leave out {sorted(lacks)}")
    return wrong


def strangers(world):
    """Without sign-in no mark of any living record stands on any open page: only what was published does."""
    Publication.objects.create(
        kind="station", key="F0X", title="站", as_of=DAY, by_name="x", published_at=NOW, because=["facility:F0"],
        data={"key": "F0", "name": "公开的站", "status": "in_use", "village": "村", "township": "镇", "duties": [], "village_code": "1"},
    )  # fmt: skip
    Publication.objects.create(
        kind="village", key="9999011", title="村", as_of=DAY, by_name="x", published_at=NOW, because=["village:9999011"],
        data={
            "code": "9999011", "name": "公开的村", "township": "镇", "state": "已治理", "state_on": None, "village_class": "", "households": 9,
            "connected": None, "modes": [], "plan": None, "works": [], "money": None, "duties": [],
            "stations": [{"code": "F0X", "name": "公开的站", "status_word": "在用"}], "host": "局",
        },
    )  # fmt: skip
    client = Client()
    for name, _pattern in addresses():
        rule = rule_of(name)
        args = {
            "public_station": ["F0X"], "public_new_report": ["F0X"], "public_report": ["7K492MX0"], "public_village": ["9999011"],
            "public_village_report": ["9999011"], "public_bulletin": ["TB-1"],
        }.get(name, [])  # fmt: skip
        try:
            address = reverse(name, args=args)
        except Exception:
            continue
        text = told(client.get(address))
        if text is None:
            continue
        assert rule.open, f"{address} answers a stranger"
        marks = set(MARK.findall(text))
        if name in ("public_report", "public_new_report", "public_village_report"):
            marks = {
                m for m in marks if not m.startswith("ZQreport")
            }  # the reporter's own words; others' without names
        if name != "public_report":
            assert not TAIL.search(text), f"{address} tells a private person's telephone"
            assert "王五" not in text, f"{address} tells a private person's name"
            assert "7K492MX" not in text, f"{address} tells a reporter's code"
        assert not marks, f"{address} tells a stranger {marks}"
    for address in ("/api/v1/facilities/", "/api/v1/openapi.json"):
        assert not MARK.findall(client.get(address).content.decode())
