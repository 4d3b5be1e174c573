"""Addresses of the pages that look across all books."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from . import bulletins, export, facilities, geo, home, issues, plan, projects, search, sign_in, villages, walk

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("first-run/", sign_in.first_run, name="first_run"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("search/", search.search, name="search"),
    path("villages/", villages.villages, name="villages"),
    path("villages/<str:code>/", villages.village, name="village"),
    path("facilities/", facilities.facilities, name="facilities"),
    path("facilities/<str:key>/", facilities.facility, name="facility"),
    path("facilities/<str:key>/export/", export.export_facility, name="export_facility"),
    path("findings/<int:pk>/decide/", issues.decide_finding, name="decide_finding"),
    path("plan/", plan.plan, name="plan"),
    path("projects/", projects.projects, name="projects"),
    path("clashes/<int:pk>/", projects.clash_word, name="clash_word"),
    path("issues/", issues.ledger, name="issues"),
    path("issues/evidence/<int:pk>/", issues.evidence_file, name="evidence_file"),
    path("issues/<str:key>/", issues.issue, name="issue"),
    path("issues/<str:key>/step/", issues.take_step, name="take_step"),
    path("reports/<str:code>/photo/", issues.report_photo, name="report_photo"),
    path("reports/<str:code>/take-up/", issues.take_up, name="take_up"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/draft/", bulletins.draft, name="draft_bulletin"),
    path("bulletins/<str:key>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<str:key>/file/", bulletins.bulletin_file, name="bulletin_file"),
    path("bulletins/<str:key>/state/", bulletins.change_state, name="bulletin_state"),
    path("figures/<int:pk>/", walk.figure, name="figure"),
    path("walk/<str:kind>/<path:key>/", walk.walk, name="walk"),
    path("export/townships/", export.export_townships, name="export_townships"),
    path("geo/county.json", geo.county_json, name="geo_county"),
    path("geo/county.svg", geo.county_svg, name="geo_county_svg"),
    path("geo/relief.png", geo.relief, name="geo_relief"),
    path("geo/village/<str:code>.json", geo.village_json, name="geo_village"),
    path("geo/village/<str:code>.svg", geo.village_svg, name="geo_village_svg"),
    path("geo/plan.json", geo.plan_json, name="geo_plan"),
    path("geo/plan.svg", geo.plan_svg, name="geo_plan_svg"),
]
