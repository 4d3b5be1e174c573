"""Addresses of rounds made with a phone."""

from django.urls import path

from qingxi_office.patrols import views, views_week

urlpatterns = [
    path("", views.today, name="rounds_today"),
    path("sw.js", views.worker, name="rounds_worker"),
    path("manifest.webmanifest", views.manifest, name="rounds_manifest"),
    path("pack/", views.pack, name="rounds_pack"),
    path("send/", views.send, name="rounds_send"),
    path("photos/<uuid:number>/<str:sha256>/", views.photo, name="rounds_photo"),
    path("week/", views_week.week, name="rounds_week"),
    path("week/signs/<int:pk>/", views_week.sign, name="round_sign"),
    path("round/<int:pk>/", views_week.one, name="round_seen"),
    path("round/of/<path:key>/", views_week.of, name="round_of"),
]
