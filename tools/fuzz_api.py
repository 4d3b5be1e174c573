"""Ask every interface of a served office for nonsense, by its own OpenAPI document: no answer may be a server error.

    python tools/fuzz_api.py --home HOME --examples 200 --seed 1     # of a copy of the home, which is thrown away

Every operation is asked with good and with bad values (schemathesis), signed in with a token and as a stranger, and every
address by methods that it does not know. ``tests/office/test_fuzz_apis.py`` does the same with few examples.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ANSWERED: Counter[int] = Counter()  # how often each status was the answer
_TEXT = {"type": "string"}
_STA_OPTIONS = {
    "$top": {"type": "integer"}, "$skip": {"type": "integer"}, "$count": {"type": "string"}, "$orderby": _TEXT, "$filter": _TEXT, "$expand": _TEXT,
    "$select": _TEXT, "$resultFormat": _TEXT,
}  # fmt: skip


def sensorthings_document(stations: Iterable[str]) -> dict[str, Any]:
    """SensorThings has one address for everything below its root: its sets, entities and ways written out for asking."""
    sets = (
        "Things",
        "Locations",
        "Datastreams",
        "Sensors",
        "ObservedProperties",
        "Observations",
        "FeaturesOfInterest",
    )
    ask = [{"name": n, "in": "query", "required": False, "schema": s} for n, s in _STA_OPTIONS.items()]
    some = [*stations, "none", "x'y"]
    key = [{"name": "key", "in": "path", "required": True, "schema": {"type": "string", "enum": some}}]
    anything = [{"name": "key", "in": "path", "required": True, "schema": _TEXT}]
    told = {"200": {"description": "OK"}}
    paths: dict[str, Any] = {"/": {"get": {"responses": told}}}
    for name in sets:
        paths[f"/{name}"] = {"get": {"parameters": ask, "responses": told}}
        paths[f"/{name}('{{key}}')"] = {"get": {"parameters": key + ask, "responses": told}}
        paths[f"/{name}({{key}})"] = {"get": {"parameters": anything + ask, "responses": told}}
        for way in sets:
            paths[f"/{name}('{{key}}')/{way}"] = {"get": {"parameters": key + ask, "responses": told}}
    return {"openapi": "3.0.3", "info": {"title": "SensorThings", "version": "1.1"}, "servers": [{"url": "/api/sensorthings/v1.1"}], "paths": paths}  # fmt: skip


def _only_good(document: dict[str, Any]) -> dict[str, Any]:
    """Handing in alone, at stations that there are and without a made-up key: what is asked well is taken."""
    from qingxi_office.published.queries import current

    path = "/requests.{fmt}"
    document["paths"] = {path: {"post": document["paths"][path]["post"]}}
    stations = list(current("station").values_list("key", flat=True)[:3])
    for form in document["paths"][path]["post"]["requestBody"]["content"].values():
        own = form["schema"]["properties"]
        form["schema"] = {
            **form["schema"], "required": ["service_code", "description", "address_id"],
            "properties": {**{k: v for k, v in own.items() if k not in ("api_key", "lat", "long", "media")}, "address_id": {"type": "string", "enum": stations or ["none"]}},
        }  # fmt: skip
    return document


def documents(stations: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of every interface, by its name."""
    from qingxi_office.opendata import openapi, queries
    from qingxi_office.site.api.vendor import api

    v1 = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    return {
        "v1": v1, "sensorthings": sensorthings_document(stations), "ogc": openapi.ogc_document("/ogc"), "open311": openapi.open311_document("/open311/v2", queries.jurisdiction()), "open311-good": _only_good(openapi.open311_document("/open311/v2", queries.jurisdiction())),
        "open-data": openapi.data_document("/open-data"),
    }  # fmt: skip


def _asking(base: str, app: Any, headers: Mapping[str, str], bad: dict[str, str]) -> Any:
    """A test of one case: puts down what answered with a server error."""

    def ask(case: Any) -> None:
        answer = case.call(base_url="http://testserver" + base, app=app, headers=dict(headers))
        ANSWERED[answer.status_code] += 1
        if answer.status_code >= 500:
            bad[f"{case.method} {case.path}"] = f"{answer.status_code}: {case.as_curl_command()}"

    return ask


