"""Who is told of what, how it goes out, and that nothing personal does: against real servers on the loopback."""

import asyncio
import datetime as dt
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from qingxi.issue import Step
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues import actions as issues
from qingxi_office.issues.models import IssueRecord
from qingxi_office.jobs import actions as jobs
from qingxi_office.notices import actions, queries
from qingxi_office.notices.actions.outgoing import is_quiet
from qingxi_office.notices.kinds import KINDS
from qingxi_office.notices.models import Channel, Delivery, Notice
from qingxi_office.notices.senders import NotSent, dingtalk_sign, filled, send_sms
from qingxi_office.trail import clock

DAY = dt.date(2026, 11, 20)


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


class Robot(ThreadingHTTPServer):
    """A group robot or gateway: keeps what it was sent, answers what it is told to."""

    def __init__(self):
        self.got, self.status, self.says = [], 200, {"errcode": 0}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.got.append((self.path, dict(self.headers), body.decode()))
                self.send_response(server.status)
                self.end_headers()
                self.wfile.write(json.dumps(server.says).encode())

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def robot():
    server = Robot()
    yield server
    server.shutdown()
    server.server_close()


class Post:
    """The smallest SMTP server: takes one message a connection and keeps it."""

    def __init__(self):
        self.got, self.loop = [], asyncio.new_event_loop()
        started = threading.Event()

        async def serve():
            server = await asyncio.start_server(self._one, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            started.set()

        self.loop.create_task(serve())
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        started.wait(5)

    async def _one(self, reader, writer):
        def say(line):
            writer.write(line.encode() + b"\r\n")

        to, say_ok = [], "250 ok"
        say("220 post")
        while line := (await reader.readline()).decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                to.append(line.split(":", 1)[1].strip())
                say(say_ok)
            elif verb == "DATA":
                say("354 go on")
                text = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.got.append((to, text))
                say(say_ok)
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say(say_ok)
        writer.close()


@pytest.fixture
def post():
    server = Post()
    yield server
    server.loop.call_soon_threadsafe(server.loop.stop)


def an_issue(cast):
    return IssueRecord(
        title="管网破损污水外溢", klass="一般", place=cast.places["999901100200"], facility=FacilityRecord.objects.get(key="QX-001"),
        rectifier=cast.units["清源运维公司"], lead=cast.units["溪口镇人民政府"], verifier=cast.units["天河坝县生态环境局"],
        closer=cast.units["县治污办"], found_on=DAY, assigned_on=DAY, because=["facility:QX-001"],
    )  # fmt: skip


def told(person):
    return [(n.kind, n.title) for n in queries.mine(person)]


def test_who_has_to_mend_learns_of_it_once_and_of_its_return(cast):
    row = issues._open(an_issue(cast), by=cast.chenjing)
    assert told(cast.zhaoyong) == [("issue_assigned", f"{row.key} 管网破损污水外溢")]
    assert told(cast.luomei) == []
    assert told(cast.hezhi) == []
    issues.take(row, Step.RECEIVE, by=cast.zhaoyong)
    row.refresh_from_db()
    issues.take(
        row, Step.RETURN, by=cast.zhaoyong, note="不是我们的管", evidence=[issues.Piece("退回理由", "不是我们的管")]
    )
    assert [k for k, _ in told(cast.zhouwei)] == ["issue_returned"]
    assert [k for k, _ in told(cast.luomei)] == ["issue_returned"]
    assert queries.mine(cast.luomei).get().text == "不是我们的管"


def test_the_same_event_is_told_once_however_often(cast):
    for _ in range(3):
        actions.tell([cast.chenjing.pk, None], "job_done", "编制规划", once="job/1/ended")
    assert Notice.objects.count() == 1
    with pytest.raises(KeyError):
        actions.tell([cast.chenjing.pk], "no_such_kind", "x", once="x")


def test_a_job_tells_who_asked(cast):
    jobs.finish(jobs.ask("plan", "编制规划", {}, by=cast.chenjing), {}, failed=True)
    assert told(cast.chenjing) == [("job_failed", "编制规划")]
    jobs.finish(jobs.ask("try", "试算", {}, by=cast.chenjing), {})
    assert len(told(cast.chenjing)) == 1


def test_a_digest_goes_by_mail_and_says_no_more_than_how_many(cast, post, settings):
    settings.QINGXI_URL = "https://qingxi.example"
    actions.keep_channel(
        "email",
        "邮件",
        {"host": "127.0.0.1", "port": post.port, "tls": "none", "sender": "office@example.cn"},
        "",
        by=cast.chenjing,
    )
    actions.keep_mailbox(cast.zhaoyong.pk, email="zy@example.cn")
    for n in range(2):
        actions.tell([cast.zhaoyong.pk], "issue_assigned", "赵勇 13900001111 红岩村", once=f"a{n}")
    actions.tell([cast.zhaoyong.pk], "job_failed", "导入张三家", once="b")
    assert actions.gather() == 1  # three notices, one message
    assert actions.send_due() == (1, [])
    ((to, text),) = post.got
    assert to == ["<zy@example.cn>"]
    import email
    from email import policy

    said = email.message_from_string(text, policy=policy.default)
    body = said.get_content()
    assert "3 待办：新交办的问题 2、没做完的任务 1。https://qingxi.example/notices/" in body
    for secret in ("赵勇", "139", "红岩", "张三"):
        assert secret not in text + body + str(said["subject"])
    actions.tell([cast.zhaoyong.pk], "job_failed", "x", once="c")
    assert actions.gather() == 0  # within half an hour of the last
    assert actions.gather(clock.real_now() + dt.timedelta(minutes=31)) == 1


def test_what_is_read_in_the_office_is_not_sent(cast, robot):
    actions.keep_channel("wecom", "群", {}, robot.url + "/hook?key=k", by=cast.chenjing)
    actions.tell([cast.zhaoyong.pk], "issue_assigned", "x", once="a")
    actions.mark_read(cast.zhaoyong.pk)
    assert actions.gather() == 0


def test_the_robots_get_their_own_formats_and_ding_is_signed(cast, robot):
    actions.keep_channel("wecom", "企微群", {}, robot.url + "/wecom?key=k", by=cast.chenjing)
    actions.keep_channel(
        "dingtalk", "钉钉群", {}, robot.url + "/robot/send?access_token=t SECabc", by=cast.chenjing
    )
    assert "SECabc" not in "".join(Channel.objects.values_list("secret", flat=True))
    actions.tell([cast.zhaoyong.pk, cast.luomei.pk], "issue_assigned", "x", once="one event, two people")
    assert actions.gather() == 2
    assert actions.send_due()[0] == 2
    paths = sorted(path for path, _, _ in robot.got)
    assert paths[1] == "/wecom?key=k"
    stamp = dict(part.split("=", 1) for part in paths[0].split("?")[1].split("&"))
    from urllib.parse import unquote

    assert unquote(stamp["sign"]) == dingtalk_sign("SECabc", int(stamp["timestamp"]))
    for _, _, body in robot.got:
        told = json.loads(body)
        assert told["msgtype"] == "text"
        assert "1 待办：新交办的问题 1" in told["text"]["content"]


def test_dingtalk_signature_by_hand():
    # echo -ne '1600000000000\nSECabc' | openssl dgst -sha256 -hmac SECabc -binary | base64
    assert dingtalk_sign("SECabc", 1600000000000) == "ABcUcMOwyGGKmiNbHqEbhvKpuIGkMXqT1gAGfAAmnk8="


def test_failures_are_tried_again_then_given_up_where_it_is_seen(cast, robot):
    robot.says = {"errcode": 93000, "errmsg": "invalid webhook url"}
    actions.keep_channel("wecom", "群", {}, robot.url + "/hook", by=cast.chenjing)
    actions.tell([cast.zhaoyong.pk], "issue_assigned", "x", once="a")
    actions.gather()
    now = clock.real_now()
    waits = []
    for _ in range(6):  # the first try and five more, after 1, 5, 30, 120, 720 minutes
        _, given_up = actions.send_due(now)
        row = Delivery.objects.get()
        waits.append(round((row.next_at - now).total_seconds() / 60))
        assert actions.send_due(now) == (0, [])  # not before its time
        now = row.next_at
    assert waits[:5] == [1, 5, 30, 120, 720]
    assert row.state == "failed"
    assert given_up == [row]
    assert "invalid webhook url" in row.error
    page = browser(cast.chenjing).get("/notices/channels/").content.decode()
    assert "1 条消息没有发出去" in page
    assert "invalid webhook url" in page
    robot.says = {"errcode": 0}
    assert browser(cast.chenjing).post(f"/notices/deliveries/{row.pk}/again/").status_code == 302
    assert actions.send_due()[0] == 1


def test_two_workers_send_a_message_once(cast, robot):
    actions.keep_channel("wecom", "群", {}, robot.url + "/hook", by=cast.chenjing)
    actions.tell([cast.zhaoyong.pk], "issue_assigned", "x", once="a")
    actions.gather()
    taken = Delivery.objects.get()
    Delivery.objects.update(next_at=clock.real_now() + dt.timedelta(minutes=2))  # another worker has just taken it
    assert actions.send_due() == (0, [])
    assert taken.tries == 0
    assert robot.got == []


def test_a_gateway_gets_its_template_and_must_say_good(robot):
    setting = {
        "url": robot.url + "/sms",
        "headers": {"Content-Type": "application/json"},
        "body": '{"to":"{mobile}","t":"{text}","k":"{secret}"}',
        "good": '"code": 0',
    }
    with pytest.raises(NotSent, match="成功标志"):
        send_sms(setting, "k1", "13900000000", "清溪", 'a"b')
    robot.says = {"code": 0}
    send_sms(setting, "k1", "13900000000", "清溪", 'a"b')
    assert json.loads(robot.got[-1][2]) == {"to": "13900000000", "t": '清溪：a"b', "k": "k1"}
    assert filled("{a}{b}", {"a": "1"}, as_json=False) == "1{b}"


def test_a_gateway_that_sends_us_elsewhere_is_not_followed(cast, robot):
    robot.status = 302
    row = actions.keep_channel("wecom", "群", {}, robot.url + "/hook", by=cast.chenjing)
    assert "302" in actions.try_channel(row, "")


def test_quiet_hours_go_over_midnight():
    night = (dt.time(20), dt.time(7, 30))
    assert [is_quiet(dt.time(h), *night) for h in (19, 20, 23, 0, 7, 8)] == [False, True, True, True, True, False]
    assert not is_quiet(dt.time(3), None, dt.time(7))


def test_own_choice_of_ways(cast):
    actions.choose(cast.zhaoyong.pk, {"job_done": [], "job_failed": ["email"], "nonsense": ["email"]})
    for kind in ("job_done", "job_failed", "issue_assigned"):
        actions.tell([cast.zhaoyong.pk], kind, kind, once=kind)
    assert [k for k, _ in told(cast.zhaoyong)] == ["issue_assigned"]
    assert list(Notice.objects.filter(shown=False).values_list("kind", flat=True)) == ["job_failed"]


def test_the_pages(cast, django_assert_num_queries):
    for n in range(30):
        actions.tell([cast.luomei.pk], "issue_assigned", f"问题 {n}", once=f"n{n}", href="/issues/")
    me, other = browser(cast.luomei), browser(cast.hezhi)
    page = me.get("/notices/").content.decode()
    assert "30 条没有看，其中待办 30 条" in page
    assert "问题 29" in page
    pk = Notice.objects.first().pk
    assert other.get(f"/notices/{pk}/").status_code == 404
    assert me.get(f"/notices/{pk}/").url == "/issues/"
    assert queries.unread(cast.luomei) == 29
    me.post("/notices/read/", {"all": "1"})
    assert queries.unread(cast.luomei) == 0
    assert "没有未看的通知" in me.get("/notices/").content.decode()
    assert me.get("/notices/channels/").status_code == 404
    assert me.get("/notices/rounds/").status_code == 404
    assert me.get("/notices/choices/").status_code == 200
    wrong = me.post("/notices/choices/", {"email": "not an address"})
    assert "没有存" in wrong.content.decode()
    right = me.post(
        "/notices/choices/",
        {"email": "a@b.cn", "quiet_from": "20:00", "quiet_to": "07:30", "way:issue_assigned": ["office"]},
    )
    assert right.status_code == 302
    assert queries.mailbox(cast.luomei).email == "a@b.cn"
    assert queries.ways_of([cast.luomei.pk], ["issue_assigned", "job_done"]) == {
        (cast.luomei.pk, "issue_assigned"): {"office"}, (cast.luomei.pk, "job_done"): set(),
    }  # fmt: skip
    for kind in KINDS:
        assert KINDS[kind].outside
