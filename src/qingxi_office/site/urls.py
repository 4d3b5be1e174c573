"""Addresses of the office, one include a room."""

from importlib.util import find_spec

from django.urls import include, path

from qingxi_office.site.pages import intake, loads, station_door

# (prefix, room): a room takes its place here when its pages are written.
handler500 = "qingxi_office.site.busy.broken"
_ROOMS = [
    ("", "design"),
    ("", "public"),
    ("", "site.pages"),
    ("", "people"),
    ("", "indicators"),
    ("places/", "places"),
    ("villages/", "villages"),
    ("facilities/", "facilities"),
    ("plans/", "plans"),
    ("projects/", "projects"),
    ("issues/", "issues"),
    ("bulletins/", "bulletins"),
    ("meetings/", "meetings"),
    ("notices/", "notices"),
    ("files/", "attachments"),
    ("morning/", "morning"),
    ("trail/", "trail"),
    ("rounds-today/", "patrols"),
    ("samples/", "samples"),
    ("returns/", "returns"),
    ("appraisals/", "appraisals"),
    ("", "opendata"),
]
urlpatterns = [
    path("s/<str:code>/", station_door.door, name="station_door")
]  # before the public page of the same address, which knows no people
urlpatterns += [
    path(prefix, include(f"qingxi_office.{room}.urls"))
    for prefix, room in _ROOMS
    if find_spec(f"qingxi_office.{room}") is not None and find_spec(f"qingxi_office.{room}.urls") is not None
]
urlpatterns += [
    path("loads/", loads.loads, name="loads"),
    path("loads/<int:pk>/", loads.load, name="load"),
    path("loads/sheets/<int:pk>/", intake.intake, name="intake"),
    path("loads/sheets/<int:pk>/do/", intake.intake_do, name="intake_do"),
    path("loads/sheets/<int:pk>/red/", intake.intake_red, name="intake_red"),
    path("loads/forms/", intake.sheet_forms, name="sheet_forms"),
    path("loads/forms/<str:table>/", intake.sheet_form, name="sheet_form"),
]
