"""What a contract pays for a month, from its terms, the score before and what was measured. Changes go by actions here."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from qingxi.appraisal import (
    MAONAN,
    YUNAN,
    Line,
    Missing,
    dry_season_share,
    load_share,
    pay_maonan,
    pay_yunan_network,
    pay_yunan_plant,
    score_share,
    volume_share,
)
from qingxi.money import fen_from_yuan
from qingxi.origin import Ref
from qingxi_office.appraisals.models import Appraisal, CarePayment, CareTerms
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Unit
from qingxi_office.readings.models import DailyRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts

FORMULAS = {
    "yunan_plant": "郁南合同 厂站：P0·QB·(3/4·Kq + 1/4·E2)",
    "yunan_network": "郁南合同 管网：P0/12·(5/6·KQ·Kq + 1/6·E1·E2)",
    "maonan": "茂南合同：Py·QB·(3/5 + Kq/10 + 3·E1/10) + Pk/12·(2/3 + E1/3)",
}
_PRICED, _ANNUAL = ("yunan_plant", "maonan"), ("yunan_network", "maonan")


@transaction.atomic
def set_terms(
    key: str, operator: Unit, formula: str, *, by: User, name: str, price_yuan_m3: Decimal | None = None,
    annual_yuan: Decimal | None = None, design_m3_d: float | None = None, scheme: str = "yunan_rural",
    valid_from: date | None = None, valid_to: date | None = None, document: str = "",
) -> CareTerms:  # fmt: skip
    """Keep a contract's terms; raises ValueError with every fault."""
    rights.check(by, "set_care_terms", path=operator.place.path)
    wrong = [f"没有“{formula}”这种付费公式"] if formula not in FORMULAS else []
    if not key.strip() or not name.strip():
        wrong.append("合同要有编号和名称")
    if formula in _PRICED and not price_yuan_m3:
        wrong.append("这种公式要写单价（元/m³）")
    if formula in _ANNUAL and not annual_yuan:
        wrong.append("这种公式要写年度费用（元）")
    if formula.startswith("yunan") and not design_m3_d:
        wrong.append("郁南合同要写设计规模（m³/d）")
    for word, number in (("单价", price_yuan_m3), ("年度费用", annual_yuan), ("设计规模", design_m3_d)):
        if number is not None and number < 0:
            wrong.append(f"{word}不能小于 0")
    if valid_from and valid_to and valid_to < valid_from:
        wrong.append("合同的止日早于起日")
    if CareTerms.objects.filter(key=key.strip()).exists():
        wrong.append(f"编号“{key}”已经有了")
    if wrong:
        raise ValueError("；".join(wrong))
    row = CareTerms(
        key=key.strip(), name=name.strip(), operator=operator, place=operator.place, formula=formula, scheme=scheme,
        price_mills_m3=int(price_yuan_m3 * 1000) if price_yuan_m3 else None,
        annual_fen=fen_from_yuan(annual_yuan) if annual_yuan else None, design_m3_d=design_m3_d,
        valid_from=valid_from or clock.today(), valid_to=valid_to, document=document.strip(), by_name=str(by),
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "care_terms.kept", Ref("care_terms", row.key), by=by, after={"formula": formula, "operator": operator.name}
    )
    return row


