"""Whom a matter concerns: the people of a unit, the holders of a role over a place. Numbers only, for notices."""

from collections.abc import Iterable

from qingxi_office.people.models import Role, User


def of_units(units: Iterable[int | None], path: str) -> set[int]:
    """Active people of these units whose scope reaches the place; where none does, all of the unit. One query."""
    wanted = {pk for pk in units if pk is not None}
    if not wanted:
        return set()
    rows = list(User.objects.filter(unit_id__in=wanted, is_active=True).values_list("pk", "unit_id", "scope__path"))
    near = {(pk, unit) for pk, unit, scope in rows if scope and (path.startswith(scope) or scope.startswith(path))}
    reached = {unit for _pk, unit in near}
    return {pk for pk, unit, _scope in rows if unit not in reached} | {pk for pk, _unit in near}


def holders(roles: Iterable[Role], path: str) -> set[int]:
    """Active people of these roles whose scope holds the place. One query."""
    rows = User.objects.filter(role__in=list(roles), is_active=True).values_list("pk", "scope__path")
    return {pk for pk, scope in rows if scope and path.startswith(scope)}


def officers() -> set[int]:
    """The county's officers. One query."""
    return set(User.objects.filter(role=Role.COUNTY_OFFICER, is_active=True).values_list("pk", flat=True))
