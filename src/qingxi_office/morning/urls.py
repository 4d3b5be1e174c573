"""Addresses of the first morning."""

from django.urls import path

from qingxi_office.morning import views, views_forms, views_sheet

urlpatterns = [
    path("", views.morning, name="morning"),
    path("start/", views.start, name="morning_start"),
    path("conflicts/<int:pk>/", views.conflict, name="morning_conflict"),
    path("conflicts/<int:pk>/sign/", views.sign, name="morning_sign"),
    path("conflicts/<int:pk>/undo/", views.undo, name="morning_undo"),
    path("alike/", views.alike, name="morning_alike"),
    path("forms/", views_forms.forms, name="morning_forms"),
    path("forms/default.toml", views_forms.shipped, name="morning_form_default"),
    path("forms/<int:pk>/file/", views_forms.form_file, name="morning_form_file"),
    path("forms/<int:pk>/drop/", views_forms.drop, name="morning_form_drop"),
    path("files/<int:pk>/", views_sheet.ledger_file, name="morning_file"),
    path("<int:pk>/again/", views.again, name="morning_again"),
    path("<int:pk>/columns/<str:book>/", views_sheet.columns, name="morning_columns"),
    path("<int:pk>/matches/", views_sheet.matches, name="morning_matches"),
    path("<int:pk>/changes/", views_sheet.changes, name="morning_changes"),
    path("<int:pk>/explain/", views_sheet.explain, name="morning_explain"),
    path("<int:pk>/print/", views_sheet.print_now, name="morning_print"),
    path("<int:pk>/sheet/", views_sheet.sheet, name="morning_sheet"),
]
