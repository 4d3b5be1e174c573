"""Addresses of meetings."""

from django.urls import path

from qingxi_office.meetings import views

urlpatterns = [
    path("", views.meetings, name="meetings"),
    path("arrange/", views.arrange, name="meeting_arrange"),
    path("groups/new/", views.group, name="meeting_new_group"),
    path("groups/<int:pk>/", views.group, name="meeting_group"),
    path("feed/", views.feed_address, name="meeting_feed_address"),
    path("feed/<str:token>.ics", views.feed, name="meeting_feed"),
    path("<str:key>/", views.meeting, name="meeting"),
    path("<str:key>/act/", views.act, name="meeting_act"),
    path("<str:key>/paper/", views.paper, name="meeting_paper"),
    path("<str:key>/meeting.ics", views.one_ics, name="meeting_ics"),
    path("<str:key>/sign.svg", views.sign_qr, name="meeting_sign"),
]
