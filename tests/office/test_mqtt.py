"""Vendors' MQTT: kept before it is acknowledged, twice is once, what nobody mapped is held; against a real broker where there is one."""

import ipaddress
import json
import shutil
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import DatabaseError, OperationalError
from django.test import Client

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings import mqtt
from qingxi_office.readings.actions import mqtt as actions
from qingxi_office.readings.actions import vendors
from qingxi_office.readings.models import DailyRow, VendorCloud, VendorHeld, VendorSamples
from qingxi_office.trail.actions import Office

BY = Office("厂家 MQTT")
DAY = "2026-11-19"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def station(key="QX-001"):
    return FacilityRecord.objects.select_related("place").get(key=key)


def platform(cast, **more):
    values = {
        "name": "水云",
        "use": "管理",
        "mqtt_host": "127.0.0.1",
        "mqtt_port": 1,
        "mqtt_topic": "up/+/data",
        "mqtt_tls": False,
    }
    row = vendors.keep_cloud(None, values | more, by=cast.chenjing)
    vendors.keep_point(
        row, station(), {"number": "A-17", "field": "q", "quantity": "flow", "factor": 24.0}, by=cast.chenjing
    )
    return row


def said(minute, value=1.5, **more):
    return json.dumps(
        {"device": "A-17", "at": f"{DAY}T{minute // 60:02d}:{minute % 60:02d}:00+08:00", "q": value, **more}
    ).encode()


pytestmark = pytest.mark.django_db


def test_messages_go_by_the_same_mapping_and_twice_is_once(cast):
    row = platform(cast)
    day = [("up/x/data", said(m)) for m in range(0, 24 * 60, 15)]
    _read, counts = actions.take_in_messages(row, day, by=BY)
    assert (counts.new, counts.days) == (96, 1)
    kept = DailyRow.objects.get()
    assert (kept.value, kept.use, kept.source) == (36.0, "管理", "vendor")  # 1.5 m3/h
    _read, counts = actions.take_in_messages(row, day, by=BY)
    assert (counts.new, counts.changed, counts.same) == (0, 0, 96)


def test_the_device_may_stand_in_the_topic_and_rows_in_an_envelope(cast):
    row = platform(cast, mqtt_device_level=2, rows_path="data.list", at_path="ts")
    body = {"data": {"list": [{"ts": f"{DAY} 08:00:00", "q": 1}, {"ts": f"{DAY} 09:00:00", "q": 2}]}}
    _read, counts = actions.take_in_messages(row, [("up/A-17/data", json.dumps(body).encode())], by=BY)
    assert counts.new == 2
    assert VendorSamples.objects.get().values == {"08:00:00": 24.0, "09:00:00": 48.0}


def test_what_nobody_mapped_and_what_nobody_can_read_is_held_and_comes_in_later(cast):
    row = platform(cast)
    other = json.dumps({"device": "B-2", "at": f"{DAY}T08:00:00+08:00", "kw": 0.5, "v": 2}).encode()
    bad = [b"\xff\xfe", b"{", b"[1]", b'"x"', b'{"device": "\\ud800\\u0000", "at": 1}', b"[" * 200_000]
    read, counts = actions.take_in_messages(row, [("up/x/data", m) for m in (other, other, *bad)], by=BY)
    assert counts.new == 0
    assert {f.code for f in read.faults} == {"device-held", "payload-unread"}
    assert VendorHeld.objects.filter(number="B-2").count() == 1
    assert VendorHeld.objects.filter(number="").count() == len(bad)
    page = browser(cast.chenjing).get(f"/vendors/clouds/{row.pk}/").content.decode()
    assert "B-2" in page
    vendors.keep_point(
        row,
        station("QX-002"),
        {"number": "B-2", "field": "kw", "quantity": "energy", "factor": 24.0},
        by=cast.chenjing,
    )
    assert VendorSamples.objects.get(quantity="energy").values == {"08:00:00": 12.0}
    # Another field of it, mapped a day later, comes in as well.
    vendors.keep_point(
        row, station("QX-002"), {"number": "B-2", "field": "v", "quantity": "flow"}, by=cast.chenjing
    )
    assert VendorSamples.objects.get(quantity="flow").values == {"08:00:00": 2.0}


def test_held_things_have_an_end(cast, monkeypatch):
    row = platform(cast)
    monkeypatch.setattr(actions, "MOST_HELD", 5)
    for n in range(9):
        actions.take_in_messages(row, [("t", json.dumps({"device": f"N{n}", "q": n}).encode())], by=BY)
    assert list(VendorHeld.objects.order_by("pk").values_list("number", flat=True)) == [
        "N4",
        "N5",
        "N6",
        "N7",
        "N8",
    ]


