"""The doctor finds what was made sick on purpose, says what to do, and the page shows it to who keeps the office."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from qingxi_office.site.keeping import doctor
from qingxi_office.site.keeping.doctor import State
from qingxi_office.site.keeping.manifest import Manifest
from qingxi_office.trail import clock


@pytest.fixture
def home(tmp_path, settings, cast):
    """A healthy home around the test's books."""
    settings.HOME = tmp_path
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    settings.QINGXI_DEMO = False
    settings.QINGXI_PRACTICE_DAY = None
    (tmp_path / "media").mkdir()
    (tmp_path / "secret.key").write_text("k" * 64)
    (tmp_path / "secret.key").chmod(0o600)
    (tmp_path / "office.json").write_text("{}")
    return tmp_path


def state_of(key, deep=False):
    found = {one.key: one for one in doctor.examine(deep=deep)}
    one = found.get(key)
    assert one is None or one.state is State.OK or one.remedy, f"{key} says what is wrong and not what to do"
    return one.state if one else None


def left_manifest(home, hours, **values):
    (home / "backups").mkdir(exist_ok=True)
    taken = (clock.real_now() - timedelta(hours=hours)).isoformat()
    said = Manifest(taken_at=taken, office="县", versions={}, engine="sqlite", **values)
    (home / "backups" / "qingxi-1.manifest.json").write_text(said.text())


def test_a_healthy_office_has_nothing_wrong(home):
    left_manifest(home, 3)
    wrong = [one for one in doctor.examine(deep=True) if one.state is State.WRONG]
    assert wrong == []


def test_the_secret_key_is_for_its_owner_only(home):
    assert state_of("secret_key") is State.OK
    (home / "secret.key").chmod(0o644)
    assert state_of("secret_key") is State.WRONG
    (home / "secret.key").unlink()
    assert state_of("secret_key") is State.WRONG


def test_a_password_in_an_open_file(home):
    path = home / "office.json"
    for name in ("database", "store"):
        path.write_text(json.dumps({name: "postgresql://u:geheim@h/x"}))
        path.chmod(0o644)
        assert state_of("password") is State.WRONG
        path.chmod(0o600)
        assert state_of("password") is None


def test_backups_grow_old(home):
    """26 hours and a week, as the table says."""
    assert state_of("backup") is State.WRONG
    for hours, how in ((25, State.OK), (27, State.SUSPICIOUS), (169, State.WRONG)):
        left_manifest(home, hours)
        assert state_of("backup") is how


def test_debug_hosts_and_tls(home, settings):
    assert state_of("debug") is State.OK
    settings.DEBUG = True
    assert state_of("debug") is State.WRONG
    settings.ALLOWED_HOSTS = ["*"]
    assert state_of("hosts") is State.WRONG
    settings.ALLOWED_HOSTS, settings.BEHIND_TLS = ["office.county.example"], False
    assert state_of("tls") is State.WRONG
    settings.BEHIND_TLS = True
    assert state_of("tls") is State.OK


@pytest.mark.parametrize(("days", "how"), [(90, State.OK), (12, State.SUSPICIOUS), (-1, State.WRONG)])
def test_the_certificate_runs_out(home, settings, monkeypatch, days, how):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    settings.BEHIND_TLS = True
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=100)).not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = home / "office.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("QINGXI_CERTIFICATE", str(path))
    assert state_of("certificate") is how


def test_a_clock_that_is_behind_its_own_files(home):
    assert state_of("clock") is not State.WRONG
    (home / "newer").write_text("")
    ahead = clock.real_now().timestamp() + 3600
    os.utime(home / "newer", (ahead, ahead))
    assert state_of("clock") is State.WRONG


def test_the_zone_is_beijings(home, settings):
    assert state_of("zone") is State.OK
    settings.TIME_ZONE = "UTC"
    assert state_of("zone") is State.WRONG


def test_a_disk_that_is_nearly_full(home, monkeypatch):
    import shutil
    from collections import namedtuple

    use = namedtuple("use", "total used free")
    for free, how in ((0.5e9, State.WRONG), (3e9, State.SUSPICIOUS), (80e9, State.OK)):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: use(100e9, 100e9 - free, free))
        assert state_of("disk") is how


def test_files_without_rows_and_rows_without_files(home, settings):
    from django.core.files.base import ContentFile

    from qingxi_office.intake.models import PublicReport

    settings.MEDIA_ROOT = home / "media"
    report = PublicReport.objects.create(code="7K492MXX", text="臭", received_at=clock.now())
    report.photo.save("a.jpg", ContentFile(b"x"))
    assert state_of("files") is State.OK
    stray = home / "media" / "reports" / "stray.jpg"
    stray.write_bytes(b"y")
    assert state_of("orphans") is None  # it may be on its way in
    old = clock.real_now().timestamp() - 25 * 3600
    os.utime(stray, (old, old))
    assert state_of("orphans") is State.SUSPICIOUS
    (home / "media" / report.photo.name).unlink()
    assert state_of("files") is State.WRONG


