"""Drawing a sample that can be checked, and what a sampled rate is worth (抽样)."""

from qingxi.sampling.agree import Agreement, agreement, differing
from qingxi.sampling.commitment import Promise, as_published, reveal, seed_of
from qingxi.sampling.compare import Gap, fisher, gaps, holm, mcnemar
from qingxi.sampling.design import (
    Chosen,
    Design,
    Method,
    draw_by,
    faults_of,
    list_digest,
    sealed_digest,
    station_ids,
)
from qingxi.sampling.draw import Draw, draw
from qingxi.sampling.effective import Checklist, effective_checklist, effective_checklists
from qingxi.sampling.estimate import (
    Ends,
    Estimate,
    Part,
    estimate_by,
    estimate_by_size,
    estimate_simple,
    estimate_stratified,
    estimate_two_stage,
)
from qingxi.sampling.inspectors import Officer, able, draw_officers, share_out
from qingxi.sampling.interval import clopper_pearson, logit_t, needed_n, wilson
from qingxi.sampling.kind import Kind, NoRate, refuse_rate
from qingxi.sampling.population import Exclusion, Population, Station, population_csv
from qingxi.sampling.size import allocate, size_normal, size_wilson
from qingxi.sampling.verdict import Verdict, required_share, verdict
from qingxi.sampling.weights import share_by, weights_by

__all__ = [
    "Agreement", "Checklist", "Chosen", "Design", "Draw", "Ends", "Estimate", "Exclusion", "Gap", "Kind", "Method", "NoRate",
    "Officer", "Part", "Population", "Promise", "Station", "Verdict", "able", "agreement", "allocate", "as_published",
    "clopper_pearson", "differing", "draw", "draw_by", "draw_officers", "effective_checklist", "effective_checklists",
    "estimate_by", "estimate_by_size", "estimate_simple", "estimate_stratified", "estimate_two_stage", "faults_of", "fisher",
    "gaps", "holm", "list_digest", "logit_t", "mcnemar", "needed_n", "population_csv", "refuse_rate", "required_share",
    "reveal", "sealed_digest", "seed_of", "share_by", "share_out", "size_normal", "size_wilson", "station_ids", "verdict", "weights_by",
    "wilson",
]  # fmt: skip