def test_whatever_the_books_say_somebody_goes_on_taking_in(cast, monkeypatch):
    told, steps = [], []
    line = mqtt.Line(platform(cast), BY, told.append)

    def step():
        steps.append(len(steps))
        if len(steps) < 3:
            raise DatabaseError("cannot execute INSERT in a read-only transaction")
        line._stop.set()

    monkeypatch.setattr(line, "step", step)
    monkeypatch.setattr(mqtt, "_LONGEST_PAUSE_S", 0.01)
    line._work()
    assert steps == [0, 1, 2]
    assert len(told) == 2
    assert "没有应答对方" in told[0]


def test_settings_are_checked(cast):
    row = platform(cast)
    for wrong in (
        {"mqtt_port": 0},
        {"mqtt_topic": "a/#/b"},
        {"mqtt_topic": "a+/b"},
        {"mqtt_ca": "no certificate"},
        {"mqtt_host": "a b"},
    ):
        with pytest.raises(ValueError, match="MQTT"):
            vendors.keep_cloud(row, wrong, by=cast.chenjing)


# Against a real broker


BROKER = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if shutil.which("/usr/sbin/mosquitto") else None)


def started(tmp_path, *more: str):
    """Mosquitto with a user, a session that it keeps, and files of its own; gives the process and its port."""
    if BROKER is None:
        pytest.skip("no mosquitto on this machine")
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        pytest.skip("no mosquitto_passwd on this machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words, setup = tmp_path / "passwd", tmp_path / "m.conf"
    words.touch(mode=0o600)
    subprocess.run([tool, "-b", str(words), "county", "geheim"], check=True, capture_output=True)
    lines = [
        f"listener {port} 127.0.0.1", "allow_anonymous false", f"password_file {words}", "max_queued_messages 0",
        "user root", *more,
    ]  # fmt: skip
    setup.write_text("\n".join(lines) + "\n")
    server = subprocess.Popen([BROKER, "-c", str(setup)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    return server, port


@pytest.fixture
def broker(tmp_path):
    """A broker without encryption."""
    server, port = started(tmp_path)
    yield port
    server.terminate()
    server.wait(10)


def issued(folder, name, ca=None, *, altnames=()):
    """A certificate and key in PEM files: of an authority where ``ca`` is None, else of a server that ``ca`` signed."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (subject, key) if ca is None else ca
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca is None, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
    )
    if ca is None:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "encipher_only", "decipher_only"), False
        )  # fmt: skip
        made = made.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), True)
    else:
        made = made.add_extension(x509.SubjectAlternativeName(list(altnames)), False)
    text = made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / f"{name}.pem").write_bytes(text)
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return (subject, key), text.decode()


@pytest.fixture
def secret_broker(tmp_path):
    """A broker that speaks TLS alone, with a certificate of an authority that nobody else knows; port and that authority."""
    ca, pem = issued(tmp_path, "authority")
    issued(tmp_path, "server", ca, altnames=[x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server, port = started(
        tmp_path, f"certfile {tmp_path / 'server.pem'}", f"keyfile {tmp_path / 'server.key'}", "tls_version tlsv1.2"
    )
    yield port, pem
    server.terminate()
    server.wait(10)


def publisher(port, ca=""):
    from paho.mqtt.client import Client as Mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    client = Mqtt(CallbackAPIVersion.VERSION2, client_id="vendor")
    client.username_pw_set("county", "geheim")
    if ca:
        client.tls_set_context(ssl.create_default_context(cadata=ca))
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def send(client, bodies):
    for info in [client.publish("up/x/data", body, qos=1) for body in bodies]:
        info.wait_for_publish(20)


class Ear:
    """A line to the broker whose work is done by the test's own thread, within its transaction."""

    def __init__(self, row):
        self.told = []
        self.line = mqtt.Line(VendorCloud.objects.get(pk=row.pk), BY, self.told.append)

    def __enter__(self):
        self.line.connect()
        return self

    def __exit__(self, *_):
        self.line.close()

    def until(self, held, seconds=30):
        end = time.monotonic() + seconds
        while not held():
            assert time.monotonic() < end, self.told
            self.line.step()


def values():
    row = VendorSamples.objects.filter(quantity="flow").first()
    return {} if row is None else row.values


def test_nothing_is_acknowledged_that_is_not_kept(cast, broker, monkeypatch):
    row = platform(cast, mqtt_port=broker, mqtt_user="county", mqtt_secret="geheim")
    with monkeypatch.context() as full:

        def take(*_args, **_more):
            raise OperationalError("the disk is full")

        full.setattr(mqtt, "take_in_messages", take)
        with Ear(row) as ear:
            ear.until(lambda: any("连上了" in t for t in ear.told))
            vendor = publisher(broker)
            send(vendor, [said(0), said(15)])
            ear.until(lambda: any("写不进去" in t for t in ear.told))
            assert values() == {}
    # It went away without having kept or acknowledged them; meanwhile more was sent.
    send(vendor, [said(30), said(45), b"no json"])
    with Ear(row) as ear:
        ear.until(lambda: len(values()) == 4)
        ear.until(lambda: VendorHeld.objects.filter(number="").exists())
        send(vendor, [said(0), said(60)])  # one of them again
        ear.until(lambda: len(values()) == 5)
    with Ear(row) as ear:  # what was acknowledged does not come again
        ear.until(lambda: any("连上了" in t for t in ear.told))
        assert [ear.line.step() for _ in range(2)] == [0, 0]
    vendor.disconnect()
    vendor.loop_stop()
    row.refresh_from_db()
    assert row.last_way == "mqtt"
    assert row.failing_since is None


def test_one_message_that_upsets_the_books_holds_up_no_other(cast, broker, monkeypatch):
    row = platform(cast, mqtt_port=broker, mqtt_user="county", mqtt_secret="geheim")
    real = actions.take_in_messages

    def take(cloud, messages, *, by):
        if any(b"poison" in payload for _topic, payload in messages):
            raise RuntimeError("what is that")
        return real(cloud, messages, by=by)

    monkeypatch.setattr(mqtt, "take_in_messages", take)
    with Ear(row) as ear:
        ear.until(lambda: any("连上了" in t for t in ear.told))
        vendor = publisher(broker)
        send(vendor, [said(0), b"poison", said(15)])
        ear.until(lambda: len(values()) == 2 and VendorHeld.objects.filter(number="").exists())
        vendor.disconnect()
        vendor.loop_stop()


def test_a_wrong_password_is_told_with_the_platform(cast, broker):
    row = platform(cast, mqtt_port=broker, mqtt_user="county", mqtt_secret="falsch")
    with Ear(row) as ear:
        ear.until(lambda: VendorCloud.objects.get(pk=row.pk).failing_since is not None)
    told = VendorCloud.objects.get(pk=row.pk)
    assert "MQTT" in told.last_said
    assert "falsch" not in told.last_said + "".join(ear.told)
    page = browser(cast.chenjing).get(f"/vendors/clouds/{row.pk}/").content.decode()
    assert "falsch" not in page
    before = mqtt.settings_of(told)
    vendors.keep_cloud(told, {"mqtt_secret": "geheim"}, by=cast.chenjing)
    assert mqtt.settings_of(VendorCloud.objects.get(pk=row.pk)) != before, "the process opens the line anew"
    with Ear(row) as ear:
        ear.until(lambda: VendorCloud.objects.get(pk=row.pk).failing_since is None)


def test_a_broker_of_an_own_authority_is_believed_by_that_authority_alone(cast, secret_broker, tmp_path):
    port, authority = secret_broker
    _, stranger = issued(tmp_path, "stranger")
    row = platform(cast, mqtt_port=port, mqtt_user="county", mqtt_secret="geheim", mqtt_tls=True, mqtt_ca=stranger)
    with Ear(
        row
    ) as ear:  # another's authority: no word is said to it, and the page tells that it cannot be reached
        ear.until(lambda: VendorCloud.objects.get(pk=row.pk).failing_since is not None)
        assert not any("连上了" in told for told in ear.told)
    for wrong in ({"mqtt_ca": ""}, {"mqtt_tls": False}):  # those the machine knows; and no encryption at all
        vendors.keep_cloud(VendorCloud.objects.get(pk=row.pk), wrong, by=cast.chenjing)
        with Ear(row) as ear:
            ear.until(lambda ear=ear: ear.line.why)
            assert not any("连上了" in told for told in ear.told)
    right = {"mqtt_tls": True, "mqtt_ca": authority}
    vendors.keep_cloud(VendorCloud.objects.get(pk=row.pk), right, by=cast.chenjing)
    with Ear(row) as ear:
        ear.until(lambda: any("连上了" in told for told in ear.told))
        vendor = publisher(port, authority)
        send(vendor, [said(0), said(15)])
        ear.until(lambda: len(values()) == 2)
        vendor.disconnect()
        vendor.loop_stop()
    told = VendorCloud.objects.get(pk=row.pk)
    assert told.failing_since is None
    # The right authority and the wrong name: a certificate of 127.0.0.1 is not localhost's.
    vendors.keep_cloud(told, {"mqtt_host": "localhost"}, by=cast.chenjing)
    with Ear(row) as ear:
        ear.until(lambda: VendorCloud.objects.get(pk=row.pk).failing_since is not None)
