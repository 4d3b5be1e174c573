"""What "effective" means: a checklist by version, the unit a station, the time the day of the visit."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

EFFECTS = ("ok", "fails", "note", "cannot")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its effect is ok, fails (not effective), note (written down, decides nothing) or cannot (not visited)."""

    value: str
    word: str
    effect: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its answers, the good one first."""

    key: str
    word: str
    answers: tuple[Answer, ...]

    def answer(self, value: str) -> Answer | None:
        return next((a for a in self.answers if a.value == value or a.word == value), None)


@dataclass(frozen=True, slots=True)
class Checklist:
    """One version of the definition."""

    version: str
    questions: tuple[Question, ...]

    @property
    def sentence(self) -> str:
        """The definition in one sentence."""
        asked = "、".join(q.word for q in self.questions if any(a.effect == "fails" for a in q.answers))
        return f"有效运行：到站当天，{asked}这几项没有一项不合格（检查表 {self.version} 版，以站为单位）"

    def known(self, said: Mapping[str, object]) -> dict[str, str]:
        """The answers that this version knows, by value; words are taken as well as values."""
        out = {}
        for q in self.questions:
            found = q.answer(str(said.get(q.key, "")).strip())
            if found is not None:
                out[q.key] = found.value
        return out

    def missing(self, answers: Mapping[str, str]) -> list[Question]:
        """Questions without an answer."""
        return [q for q in self.questions if q.answer(answers.get(q.key, "")) is None]

    def failed(self, answers: Mapping[str, str]) -> list[tuple[Question, Answer]]:
        """What is not as it should be: what fails first, what is only noted after."""
        said = [(q, q.answer(answers.get(q.key, ""))) for q in self.questions]
        bad = [(q, a) for q, a in said if a is not None and a.effect in ("fails", "note")]
        return sorted(bad, key=lambda pair: pair[1].effect != "fails")

    def effective(self, answers: Mapping[str, str]) -> bool | None:
        """Whether the station ran effectively on that day; None when the visit cannot tell."""
        said = [q.answer(answers.get(q.key, "")) for q in self.questions]
        if any(a is not None and a.effect == "fails" for a in said):
            return False
        if any(a is None or a.effect == "cannot" for a in said):
            return None
        return True


@cache
def effective_checklists() -> dict[str, Checklist]:
    """Every version, oldest first; from ``standard/tables/effective.csv``.

    Raises
    ------
    ValueError
        When an effect is unknown, or the first answer of a question is not ok.
    """
    text = (resources.files("qingxi.standard") / "tables" / "effective.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, tuple[str, list[Answer]]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row["effect"] not in EFFECTS:
            raise ValueError(f"effective {row['version']}: {row['key']} has the unknown effect {row['effect']}")
        _, answers = found.setdefault(row["version"], {}).setdefault(row["key"], (row["word"], []))
        answers.append(Answer(row["answer"], row["answer_word"], row["effect"]))
    out = {}
    for version in sorted(found):
        questions = tuple(Question(k, word, tuple(answers)) for k, (word, answers) in found[version].items())
        for q in questions:
            if q.answers[0].effect != "ok":
                raise ValueError(f"effective {version}: the first answer of {q.key} is not ok")
        out[version] = Checklist(version, questions)
    return out


def effective_checklist(version: str = "") -> Checklist:
    """One version, or the newest; raises KeyError for a version that never was."""
    every = effective_checklists()
    return every[version] if version else every[max(every)]
