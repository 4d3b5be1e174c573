"""A county folder into the books: all of it, once, with every fault kept."""

from datetime import date

import pytest
from django.db.models import Sum

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.indicators.actions import compute
from qingxi_office.issues.models import IssueRecord
from qingxi_office.jobs.models import Job
from qingxi_office.people.rights import Denied
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county, find
from qingxi_office.site.loading import load, load_plan
from qingxi_office.trail.models import Entry
from qingxi_office.trail.queries import verify
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, VillageRecord

AS_OF = date(2026, 11, 20)


def test_hamlet_lands_in_every_book(hamlet):
    assert hamlet.state == Job.State.DONE
    own = county()
    assert own.place.name == "天河坝县"
    assert own.lead_unit is not None
    assert own.issuing_unit is not None
    assert own.lead_unit != own.issuing_unit
    assert HamletRecord.objects.count() == 5
    houses = HouseholdRecord.objects.count()
    assert houses == hamlet.result["counts"]["households"] >= 80
    assert FacilityRecord.objects.count() == hamlet.result["counts"]["facilities"] > 0
    assert not HouseholdRecord.objects.filter(lon=None).exists()
    assert Place.objects.get(level="county").west < 180


def test_every_household_stands_under_the_county(hamlet):
    """Nobody is lost between household, natural village, village, township and county."""
    from qingxi_office.places.queries import under

    path = county().place.path
    assert (
        HouseholdRecord.objects.filter(under(path, "hamlet__place__path")).count()
        == HouseholdRecord.objects.count()
    )


def test_every_household_stands_in_its_own_hamlet(hamlet):
    """The example county numbers a household by its natural village's 15 digits and four of its own."""
    pairs = HouseholdRecord.objects.values_list("key", "hamlet__key")
    assert [key for key, own in pairs if not key.startswith(own)] == []


def test_second_load_changes_nothing(hamlet, hamlet_folder, office):
    before = (
        Entry.objects.count(),
        HouseholdRecord.objects.aggregate(Sum("people_resident")),
        Place.objects.count(),
    )
    again = load(hamlet_folder, by=office)
    after = (
        Entry.objects.count(),
        HouseholdRecord.objects.aggregate(Sum("people_resident")),
        Place.objects.count(),
    )
    assert after == before
    assert again.result["counts"]["households"] == hamlet.result["counts"]["households"]


def test_faults_are_kept_with_file_row_and_remedy(hamlet):
    faults = list(hamlet.faults.all())
    assert {"id-twice", "people-absent"} <= {f.code for f in faults}
    assert all(f.file and f.rule and f.remedy for f in faults)


def test_folder_without_county_toml_is_a_sentence(db, office, tmp_path):
    with pytest.raises(ValueError, match=r"county\.toml"):
        load(tmp_path, by=office)
    job = Job.objects.get()
    assert job.state == Job.State.FAILED
    assert job.faults.filter(code="toml-missing").exists()


def test_loading_is_an_officers_deed(cast, hamlet_folder):
    with pytest.raises(Denied):
        load(hamlet_folder, by=cast.luomei)


def test_renamed_village_keeps_its_old_name(hamlet, office):
    from qingxi_office.places.actions import take_in_tree

    village = Place.objects.filter(level="village", kind="村委会").get()
    take_in_tree([{"code": village.code, "name": "新名村", "kind": village.kind}], by=office)
    again = Place.objects.get(pk=village.pk)
    assert (again.name, again.former_names) == ("新名村", [village.name])
    assert again in find(village.name)


def test_plan_gives_households_their_mode(hamlet, hamlet_plan, office):
    plan = load_plan(hamlet_plan, by=office)
    assert plan.is_current
    # Systems hold every household that is not left unserved.
    unserved = HouseholdRecord.objects.filter(system=-1).count()
    total = HouseholdRecord.objects.count()
    assert plan.systems.aggregate(n=Sum("households"))["n"] == total - unserved
    assert not HouseholdRecord.objects.filter(mode="").exists()
    assert load_plan(hamlet_plan, by=office) == plan


def test_rate_of_the_hamlet_by_hand(hamlet, office):
    """One village, 已治理, on the signed list: 1 of 1."""
    figures = {f.definition: f for f in compute(by=office, as_of=AS_OF)}
    rate = figures["treatment_rate_village"]
    treated = VillageRecord.objects.filter(state="已治理", place__kind="村委会").count()
    assert (rate.numerator, rate.denominator) == (treated, len(rate.denominator_list))
    assert rate.because
    assert [f.pk for f in compute(by=office, as_of=AS_OF)] == [f.pk for f in figures.values()]


def test_recomputing_after_a_change_keeps_the_old_number(hamlet, office):
    from qingxi_office.villages.actions import change_state

    first = compute(by=office, as_of=AS_OF)[0]
    village = VillageRecord.objects.select_related("place").get(state="已治理", place__kind="村委会")
    change_state(village, "未完成", by=office, on=AS_OF, document="", reason="返黑返臭")
    second = compute(by=office, as_of=AS_OF)[0]
    assert second.pk != first.pk
    assert second.numerator == first.numerator - 1
    first.refresh_from_db()
    assert first.text == "100.0%"
    assert second.key == first.key + "#2"
    assert village.changes.first().reason == "返黑返臭"


def test_a_moved_problem_is_not_overwritten_by_the_ledger(hamlet, hamlet_folder, office):
    from qingxi_office.issues.models import IssueStep

    row = IssueRecord.objects.filter(is_open=True).first()
    IssueStep.objects.create(
        issue=row, step="签收", old=row.state, new="签收", by_name="甲", on=AS_OF, at=hamlet.started_at
    )
    IssueRecord.objects.filter(pk=row.pk).update(state="签收", title="改过")
    load(hamlet_folder, by=office)
    row.refresh_from_db()
    assert (row.state, row.title) == ("签收", "改过")


def test_the_trail_holds_after_all_of_it(hamlet):
    assert verify().sound
