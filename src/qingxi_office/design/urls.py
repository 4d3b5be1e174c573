"""Addresses of the switches of look and language."""

from django.urls import path
from django.views.i18n import set_language

from . import views

urlpatterns = [
    path("look/", views.choose_look, name="choose_look"),
    path("language/", set_language, name="set_language"),
]
