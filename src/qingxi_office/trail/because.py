"""The field that every record carries: what it was made from."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models

from qingxi.origin import Ref


def refs_valid(value: object) -> None:
    """Refuse anything but a list of ``"kind:id"``."""
    if not isinstance(value, list):
        raise ValidationError("because 须为列表")
    for item in value:
        try:
            Ref.parse(item)
        except (ValueError, AttributeError) as error:
            raise ValidationError(str(error)) from error


class BecauseField(models.JSONField):
    """JSON list of ``"kind:id"`` (溯源)."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(**kwargs)
        self.validators = [*self.validators, refs_valid]


def texts(refs: Iterable[Ref | str]) -> list[str]:
    """References as the field keeps them, in order, each once."""
    return list(dict.fromkeys(str(ref) for ref in refs))
