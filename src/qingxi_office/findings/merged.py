"""One finding where a rule says the same of several quantities from the same day: nothing of either is lost."""

from collections.abc import Iterable
from dataclasses import replace

from qingxi.finding import Confidence, Finding

_ORDER = [Confidence.LOW, Confidence.FAIR, Confidence.HIGH]


def merged(found: Iterable[Finding]) -> list[Finding]:
    """Findings of one facility with those of one rule and first day made one; they would have one key.

    The longer one's sentence comes first, the other's follows; evidence, numbers and charts are those of both, the
    confidence is the surer one's, the use the first one's.
    """
    out: dict[tuple[str, object], Finding] = {}
    for each in sorted(found, key=lambda f: f.end, reverse=True):
        key = (each.rule, each.start)
        first = out.get(key)
        if first is None:
            out[key] = each
        elif first != each:
            out[key] = replace(
                first,
                confidence=max(first.confidence, each.confidence, key=_ORDER.index),
                said=first.said if each.said in first.said else f"{first.said}；{each.said}",
                evidence=(*first.evidence, *(p for p in each.evidence if p not in first.evidence)),
                counter=(*first.counter, *(p for p in each.counter if p not in first.counter)),
                numbers=(*first.numbers, *(n for n in each.numbers if n not in first.numbers)),
                shown=(*first.shown, *(s for s in each.shown if s not in first.shown)),
            )
    return list(out.values())