def faults(
    document: Mapping[str, Any], app: Any, headers: Mapping[str, str], *, examples: int, seed: int
) -> Iterator[str]:
    """What answered with a server error, one line each; asks every operation ``examples`` times well and as often badly."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded
    from schemathesis import GenerationMode

    schema = schemathesis.openapi.from_dict(dict(document))
    base = (document.get("servers") or [{"url": ""}])[0]["url"]
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            bad: dict[str, str] = {}
            try:
                strategy = operation.as_strategy(generation_mode=mode)
                settings(
                    max_examples=examples, deadline=None, database=None, verbosity=Verbosity.quiet, phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )(seeded(seed)(given(case=strategy)(_asking(base, app, headers, bad))))()  # fmt: skip
            except Exception as error:
                if type(error).__name__ not in ("Unsatisfiable", "SkipTest"):  # nothing can be wrong there
                    yield f"{operation.label} {mode.value}: {type(error).__name__}: {error}"
            yield from bad.values()


def wrong_ways(addresses: Iterable[str], client: Any) -> Iterator[str]:
    """Addresses that answer an unknown method or a body of nonsense with a server error."""
    bodies = ((b"", "application/json"), (b"\xff\x00{", "application/json"), (b"--x", "multipart/form-data; boundary=x"), (b"a=%ff&b=%00", "application/x-www-form-urlencoded"))  # fmt: skip
    for address in addresses:
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"):
            for body, kind in bodies:
                answer = client.generic(method, address, body, content_type=kind)
                if answer.status_code >= 500:
                    yield f"{method} {address} with {body!r} as {kind}: {answer.status_code}"


def main() -> int:
    """0 when nothing was a server error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="an office home; a copy of it is asked")
    parser.add_argument("--examples", type=int, default=100, help="examples an operation and mode")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one interface: v1, sensorthings, ogc, open311, open-data")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = shutil.copytree(args.home, Path(folder) / "office", symlinks=True)
        os.environ["QINGXI_HOME"], os.environ["DJANGO_SETTINGS_MODULE"] = str(home), "qingxi_office.site.settings"
        import django

        django.setup()
        from django.core.wsgi import get_wsgi_application
        from django.test import Client

        from qingxi_office.access.actions import make_token
        from qingxi_office.access.queries import SCOPES
        from qingxi_office.facilities.models import FacilityRecord
        from qingxi_office.opendata import answers
        from qingxi_office.people.models import User

        answers._too_fast = lambda request: 0  # what is looked for is errors, not manners
        officer = User.objects.filter(role="county_officer", is_active=True).order_by("pk").first()
        _row, secret = make_token(officer, "fuzz", list(SCOPES), 1)
        stations = list(FacilityRecord.objects.order_by("key").values_list("key", flat=True)[:3])
        app, wrong, start = get_wsgi_application(), [], time.monotonic()
        for name, document in documents(stations).items():
            if args.only not in ("", name):
                continue
            ANSWERED.clear()
            for who, headers in (("token", {"Authorization": f"Bearer {secret}"}), ("stranger", {})):
                found = list(faults(document, app, headers, examples=args.examples, seed=args.seed))
                print(
                    f"{name} as {who}: {len(found)} server errors in {ANSWERED.total()} answers, {time.monotonic() - start:.0f} s; {dict(ANSWERED.most_common())}",
                    flush=True,
                )
                wrong += found
        client = Client(raise_request_exception=False)
        roots = ("/api/v1/places/", "/api/v1/vendor/readings", "/api/sensorthings/v1.1/Things", "/ogc/", "/ogc/collections", "/open311/v2/requests.json", "/open311/v2/services.xml", "/open-data/stations.csv")  # fmt: skip
        wrong += wrong_ways(roots, client)
    print("\n".join(wrong) or "no server error")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
