"""A page that cannot have the books says so: 503, when to come again, and that nothing was done."""

import json
import sqlite3

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client
from test_writers import at_once, committed  # noqa: F401 -- the fixture

from qingxi_office.issues.models import IssueRecord
from qingxi_office.site.busy import is_busy

BACKEND = "qingxi_office.people.backends.OfficeBackend"


def held_while(hand):
    """Runs ``hand`` while another connection writes and does not end; returns what it gave."""
    found = []

    def writer():
        with transaction.atomic():
            IssueRecord.objects.filter(key="nobody").delete()
            found.append(hand())

    at_once(writer)
    return found[0]


def test_a_page_that_waits_in_vain_says_when_to_come_again(committed):  # noqa: F811
    page = Client(raise_request_exception=False, headers={"Accept": "text/html"})
    page.force_login(committed.luomei, backend=BACKEND)

    def asked(**more):
        with connection.cursor() as cursor:  # impatient, so that the test is not
            cursor.execute(
                "PRAGMA busy_timeout=100" if connection.vendor == "sqlite" else "SET lock_timeout='100ms'"
            )
        try:
            form = {"title": "管网堵了", "place": "999901100200", "source": "巡查", "klass": "一般"}
            return page.post("/issues/new/", form, **more)
        finally:
            connection.close()

    def beside(**more):
        """Asked in this thread while the writer's has the turn."""
        answers = []

        def hand():
            at_once(lambda: answers.append(asked(**more)))
            return answers[0]

        return held_while(hand)

    answer = beside()
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "刚才这一步没有做成" in answer.content.decode()
    program = beside(headers={"Accept": "application/json"})
    assert (program.status_code, json.loads(program.content)["status"]) == (503, 503)
    assert not IssueRecord.objects.filter(title="管网堵了").exists()
    assert asked().status_code == 302  # the turn is free again
    assert IssueRecord.objects.filter(title="管网堵了").exists()


def raised(cause, kind=OperationalError):
    """As Django raises it: its own error from the driver's."""
    try:
        raise kind(str(cause)) from cause
    except (OperationalError, InterfaceError) as error:
        return error


def of_sqlite(name):
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = name
    return raised(error)


@pytest.mark.parametrize(
    ("error", "busy"),
    [
        (of_sqlite("SQLITE_BUSY"), True),
        (of_sqlite("SQLITE_BUSY_SNAPSHOT"), True),
        (of_sqlite("SQLITE_FULL"), False),  # waiting does not empty a disk
        (of_sqlite("SQLITE_ERROR"), False),  # no such table
        (raised(psycopg.errors.LockNotAvailable("x")), True),
        (raised(psycopg.errors.DeadlockDetected("x")), True),
        (raised(psycopg.errors.AdminShutdown("x")), True),
        (raised(psycopg.errors.DiskFull("x")), False),
        (raised(psycopg.OperationalError("connection refused")), True),
        (raised(psycopg.InterfaceError("the connection is closed"), InterfaceError), True),
        (ValueError("x"), False),
        (None, False),
    ],
)
def test_what_can_be_tried_again_and_what_is_broken(error, busy):
    assert is_busy(error) is busy


def test_what_is_broken_is_still_500(cast, monkeypatch):
    from qingxi_office.site.pages import home

    def fails(*_args, **_more):
        raise ValueError

    page = Client(raise_request_exception=False, headers={"Accept": "text/html"})
    page.force_login(cast.luomei, backend=BACKEND)
    monkeypatch.setattr(home, "render", fails)
    answer = page.get("/")
    assert answer.status_code == 500
    assert "出错了" in answer.content.decode()
