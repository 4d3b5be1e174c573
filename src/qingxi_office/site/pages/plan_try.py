"""What if: a price, the discount rate or another figure changed, and what that does to whom, in seconds (试算)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.jobs import actions as job_actions
from qingxi_office.jobs import queries as jobs
from qingxi_office.people import rights
from qingxi_office.people.rights import may

from . import seen, sheet
from .modes import MODES, mode_word
from .plan_words import LEVERS

_RANGE_PCT = (-90.0, 400.0)


@login_required
def attempt(request: HttpRequest) -> HttpResponse:
    """The form; after it was sent, the answer of the last try (``?job=``)."""
    user = request.user
    if not seen.may_see(user, "plan"):
        raise Http404
    key = request.GET.get("version", "") or request.POST.get("version", "")
    plan = seen.plan_version(user, key)
    if not key and plan is not None and not can_be_asked(plan):
        plan = next((row for row in seen.plan_versions(user) if can_be_asked(row)), plan)
    if plan is None:
        return render(request, "site/plan_try.html", {"plan": None, "may_try": may(user, "try_prices")})
    if request.method == "POST":
        return _ask(request, plan)
    job = None
    if request.GET.get("job", "").isdigit() and seen.may_see(user, "job"):
        job = jobs.jobs().filter(pk=int(request.GET["job"]), kind="try").first()
    told = job.result.get("difference") if job is not None else None
    rows = _hamlets(told) if told else []
    if told and request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, "试算",
            ["自然村代码", "自然村", "户数", "改变的户", "原模式", "新模式", "原现值(元)", "新现值(元)", "差(元)"],
            [[r["hamlet_id"], r["name"], r["households"], r["changed"], mode_word(r["mode_before"]), mode_word(r["mode_after"]),
              r["present_value_before"], r["present_value_after"], r["diff"]] for r in rows],
        )  # fmt: skip
    names = dict(seen.villages(user).values_list("place__code", "place__name")) if rows else {}
    for row in rows:
        row["village_name"] = names.get(row["hamlet_id"][:12], "")
    return render(
        request,
        "site/plan_try.html",
        {
            "plan": plan, "versions": list(seen.plan_versions(user)), "levers": list(LEVERS.items()), "job": job, "told": told,
            "rows": rows[:30], "more_rows": max(len(rows) - 30, 0), "may_try": may(user, "try_prices"),
            "cost": _cost(told) if told else [], "modes": _modes(told) if told else [], "changes": _changes(told) if told else [],
            "going": job is not None and job.is_open and not jobs.is_silent(job), "asked": job.ask if job else {},
            "form": (job.ask.get("form") if job else None) or {}, "workers": jobs.workers_there() if job and job.is_open else 1,
            "can_try": can_be_asked(plan), "payable": (told or {}).get("affordability", {}).get("payable_share"),
            "make_query": urlencode([("set", w) for w in job.ask["changes"]]) if job and told else "",
        },
    )  # fmt: skip


def can_be_asked(plan: Any) -> bool:
    """Whether a version kept what is needed to ask it again at other prices."""
    return bool(plan.folder) and (plan.at / "standing.npz").is_file()


def _ask(request: HttpRequest, plan: Any) -> HttpResponse:
    rights.check(request.user, "try_prices")
    words, form, wrong = read_form(request.POST)
    if wrong or not words:
        messages.error(request, "；".join(wrong) or _("没有改任何一项；改一项再算。"))
        return redirect(reverse("plan_try") + f"?version={plan.key}")
    job = job_actions.ask("try", _("试算"), {"plan": plan.key, "changes": words, "form": form}, by=request.user)
    return redirect(reverse("plan_try") + f"?version={plan.key}&job={job.pk}")


def read_form(form: Any) -> tuple[list[str], dict[str, str], list[str]]:
    """The form as the library's words (``lever.pipe=+10%``, ``prices.discount=0.04``), as it was typed, and what is wrong."""
    words: list[str] = []
    kept: dict[str, str] = {}
    wrong: list[str] = []
    for lever, word in LEVERS.items():
        text = form.get(lever, "").strip().replace("−", "-").rstrip("%").strip()
        if not text:
            continue
        kept[lever] = text
        try:
            share = float(text)
        except ValueError:
            share = float("nan")
        if not _RANGE_PCT[0] <= share <= _RANGE_PCT[1]:
            wrong.append(
                _("%(word)s的改动是 %(text)s，要是 −90 到 400 之间的百分数") % {"word": word, "text": text}
            )
        elif share:
            words.append(f"lever.{lever}={share:+g}%")
    text = form.get("discount", "").strip().rstrip("%").strip()
    if text:
        kept["discount"] = text
        try:
            rate = float(text)
        except ValueError:
            rate = -1.0
        if not 0 <= rate <= 20:
            wrong.append(_("折现率是 %s，要是 0 到 20 之间的百分数") % text)
        else:
            words.append(f"prices.discount={rate / 100:g}")
    for line in form.get("more", "").splitlines():
        if not line.strip():
            continue
        kept["more"] = form.get("more", "")
        key, sign, value = line.strip().partition("=")
        if not sign or not key.strip() or not value.strip():
            wrong.append(_("“%s”要写成 表.键=值") % line.strip())
        else:
            words.append(f"{key.strip()}={value.strip()}")
    return words, kept, wrong


def _cost(told: dict[str, Any]) -> list[dict[str, Any]]:
    words = {"present_value": _("20 年现值"), "capex": _("总投资"), "running_per_year": _("每年运维")}
    return [{"word": word, **told["cost"][key]} for key, word in words.items() if key in told.get("cost", {})]


def _modes(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"mode": mode, **told["modes"][mode], "diff": told["modes"][mode]["after"] - told["modes"][mode]["before"]}
        for mode in MODES
        if mode in told.get("modes", {}) and (told["modes"][mode]["before"] or told["modes"][mode]["after"])
    ]


def _changes(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What was changed; many rows of one lever are told by their number."""
    rows = told.get("changes", [])
    return [{**r, "pct": (r["after"] / r["before"] - 1) if r.get("before") else None} for r in rows[:8]]


def _hamlets(told: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [{**r, "diff": r["present_value_after"] - r["present_value_before"]} for r in told.get("hamlets", [])]
    return sorted(rows, key=lambda r: (-r["changed"], -abs(r["diff"]), r["hamlet_id"]))