def test_a_store_that_is_no_database(home):
    assert state_of("store") is State.OK  # there is none yet
    (home / "store.sqlite3").write_bytes(b"no database" * 100)
    assert state_of("store") is State.WRONG


def test_a_trail_that_does_not_know_a_backups_head(home):
    left_manifest(home, 1, trail={"count": 1, "head": "a" * 64})
    assert state_of("trail", deep=True) is State.WRONG


def test_a_migration_not_done(home):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'trail'")
    assert state_of("migrations") is State.WRONG


def test_a_check_that_breaks_does_not_stop_the_others(home, monkeypatch):
    from qingxi_office.site.keeping import checks_machine

    def broken(deep):
        raise RuntimeError("aus")

    monkeypatch.setattr(checks_machine, "CHECKS", (broken,))
    found = {one.key: one for one in doctor.examine()}
    assert found["broken"].state is State.WRONG
    assert "books" in found


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def test_the_page_is_for_who_keeps_the_office(home, cast, settings, django_assert_max_num_queries):
    settings.QINGXI_DEMO = True  # the cast signs in nowhere else
    left_manifest(home, 3)
    doctor.record(doctor.examine(deep=True))
    client = browser(cast.chenjing)
    client.get("/office/doctor/")
    with django_assert_max_num_queries(60):
        page = client.get("/office/doctor/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "留痕链" in text  # as the night found it
    assert "怎么办" in text
    for person in (cast.luomei, cast.zhaoyong):
        assert browser(person).get("/office/doctor/").status_code == 404
    assert "体检" in client.get("/office/").content.decode()


def test_the_page_in_english_has_no_chinese_words(home, cast, settings):
    settings.QINGXI_DEMO = True
    doctor.record(doctor.examine(deep=True))
    client = browser(cast.chenjing)
    client.cookies["django_language"] = "en"
    (home / "secret.key").chmod(0o644)
    text = client.get("/office/doctor/").content.decode()
    tables = text[text.index("<tbody>") : text.rindex("</tbody>")]
    assert "Chain of the trail" in tables
    assert not any("\u4e00" <= c <= "\u9fff" for c in tables), tables


def test_what_reads_the_whole_office_is_told_with_its_time_for_ten_minutes_and_looked_at_again_when_ill(
    home, monkeypatch
):
    from datetime import timedelta

    from qingxi_office.trail import clock

    now, looks = clock.real_now(), []
    monkeypatch.setattr(doctor, "_held", {})
    monkeypatch.setattr(clock, "real_now", lambda: now + timedelta(minutes=len(looks) and minutes))

    def books(deep):
        looks.append(deep)
        yield doctor.Found("books", "账本", states[0], "看了")

    monkeypatch.setattr(doctor, "_checks", lambda: (books,))
    states, minutes = [State.OK], 9
    first = doctor.examine(held=True)
    assert doctor.examine(held=True) == first
    assert first[0].seen_at == now
    assert looks == [False]
    minutes = 11  # too long ago
    states[0] = State.WRONG
    assert doctor.examine(held=True)[0].state is State.WRONG
    assert len(looks) == 2
    doctor.examine(held=True)  # what is wrong is looked at every time
    assert len(looks) == 3
    doctor.examine()  # and so is everything where nothing is to be held
    assert len(looks) == 4


def test_a_cluster_that_cannot_be_asked_is_named_with_what_to_do(home, settings, monkeypatch):
    """QINGXI_ENGINE names a Spark master: PySpark, Java and the master are each looked for."""
    import socket

    from qingxi.store import spark

    assert state_of("engine") is None  # DuckDB in this process needs nothing
    for address in ("mysql://x", "spark://127.0.0.1:1"):
        settings.QINGXI_ENGINE = address
        assert state_of("engine") is State.WRONG
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: None)
    assert spark.lacking("spark://127.0.0.1:1") == "pyspark"
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(spark.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert spark.lacking("spark://127.0.0.1:1") == "java"
    monkeypatch.setattr(spark.shutil, "which", lambda name: "/usr/bin/java")
    assert spark.lacking("spark://127.0.0.1:1") == "master"
    with socket.create_server(("127.0.0.1", 0)) as master:
        settings.QINGXI_ENGINE = (
            f"spark://away.invalid:1,127.0.0.1:{master.getsockname()[1]}"  # two masters, one up
        )
        assert state_of("engine") is State.OK
