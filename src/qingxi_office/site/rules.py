"""The rule of every address: who gets to its page at all. An address without a rule is a fault that a test finds.

The rows behind an address are sieved by ``people.rights`` in the queries; this table says what stands before them:
``OPEN`` needs no sign-in, ``OWN`` is the signed-in person's own affair, ``Rule(sees=…)`` is there only for those whose
role sees that kind of record (others meet 404), ``does`` names the deed that its form asks for (others are told who can).
``site.gate`` holds every request against it, so that a page that forgot to ask is closed all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Rule:
    """``sees``: kind of record of ``people.rights``, "" for any signed-in person; ``does``: its deed; ``looks``: which
    personal data it shows, as ``trail.words`` names the look (``exports``: only when taken away with ``?as=``): each
    look is written in the trail.
    """

    sees: str = ""
    does: str = ""
    open: bool = False
    looks: str = ""
    exports: str = ""


OPEN = Rule(open=True)
OWN = Rule()


def sees(kind: str, does: str = "", *, looks: str = "", exports: str = "") -> Rule:
    return Rule(kind, does, looks=looks, exports=exports)


# By the name of the address; a room's own addresses stand together.
# What a person may do before the second factor that their role must have is set up.
BEFORE_SECOND = frozenset(
    {"second_setup", "account", "account_password", "sign_out", "choose_look", "set_language"}
)
RULES: dict[str, Rule] = {
    # without sign-in
    "choose_look": OPEN, "set_language": OPEN, "sign_in": OPEN, "sign_out": OPEN, "first_run": OPEN,
    "public_index": OPEN, "public_rate": OPEN, "public_villages_csv": OPEN, "public_find": OPEN, "public_station": OPEN,
    **dict.fromkeys(
        (
            "public_map", "public_stations", "public_villages", "public_village", "public_village_report", "public_samples", "public_plans",
            "public_bulletins", "public_bulletin", "public_issues", "public_owing", "public_help", "public_stations_csv", "public_stations_geojson",
            "public_owing_csv", "public_feed", "public_report_photo",
        ), OPEN,
    ),
    "public_new_report": OPEN, "public_report": OPEN, "public_same": OPEN,
    **dict.fromkeys(  # the open door for machines: published things, and requests without what points to a person
        (
            "open_data", "open_data_file", "open_data_catalog", "open_data_csvw", "open_data_gpkg", "open_data_sdmx", "open_data_structure", "open_data_api",
            "ogc_landing", "ogc_conformance", "ogc_api", "ogc_collections", "ogc_collection", "ogc_items", "ogc_item",
            "open311_services", "open311_service", "open311_requests", "open311_request", "open311_token", "open311_discovery", "open311_api",
        ),
        OPEN,
    ),
    "join": OPEN,  # whoever holds the link; it is a secret, works once and ends by itself
    # the tree, duties, people
    "tree": sees("place"), "tree_branch": sees("place"), "tree_node": sees("place"), "tree_change": sees("place", "reorganise"),
    "unit_node": sees("unit"), "unit_change": sees("unit", "reorganise"), "unit_open": sees("unit", "reorganise"),
    "duties": sees("duty", exports="phones"), "duty_appoint": sees("duty", "assign_duty"), "duty_end": sees("duty", "assign_duty"),
    "duty_lay_out": sees("duty", "assign_duty"), "handover": sees("duty"), "pairs": sees("duty"),
    "people": sees("person", exports="phones"), "person": sees("person"), "person_new": sees("person", "invite"),
    "second_step": OPEN, "outer_begin": OPEN, "openid_connect_callback": OPEN,
    # one's own affairs: whose token, session, mandate or second look it is, is asked by its queries
    "account": OWN, "account_password": OWN, "account_sessions": OWN, "second_setup": OWN, "second_off": OWN,
    "token_make": OWN, "token_revoke": OWN, "acting": OWN, "acting_begin": OWN, "acting_end": OWN, "acting_report": OWN,
    "mandate_give": OWN, "mandate_revoke": OWN, "approvals": OWN, "approval": OWN, "approval_answer": OWN,
    "approval_sheet": OWN, "approval_photo": OWN, "safety": Rule(does="set_safety"), "second_reset": Rule(does="invite"), "api_page": OWN,
    # made of what each person may see
    "setting_up": sees("job"), "setting_up_do": sees("job", "load"),
    "home": OWN, "search": OWN, "hub": OWN, "walk": OWN, "history": OWN,
    "villages": sees("village"), "village": sees("village"), "geo_village": sees("village"),
    "geo_village_svg": sees("village"), "geo_county": sees("village"), "geo_county_svg": sees("village"),
    "geo_relief": sees("place"), "export_townships": sees("village"),
    "facilities": sees("facility"), "facilities_lasting": sees("facility"), "facility": sees("facility"), "export_facility": sees("facility"), "facility_series": sees("reading"), "facility_packets": sees("reading"), "facility_day": sees("reading"),
    "decide_finding": sees("finding", "decide_finding"),
    "findings": sees("finding"), "finding": sees("finding"), "finding_rules": sees("finding"),
    "plan": sees("plan"), "plan_compare": sees("plan"), "plan_versions": sees("plan"), "plan_why": sees("plan"),
    "plan_rules": sees("plan"), "plan_files": sees("plan"), "plan_file": sees("plan"), "plan_try": sees("plan"),
    "plan_adopt": sees("plan", "adopt_plan"), "plan_prepare": sees("plan", "make_plan"),
    "plan_rule_withdraw": sees("plan", "override_plan"), "plan_make": sees("plan", "make_plan"),
    "geo_plan": sees("plan"), "geo_plan_svg": sees("plan"), "geo_plan_part": sees("plan"),
    "job": sees("job"), "job_cancel": sees("job", "make_plan"), "job_again": sees("job", "make_plan"),
    "load": sees("job"), "loads": sees("intake", "submit_sheet"),
    "intake": sees("intake"), "intake_do": sees("intake", "submit_sheet"), "intake_red": sees("intake"),
    "sheet_forms": sees("intake"), "sheet_form": sees("intake"),
    "projects": sees("project"), "clash_word": sees("lot", "propose_joint_works"),
    "clash_letter_begin": sees("lot", "propose_joint_works"), "clash_letter": sees("lot"), "clash_letter_paper": sees("lot"),
    "issues": sees("issue"), "issue": sees("issue"), "evidence_file": sees("issue"),
    # what people hand in
    "reports": sees("report"), "report_new": sees("report", "report_for_villager"), "report": sees("report", looks="contact"),
    "report_do": sees("report", "take_up_report"), "report_scan": sees("report", looks="contact"),
    "door": sees("figure"), "door_do": sees("figure", "publish"), "door_zip": sees("figure"),
    "hotline": sees("report"), "hotline_new": sees("report", "take_up_report"), "hotline_order": sees("report", looks="contact"),
    "hotline_order_do": sees("report", "take_up_report"), "hotline_replies": sees("report", "take_up_report"),
    "hotline_form": sees("report", "publish"),
    "issue_new": sees("issue", "raise_blockage"), "issue_receive_all": sees("issue", "step_issue"),
    "issue_batch": sees("issue", "step_issue"),
    "errand_answer": sees("issue", "step_issue"), "issue_do": sees("issue", "step_issue"), "issue_card": sees("issue"),
    "letter_paper": sees("issue"), "crossings": sees("issue", "cross_county"), "crossing": sees("issue", "cross_county"),
    "crossing_paper": sees("issue"),
    "take_step": sees("issue", "step_issue"), "report_photo": sees("report"), "take_up": sees("report", "take_up_report"),
    "bulletins": sees("bulletin"), "bulletin": sees("bulletin"), "bulletin_file": sees("bulletin"),
    "draft_bulletin": sees("bulletin", "draft_bulletin"), "bulletin_state": sees("bulletin", "send_bulletin"),
    "bulletin_pdf": sees("bulletin"), "bulletin_page": sees("bulletin"), "bulletin_figure": sees("bulletin"), "bulletin_scan": sees("bulletin"),
    "bulletin_word": sees("bulletin", "edit_bulletin"), "bulletin_package": sees("bulletin", "hand_bulletin"),
    "callovers": sees("callover"), "callover": sees("callover"), "callover_take": sees("callover", "take_callover"),
    "callover_do": sees("callover", "take_callover"),
    "cards": sees("card"), "card": sees("card", "answer_card"), "receipts": sees("receipt"), "receipt_do": sees("receipt", "sign_receipt"),
    "peer_letter": sees("peer_letter"), "peer_letter_paper": sees("peer_letter"),
    "figure": sees("figure"), "figures": sees("figure"), "figure_newest": sees("figure"), "figures_tree": sees("figure"),
    "figures_compute": sees("figure", "compute_figures"), "figure_target": sees("figure", "set_figure_target"),
    "figures_scope": sees("figure"), "figures_seats": sees("figure"), "figures_official": sees("figure"),
    "official_form": sees("figure", "note_reported"), "geo_figure": sees("figure"), "geo_figure_svg": sees("figure"),
    "trail": sees("trail"), "doctor": sees("job"),
    # the register
    "facility_file": sees("facility", "edit_register"), "facility_deed": sees("facility", "edit_register"),
    "village_edit": sees("village", "edit_register"), "undo_village": sees("village", "edit_register"),
    "tile": sees("place"),  # each layer asks for its own kind
    "visit": sees("facility", "record_visit"),
    # rounds with a phone: the page and its worker hold no data; what they ask of the office is ruled here
    "rounds_today": OPEN, "rounds_worker": OPEN, "rounds_manifest": OPEN, "rounds_pack": sees("facility", "record_visit"),
    "rounds_send": sees("facility", "record_visit"), "rounds_photo": sees("facility", "record_visit"),
    "rounds_week": sees("round_sign"), "rounds_sent": sees("round_sign"), "round_sign": sees("round_sign", "decide_finding"), "round_seen": sees("reading"), "round_of": sees("reading"),
    "qr_sheets": sees("facility"), "station_door": OPEN,
    "households": sees("household", looks="households"), "household": sees("household", "edit_register", looks="household"),
    "undo_household": sees("household", "edit_register"),
    "bills": sees("reading"), "labs": sees("reading"), "lab_plan": sees("reading", "load"), "lab_form": sees("reading"), "samples": sees("reading"),
    "lab": sees("reading"),
    # devices and their lines
    "devices": sees("reading"), "devices_lasting": sees("reading"), "device": sees("reading"), "device_packets": sees("reading"), "device_order": sees("reading", "command_device"),
    "quarantine": sees("wire"), "quarantine_do": sees("wire", "admit_device"), "vendors": sees("wire"), "vendor_clouds": sees("wire", "set_vendor"), "vendor_cloud": sees("wire", "set_vendor"),
    "forwarding": sees("wire"), "rain": sees("rain"), "rain_gauge": sees("rain"),
    "waters": sees("discharger"), "new_water": sees("discharger", "edit_register"),
    "water": sees("discharger", "edit_register"),
    "snapshots": sees("snapshot", "freeze_register"), "snapshot": sees("snapshot", looks="households"),
    "notices": OWN, "notice": OWN, "read_notices": OWN, "notice_choices": OWN,
    "notice_channels": sees("office", "set_channels"), "channel_do": sees("office", "set_channels"),
    "delivery_again": sees("office", "set_channels"), "rounds": sees("office"), "round_do": sees("office", "run_round"),
    "meetings": sees("meeting"), "meeting": sees("meeting"), "meeting_act": sees("meeting"), "meeting_paper": sees("meeting"),
    "meeting_ics": sees("meeting"), "meeting_sign": sees("meeting", "call_meeting"), "meeting_feed": OPEN,
    "meeting_arrange": sees("meeting", "call_meeting"), "meeting_group": sees("meeting", "call_meeting"),
    "meeting_new_group": sees("meeting", "call_meeting"), "meeting_feed_address": OWN,
    "manuals": OPEN, "manual": OPEN,
    "project": sees("project"),
    "open_settings": sees("office", "publish"), "open_key_revoke": sees("office", "publish"),
    "components": OWN, "appraisals": sees("appraisal"), "appraisal_open": sees("appraisal", "open_appraisal"), "appraisal": sees("appraisal"),
    "appraisal_do": sees("appraisal"), "appraisal_sheet": sees("appraisal"), "appraisal_schemes": sees("appraisal"),
    "care_terms": sees("appraisal", "set_care_terms"), "care_pay": sees("appraisal"),
    "attachments": sees("office"), "attach": OWN, "attachment": OWN, "attachment_file": OWN, "attachment_thumb": OWN,
    "attachment_remove": OWN, "recycle": OWN, "restore": OWN, "remove": OWN,
    "merges": sees("household", "merge"), "merge": sees("household", "merge"), "unmerge": sees("household", "merge"),
    "privacy": sees("office"),
    # spot checks; the list of one has its own seal in samples.queries
    "spot_checks": sees("sample"), "spot_check_new": sees("sample", "run_sample"), "spot_check": sees("sample"), "spot_check_do": sees("sample"),
    "spot_officers": sees("sample", "run_sample"), "spot_frame_form": sees("sample"), "spot_check_map": sees("sample"),
    "spot_check_file": sees("sample"), "spot_check_sheet": sees("sample", "check_station"), "spot_visit": sees("sample"),
    "spot_visit_issue": sees("sample", "open_issue"),
    "letters": sees("issue"), "letter": sees("issue", "sign_letter"),
    # working together
    "six": sees("village"), "six_village": sees("village", "record_six"), "coordination": sees("figure"),
    "coordination_map": sees("figure"), "coordination_village": sees("figure", "record_step"), "equity": sees("fund"),
    "receiving": sees("outlet"), "receiving_point": sees("outlet", "record_water"), "source_figures": sees("figure"),
    "source_figures_keep": sees("figure", "note_reported"),
    # the first morning
    "morning": sees("conflict"), "morning_conflict": sees("conflict"), "morning_matches": sees("conflict"),
    "morning_changes": sees("conflict"), "morning_sheet": sees("conflict"), "morning_file": sees("conflict"),
    "morning_forms": sees("conflict", "check_ledgers"), "morning_form_file": sees("conflict"), "morning_form_default": sees("conflict"),
    "morning_form_drop": sees("conflict", "check_ledgers"), "morning_start": sees("conflict", "check_ledgers"),
    "morning_again": sees("conflict", "check_ledgers"), "morning_columns": sees("conflict", "check_ledgers"),
    "morning_explain": sees("conflict", "check_ledgers"), "morning_print": sees("conflict", "check_ledgers"),
    "morning_sign": sees("conflict", "sign_conflict"), "morning_undo": sees("conflict", "sign_conflict"),
    "morning_alike": sees("conflict", "sign_conflict"),
    # periodic returns
    "returns": sees("return"), "return_open": sees("return", "open_return_period"), "return_period": sees("return"),
    "return_period_act": sees("return", "review_return"), "return_one": sees("return"), "return_act": sees("return"),
    "return_write": sees("return", "fill_return"), "return_sheet": sees("return"), "return_red": sees("return"),
    "return_figure": sees("return"), "return_forms": sees("return"), "return_form": sees("return"),
}  # fmt: skip


def rule_of(name: str | None) -> Rule | None:
    """The rule of an address by its name; None when nobody has said one."""
    return RULES.get(name or "")


def addresses(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, pattern) of every address of the office; the API's are named ``api-v1:…`` and ruled by ``site.api``."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace is None:
                yield from addresses(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield entry.name or "", prefix + str(entry.pattern)
