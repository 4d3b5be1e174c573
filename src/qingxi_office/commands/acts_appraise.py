"""An act of judging: an operator's half-year from self-mark to final mark, and what a month is paid by it."""

from datetime import date
from decimal import Decimal

from qingxi_office.commands.story import Story

BEGINS, ENDS, MONTH = date(2026, 1, 1), date(2026, 6, 30), date(2026, 10, 1)


def appraise(story: Story) -> str:
    """Self-marks, a check that takes off what the books show, no objection, signed by who did not check; then a month's pay."""
    from django.db.models import Count

    from qingxi.appraisal import Missing
    from qingxi_office.appraisals import actions
    from qingxi_office.appraisals.queries import scheme_of
    from qingxi_office.people.models import Role, User
    from qingxi_office.places.models import Unit

    by, signer = story.cast.officer, story.cast.closer
    firms = Unit.objects.filter(facilities_operated__isnull=False, people__role=Role.OPERATOR_FOREMAN)
    firm = firms.exclude(name__contains="自管").annotate(n=Count("facilities_operated")).order_by("n", "pk").first()
    foreman = None if firm is None else User.objects.filter(unit=firm, role=Role.OPERATOR_FOREMAN).first()
    if firm is None or foreman is None:
        story.facts["appraisal"] = None
        return "这个县没有运维单位可考核"
    row = actions.open_appraisal(firm, "yunan_rural", "2026-H1", BEGINS, ENDS, by=by)
    scheme = scheme_of(row)
    ratio = [i.key for i in scheme.items if i.way == "ratio"]
    actions.write_clean(row, by=foreman)
    for sheet in row.sheets.prefetch_related("marks"):
        if unknown := [k for k in ratio if k not in sheet.clues]:
            actions.write_marks(sheet, [actions.Written(k, share="70") for k in unknown], by=foreman)
    actions.move_on(row, by=foreman)
    for sheet in row.sheets.all():
        given = []
        for item in scheme.items:
            told = sheet.clues.get(item.key, {})
            if item.way == "ratio":
                share = str(Decimal(told["share"]) * 100) if "share" in told else "50"
                given.append(
                    actions.Written(item.key, share=share, note=told.get("text", "没有流量记录，按户数推算"))
                )
            else:
                codes = list(dict.fromkeys(told.get("taken", [])))
                taken = {code: [str(item.deduction(code).points)] for code in codes}
                given.append(actions.Written(item.key, taken, note=told.get("text", "") if codes else ""))
        actions.write_marks(sheet, given, by=by)
    actions.move_on(row, by=by)
    actions.accept(row, by=foreman)
    row = actions.move_on(row, by=signer)
    terms = actions.set_terms(
        "HT-2026-01", firm, "maonan", by=by, name="农村生活污水处理设施运维服务合同", price_yuan_m3=Decimal("1.69"),
        annual_yuan=Decimal(240_000), valid_from=BEGINS, document="演示合同，单价为举例",
    )  # fmt: skip
    paid = actions.compute(terms, MONTH, actions.measured(terms, MONTH), by=by)
    story.facts["appraisal"] = {"key": row.key, "marks": str(row.marks), "paid_fen": paid.amount_fen}
    lacks = (
        f"，10 月{Missing(tuple(paid.missing))}"
        if paid.missing
        else f"，10 月应付 {(paid.amount_fen or 0) / 100:,.2f} 元"
    )
    return f"{firm.name} {row.sheets.count()} 座站上半年 {row.marks} 分，{row.grade}{lacks}"