def month_after(month: date) -> date:
    """First day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def measured(terms: CareTerms, month: date) -> dict[str, Any]:
    """What the books say of the month: volume with how many days of how many stations, and mean COD in and out.

    Three numbers and their basis; a value that nobody measured is None, and then no amount is given. Two queries.
    """
    from qingxi_office.readings.models import LabRow

    end = month_after(month)
    mine = {"facility__operator_unit": terms.operator}
    flow = DailyRow.objects.filter(
        **mine, quantity="flow", day__gte=month, day__lt=end, value__isnull=False
    ).aggregate(m3=Sum("value"), n=Count("pk"), stations=Count("facility", distinct=True))
    rows = LabRow.objects.filter(
        **mine, quantity="cod", sampled_on__gte=month, sampled_on__lt=end, value__isnull=False
    ).values_list("point", "value", "sample")
    cod: dict[str, list[float]] = {"influent": [], "effluent": []}
    for point, value, _sample in rows:
        cod[point].append(value)
    mean = {p: (round(sum(v) / len(v), 2) if v else None) for p, v in cod.items()}
    return {
        "volume_m3": None if flow["m3"] is None else round(flow["m3"], 1), "flow_days": flow["n"], "stations": flow["stations"], "inlet_mg_l": mean["influent"],
        "outlet_mg_l": mean["effluent"], "samples": sorted({s for _p, _v, s in rows}),
    }  # fmt: skip


def _number(value: object) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def work_out(terms: CareTerms, month: date, said: dict[str, Any], before: Appraisal | None, *, first: bool) -> Any:
    """The amount or what is missing, by the contract's own formula; nothing is kept."""
    contract = MAONAN if terms.formula == "maonan" else YUNAN
    inlet, outlet = _number(said.get("inlet_mg_l")), _number(said.get("outlet_mg_l"))
    kq = (
        load_share(contract, inlet, outlet, effluent_fails=bool(said.get("effluent_fails")))
        if inlet is not None and outlet is not None
        else None
    )
    marks = before.marks if before is not None else None
    share = score_share(contract, marks, first=first)
    volume = _number(said.get("volume_m3"))
    price = None if terms.price_mills_m3 is None else Decimal(terms.price_mills_m3) / 1000
    annual = None if terms.annual_fen is None else Decimal(terms.annual_fen) / 100
    days = (month_after(month) - month).days
    design = None if terms.design_m3_d is None else Decimal(str(terms.design_m3_d)) * days
    if terms.formula == "yunan_plant":
        return pay_yunan_plant(price, volume, design, kq, share)
    if terms.formula == "yunan_network":
        dry = said.get("dry_days")
        e1 = dry_season_share(int(dry)) if dry not in (None, "") else None
        return pay_yunan_network(annual, volume_share(volume, design), kq, e1, share)
    return pay_maonan(price, volume, annual, kq, share)


def score_before(terms: CareTerms, month: date) -> Appraisal | None:
    """The newest final appraisal of the operator whose period ended before the month: it pays this one."""
    return (
        Appraisal.objects.filter(subject=terms.operator, scheme=terms.scheme, state="定稿", ends_on__lt=month)
        .order_by("-ends_on", "-pk")
        .first()
    )


@transaction.atomic
def compute(terms: CareTerms, month: date, said: dict[str, Any], *, by: User, first: bool = False) -> CarePayment:
    """Work a month out and keep it; what is missing is kept as such, without an amount. An earlier row stays."""
    rights.check(by, "set_care_terms", path=terms.place.path)
    before = None if first else score_before(terms, month)
    outcome = work_out(terms, month, said, before, first=first)
    missing = list(outcome.names) if isinstance(outcome, Missing) else []
    refs = [Ref("lab", s) for s in said.get("samples", ())]
    if before is not None:
        refs.insert(0, Ref("appraisal", before.key))
    lines: tuple[Line, ...] = () if isinstance(outcome, Missing) else outcome.lines
    row = CarePayment(
        terms=terms, month=month.replace(day=1), appraisal=before, first=first, inputs=said, missing=missing,
        lines=[[line.name, line.formula, f"{line.value:.6f}".rstrip("0").rstrip("."), line.unit] for line in lines],
        amount_fen=None if isinstance(outcome, Missing) else outcome.fen, computed_at=clock.now(), by_name=str(by),
        because=texts(refs),
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "care_payment.computed", Ref("care_terms", terms.key), by=by,
        after={"month": str(row.month), "amount_fen": row.amount_fen, "missing": missing},
    )  # fmt: skip
    return row
