"""Addresses that need no sign-in."""

from django.urls import path

from . import views

urlpatterns = [
    path("public/", views.index, name="public_index"),
    path("public/rate/", views.rate, name="public_rate"),
    path("public/villages.csv", views.villages_csv, name="public_villages_csv"),
    path("public/find/", views.find_report, name="public_find"),
    path("s/<str:code>/", views.station, name="public_station"),
    path("s/<str:code>/report/", views.report, name="public_new_report"),
    path("r/<str:code>/", views.follow_up, name="public_report"),
    path("r/<str:code>/same/", views.same_here, name="public_same"),
]
