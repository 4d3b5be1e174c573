"""The demo county's people: invented names, one printed password, valid in a demo home only."""

from dataclasses import dataclass

from qingxi_office.commands.demo_sign_in import PASSWORD, USERNAME
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people import actions as people
from qingxi_office.people.models import Role, User
from qingxi_office.places.models import Duty, Place, Unit
from qingxi_office.places.queries import county
from qingxi_office.trail.actions import Office


@dataclass(frozen=True)
class Cast:
    """Who plays which part."""

    officer: User
    closer: User
    foreman: User | None
    clerks: dict[int, User]  # by township

    def clerk(self, place: Place) -> User | None:
        """The clerk of the township a place lies in."""
        here: Place | None = place
        while here is not None and here.pk not in self.clerks:
            here = here.parent
        return self.clerks.get(here.pk) if here else None


def bring(by: Office) -> Cast:
    """Give the county's people their sign-ins: officers, a clerk a township, foremen, an inspector, those above."""
    own = county()
    if own is None or own.lead_unit is None or own.issuing_unit is None:
        raise ValueError("台账里没有牵头部门和领导小组办公室")
    rows = [
        (USERNAME, "陈静", Role.COUNTY_OFFICER, own.place, own.lead_unit, "农村股股长"),
        ("zhouwei", "周维", Role.COUNTY_OFFICER, own.place, own.issuing_unit, "副主任"),
        ("xuncha", "杨大全", Role.INSPECTOR, own.place, None, "巡查员"),
        *_village_inspector(),
        ("dudao", "高远", Role.SUPERVISOR, own.place, None, "市级督导"),
        ("shenji", "孙宁", Role.AUDITOR, own.place, Unit.objects.filter(name__endswith="审计局").first(), "审计"),
    ]
    clerks = {
        d.place_id: d for d in Duty.objects.filter(place__level="township").exclude(person="").order_by("-matter")
    }
    townships = {u.place_id: u for u in Unit.objects.filter(level="乡镇", place__level="township")}
    for place in Place.objects.filter(level="township", valid_to=None):
        duty = clerks.get(place.pk)
        name = duty.person if duty else f"{place.name}专干"
        rows.append((f"zg{place.code[-3:]}", name, Role.TOWNSHIP_CLERK, place, townships.get(place.pk), "专干"))
    firms = Unit.objects.filter(facilities_operated__isnull=False).distinct().order_by("pk")
    for n, firm in enumerate(firms, start=1):
        duty = Duty.objects.filter(unit=firm).exclude(person="").first()
        rows.append(
            (f"yunwei{n}", duty.person if duty else "运维班长", Role.OPERATOR_FOREMAN, own.place, firm, "运维班长")
        )
    people.cast_demo(rows, PASSWORD, by=by)
    by_name = {u.username: u for u in User.objects.select_related("unit", "scope")}
    return Cast(
        by_name[USERNAME],
        by_name["zhouwei"],
        by_name.get("yunwei1"),
        {u.scope_id: u for u in by_name.values() if u.role == Role.TOWNSHIP_CLERK and u.scope_id},
    )


def _village_inspector() -> list[tuple[str, str, Role, Place, Unit | None, str]]:
    """An inspector of one village: of the story's station, in a small county of the first that stands in a village."""
    stations = FacilityRecord.objects.select_related("place").filter(place__level="village", status="in_use")
    own = stations.filter(key="QX-041").first() or stations.order_by("key").first()
    return [] if own is None else [("zhoudeshun", "周德顺", Role.INSPECTOR, own.place, None, "护林员")]
