"""Rounds by people (巡查): what is asked at a station, when it is due, what a phone's clock was worth, signs of faked rounds."""

from qingxi.patrol.checklist import Answer, Checklist, Question, checklist, checklists
from qingxi.patrol.clock import Settled, settle
from qingxi.patrol.due import Due, due, every_days, ordered
from qingxi.patrol.likeness import bits_apart, fingerprint
from qingxi.patrol.signs import Photo, Round, Sign, SignKind, distance_m, signs_of_photo, signs_of_round

__all__ = [
    "Answer", "Checklist", "Due", "Photo", "Question", "Round", "Settled", "Sign", "SignKind", "bits_apart", "checklist",
    "checklists", "distance_m", "due", "every_days", "fingerprint", "ordered", "settle", "signs_of_photo", "signs_of_round",
]  # fmt: skip
