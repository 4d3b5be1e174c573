"""The questions of a round, by version: data, because a county changes them and old answers must stay readable."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

BASICS = ("basic_seen", "basic_smell", "basic_heard")
"""The three yes-or-no of 三基本: of the village, not of the plant."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: ``verdict`` is good, watch or bad; ``repair`` asks whether somebody is to be sent."""

    value: str
    word: str
    verdict: str
    repair: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its answers, the good one first."""

    key: str
    word: str
    answers: tuple[Answer, ...]

    def answer(self, value: str) -> Answer | None:
        return next((a for a in self.answers if a.value == value), None)


@dataclass(frozen=True, slots=True)
class Checklist:
    """The questions of one version, in order."""

    version: str
    questions: tuple[Question, ...]

    def question(self, key: str) -> Question | None:
        return next((q for q in self.questions if q.key == key), None)

    def known(self, answers: Mapping[str, object]) -> dict[str, str]:
        """Only the answers that this version knows."""
        return {
            q.key: said
            for q in self.questions
            if isinstance(said := answers.get(q.key), str) and q.answer(said) is not None
        }

    def wrong(self, answers: Mapping[str, str]) -> list[tuple[Question, Answer]]:
        """What is not good, in the order of the questions."""
        said = [(q, q.answer(answers.get(q.key, ""))) for q in self.questions]
        return [(q, a) for q, a in said if a is not None and a.verdict != "good"]

    def all_good(self) -> dict[str, str]:
        """The answers of a station where all is well."""
        return {q.key: q.answers[0].value for q in self.questions}


@cache
def checklists() -> dict[str, Checklist]:
    """Every version, oldest first; from ``standard/tables/checklist.csv``.

    Raises
    ------
    ValueError
        When a question has no answer that is good, or its first is not: the button for "all is well" hangs on it.
    """
    text = (resources.files("qingxi.standard") / "tables" / "checklist.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, tuple[int, str, list[Answer]]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        questions = found.setdefault(row["version"], {})
        _, _, answers = questions.setdefault(row["key"], (int(row["order"]), row["word"], []))
        answers.append(Answer(row["answer"], row["answer_word"], row["verdict"], row["repair"] == "yes"))
    out = {}
    for version in sorted(found):
        rows = sorted(found[version].items(), key=lambda item: item[1][0])
        questions_of = tuple(Question(key, word, tuple(answers)) for key, (_, word, answers) in rows)
        for q in questions_of:
            if q.answers[0].verdict != "good":
                raise ValueError(f"checklist {version}: the first answer of {q.key} is not good")
        out[version] = Checklist(version, questions_of)
    return out


def checklist(version: str = "") -> Checklist:
    """One version, or the newest; raises KeyError for a version that never was."""
    every = checklists()
    return every[version] if version else every[max(every)]
