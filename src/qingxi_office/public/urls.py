"""Addresses that need no sign-in."""

from django.urls import path

from . import takeaway, views

urlpatterns = [
    path("public/", views.index, name="public_index"),
    path("public/map/", views.county_map, name="public_map"),
    path("public/stations/", views.stations, name="public_stations"),
    path("public/villages/", views.villages, name="public_villages"),
    path("public/villages/<str:code>/", views.village, name="public_village"),
    path("public/villages/<str:code>/report/", views.village_report, name="public_village_report"),
    path("public/rate/", views.rate, name="public_rate"),
    path("public/samples/", views.samples, name="public_samples"),
    path("public/plans/", views.plans, name="public_plans"),
    path("public/bulletins/", views.bulletins, name="public_bulletins"),
    path("public/bulletins/<str:key>/", views.bulletin, name="public_bulletin"),
    path("public/issues/", views.issues, name="public_issues"),
    path("public/list/", views.owing, name="public_owing"),
    path("public/help/", views.about, name="public_help"),
    path("public/villages.csv", takeaway.villages_csv, name="public_villages_csv"),
    path("public/stations.csv", takeaway.stations_csv, name="public_stations_csv"),
    path("public/stations.geojson", takeaway.stations_geojson, name="public_stations_geojson"),
    path("public/list.csv", takeaway.owing_csv, name="public_owing_csv"),
    path("public/feed.atom", takeaway.feed, name="public_feed"),
    path("public/find/", views.find_report, name="public_find"),
    path("s/<str:code>/", views.station, name="public_station"),
    path("s/<str:code>/report/", views.report, name="public_new_report"),
    path("r/<str:code>/", views.follow_up, name="public_report"),
    path("r/<str:code>/photo/<str:which>/", views.report_photo, name="public_report_photo"),
    path("r/<str:code>/same/", views.same_here, name="public_same"),
]
