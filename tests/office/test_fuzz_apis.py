"""schemathesis asks every interface for sense and nonsense: no answer is a server error.

Few examples and a fixed seed here; ``tools/fuzz_api.py`` asks longer by hand.
"""

import importlib.util
import sys
from pathlib import Path

import pytest
from django.core import signals
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from published_county import publish

from qingxi_office.access.actions import make_token
from qingxi_office.access.queries import SCOPES
from qingxi_office.intake.actions import hand_in
from qingxi_office.opendata import answers
from qingxi_office.readings.actions.vendors import new_token
from qingxi_office.readings.models import VendorCloud

_PATH = Path(__file__).resolve().parents[2] / "tools" / "fuzz_api.py"
_SPEC = importlib.util.spec_from_file_location("fuzz_api", _PATH)
fuzz = importlib.util.module_from_spec(_SPEC)
sys.modules["fuzz_api"] = fuzz
_SPEC.loader.exec_module(fuzz)

pytestmark = pytest.mark.filterwarnings("ignore")
STATIONS = ("QX-001", "QX-002")
NAMES = ("v1", "sensorthings", "ogc", "open311", "open311-good", "open-data")


@pytest.fixture
def county(cast, office, monkeypatch):
    """A published county; the limit of questions is off, and the transaction of the test outlives each request."""
    cache.clear()
    publish(cast, office)
    hand_in("臭", address="10.0.0.1", facility="QX-001", facility_name="红岩村站")
    monkeypatch.setattr(answers, "_too_fast", lambda request: 0)
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield cast
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("who", ["token", "stranger"])
@pytest.mark.parametrize("name", NAMES)
def test_no_interface_answers_with_a_server_error(county, name, who):
    headers = {}
    if who == "token":
        _row, secret = make_token(county.chenjing, "fuzz", list(SCOPES), 1)
        headers = {"Authorization": f"Bearer {secret}"}
    document = fuzz.documents(STATIONS)[name]
    examples = {"sensorthings": 2, "v1": 4, "ogc": 6, "open311": 8, "open311-good": 6, "open-data": 2}[name]
    fuzz.ANSWERED.clear()
    found = list(
        fuzz.faults(document, get_wsgi_application(), headers, examples=examples if who == "token" else 2, seed=7)
    )
    assert found == [], "\n".join(found)
    reached = {"v1": 200, "sensorthings": 200, "ogc": 200, "open311": 200, "open311-good": 201, "open-data": 200}[
        name
    ]
    if who == "token" or name not in ("v1", "sensorthings", "open311"):
        assert fuzz.ANSWERED[reached], f"nothing was answered well: {fuzz.ANSWERED}"


def test_a_vendors_push_answers_nonsense_in_words(county):
    cloud = VendorCloud.objects.create(name="平台")
    secret = new_token(cloud, by=county.chenjing)
    document = fuzz.documents(STATIONS)["v1"]
    document["paths"] = {
        path: ways for path, ways in document["paths"].items() if path.endswith("/vendor/readings")
    }
    items = {"type": "array", "items": {"type": "object", "properties": {"device": {"type": "string"}, "at": {}, "flow": {}, "energy": {}}}}  # fmt: skip
    for ways in document["paths"].values():
        ways["post"]["requestBody"] = {"required": True, "content": {"application/json": {"schema": items}}}
    headers = {"Authorization": f"Bearer {secret}"}
    found = list(fuzz.faults(document, get_wsgi_application(), headers, examples=25, seed=7))
    assert found == [], "\n".join(found)


def test_wrong_methods_and_broken_bodies_are_told(county):
    addresses = ("/api/v1/places/", "/api/v1/vendor/readings", "/api/sensorthings/v1.1/Things", "/ogc/", "/ogc/collections/stations/items", "/open311/v2/requests.json", "/open311/v2/requests.xml", "/open311/v2/services.json", "/open-data/stations.csv", "/open-data/")  # fmt: skip
    found = list(fuzz.wrong_ways(addresses, Client(raise_request_exception=False)))
    assert found == []


def test_a_server_error_is_found(county, monkeypatch):
    from qingxi_office.opendata import sets

    monkeypatch.setattr(sets, "rows", lambda *_: 1 / 0)
    document = fuzz.documents(STATIONS)["ogc"]
    found = list(fuzz.faults(document, get_wsgi_application(), {}, examples=1, seed=7))
    assert any("500" in line for line in found)


@pytest.mark.parametrize(
    "address",
    ["/api/v1/places/?level=%00", "/api/v1/facilities/%00/", "/s/%00/", "/search/?q=%00", "/open311/v2/requests/%00.json", "/ogc/collections/stations/items?name=a%00b"],
)  # fmt: skip
def test_a_nul_is_refused_before_a_database_that_cannot_ask_for_it(county, address):
    client = Client(raise_request_exception=False)
    client.force_login(county.chenjing, backend="qingxi_office.people.backends.OfficeBackend")
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("field", ["description", "address_string", "phone", "device_id", "address_id", "api_key"])
def test_a_nul_in_a_form_of_open311_is_no_server_error(county, field):
    body = {"service_code": "smell", "description": "臭", "address_string": "红岩村", field: "红岩村\x00臭"}
    assert Client(raise_request_exception=False).post("/open311/v2/requests.json", body).status_code in (
        201,
        400,
        403,
    )
