"""Addresses of returns."""

from django.urls import path

from qingxi_office.returns import views, views_forms, views_one

urlpatterns = [
    path("", views.returns, name="returns"),
    path("open/", views.open_one, name="return_open"),
    path("forms/", views_forms.forms, name="return_forms"),
    path("forms/<str:key>/", views_forms.form, name="return_form"),
    path("periods/<str:form>/<str:key>/", views.period, name="return_period"),
    path("periods/<str:form>/<str:key>/act/", views.period_act, name="return_period_act"),
    path("<str:key>/", views_one.one, name="return_one"),
    path("<str:key>/act/", views_one.act, name="return_act"),
    path("<str:key>/write/", views_one.write, name="return_write"),
    path("<str:key>/sheet/", views_one.sheet, name="return_sheet"),
    path("<str:key>/red/<int:pk>/", views_one.red, name="return_red"),
    path("<str:key>/figure/<str:field>/", views_one.figure, name="return_figure"),
]
