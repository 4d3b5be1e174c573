"""One reading of the county a request: the shell, the page and its figures all ask for it."""

from collections.abc import Callable
from typing import Any

from qingxi_office.places.queries import hold_county, let_go


class CountyOnce:
    """Middleware: what ``places.queries.county`` read stands until the answer is made."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self._answer = answer

    def __call__(self, request: Any) -> Any:
        token = hold_county()
        try:
            return self._answer(request)
        finally:
            let_go(token)
