"""The first run of an empty office: a county, its lead department, and the first officer."""

from dataclasses import dataclass

from django.db import transaction

from qingxi.place import BadCode, Level, parse_code
from qingxi_office.people import actions as people
from qingxi_office.people import queries
from qingxi_office.people.models import Role, User
from qingxi_office.places import actions as places
from qingxi_office.places.models import Unit
from qingxi_office.trail.actions import Office


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What the first page, or the command, asks for."""

    county_name: str
    county_code: str
    username: str
    name: str
    password: str
    lead_department: str = ""


@transaction.atomic
def open_county(said: FirstRun) -> User:
    """Open the books: raises ValueError when somebody can already sign in, or the code is no county's."""
    if queries.any_officer():
        raise ValueError("已经有人能登录,第一位县主管只能建一次")
    try:
        code = parse_code(said.county_code)
    except BadCode as error:
        raise ValueError(str(error)) from error
    if code.level is not Level.COUNTY:
        raise ValueError(f"{said.county_code} 不是县级代码,应为 6 位")
    by = Office("首次运行")
    county = places.take_in_tree([{"code": code.text, "name": said.county_name}], by=by)[code.text]
    department = said.lead_department or f"{said.county_name}生态环境局"
    ids = places.take_in_units(
        [{"name": department, "kind": "部门", "phone": "", "level": "县", "place_id": county.pk}], by=by
    )
    places.set_county(county, by=by, lead_department=department, lead_unit_id=ids[department])
    return people.invite(
        said.username, said.name, Role.COUNTY_OFFICER, county, by=by, unit=Unit.objects.get(pk=ids[department]),
        password=said.password,
    )  # fmt: skip
