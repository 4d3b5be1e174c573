"""Why a lot stands in its year, and why a system has to wait, in one Chinese sentence with its figures."""

from collections.abc import Sequence

from qingxi.money import wan_yuan
from qingxi.programme.clash import Clash, Timing
from qingxi.programme.fund import Fund
from qingxi.programme.lot import Candidate


def why_year(c: Candidate, year: int, clashes: Sequence[Clash], saved_fen: int, funds: Sequence[Fund]) -> str:
    """Why this year."""
    parts = [f"{'、'.join(c.must)}，先做" if c.must else f"{c.households} 户受益，{year} 年资金排得下"]
    if saved_fen > 0:
        together = [clash for clash in clashes if clash.timing is Timing.TOGETHER]
        parts.append(f"与其他部门 {len(together)} 项工程一次开挖，省 {wan_yuan(saved_fen)} 万元")
    again = [clash for clash in clashes if clash.timing is Timing.DUG_AGAIN]
    if again:
        parts.append(f"要挖开新路 {sum(clash.overlap_m for clash in again):.0f} m，须先与对方商定")
    unsure = sorted({fund.name for fund in funds if not fund.granted})
    if unsure:
        parts.append(f"{'、'.join(unsure)}还没有下达")
    if c.consent == "未征询":
        parts.append("产权单位的书面同意还没有征询")
    return "；".join(parts) + "。"


def why_waiting(c: Candidate, years: Sequence[int], funds: Sequence[Fund], crowded: bool) -> str:
    """Why in none of the years."""
    span = f"{years[0]}—{years[-1]} 年"
    if c.consent == "不同意":
        return "要接入的厂站，产权单位不同意；先协调或改用别的模式。"
    if c.earliest and c.earliest > years[-1]:
        return f"最早 {c.earliest} 年才能做，不在 {span}。"
    richest = max((sum(f.amount_fen for f in funds if f.year == year) for year in years), default=0)
    if c.capital_fen > richest:
        return f"总投资 {wan_yuan(c.capital_fen)} 万元，超过任何一年的资金（最多 {wan_yuan(richest)} 万元），要分期或另筹。"
    ahead = "先做的都排进去以后，" if crowded else ""
    return f"{ahead}{span}的资金已排满，总投资 {wan_yuan(c.capital_fen)} 万元，等下一轮。"
