"""Are all packets of a split message there, and does a device keep to its checksum (hj212)?"""

import random
from datetime import datetime, timedelta

from qingxi.receiver.batch import Item, settle
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, Message, Oddity, upload
from qingxi.wire.hj212.habit import CrcHabits, profile_of
from qingxi.wire.hj212.odd import odd_frame
from qingxi.wire.hj212.plain import PLAIN, Plain, Shapes
from qingxi.wire.hj212.split import SplitWatch


def part(number, total=3, *, qn=None, cn="2061", mn="M1", at="20160801080000"):
    own = f"201608010858575{number:02d}" if qn is None else qn
    return Message(cn, mn, qn=own, flag=7, pnum=total, pno=number, groups=((("DataTime", at),),))


def ended(watch, *messages, start=0.0):
    return [run for step, message in enumerate(messages) for run in watch.heard(message, start + step)]


def test_hj212_split_complete_in_any_order():
    # C.50: each with its own QN
    (run,) = ended(SplitWatch(), part(3), part(1), part(2))
    assert (run.complete, run.missing, run.pnum, run.data_time) == (True, (), 3, "20160801080000")


def test_hj212_split_names_what_is_missing_when_silent():
    watch = SplitWatch(patience_s=60)
    assert ended(watch, part(1), part(3)) == []
    assert watch.due(60.9) == []
    (run,) = watch.due(61.0)
    assert (run.complete, run.missing) == (False, (2,))
    assert watch.due(1e9) == []


def test_hj212_split_a_packet_sent_again_is_no_new_run():
    (run,) = ended(SplitWatch(), part(1), part(1), part(2), part(3))
    assert run.complete


def test_hj212_split_the_next_message_closes_the_one_before():
    # Hours 8 and 9, packet 2 of hour 8 lost: number 1 comes again under another QN
    runs = ended(
        SplitWatch(),
        part(1, 2),
        part(1, 2, qn="20160801085857599", at="20160801090000"),
        part(2, 2, at="20160801090000"),
    )
    assert [(run.data_time[8:10], run.missing) for run in runs] == [("08", (2,)), ("09", ())]


def test_hj212_split_another_total_begins_anew_and_devices_and_commands_are_apart():
    watch = SplitWatch()
    assert ended(watch, part(1, 2), part(1, 2, mn="M2"), part(1, 2, cn="2051")) == []
    (run,) = ended(watch, part(2, 3))
    assert (run.pnum, run.missing) == (2, (2,))
    assert {(run.mn, run.cn, run.missing) for run in watch.lost("M1")} == {
        ("M1", "2051", (2,)),
        ("M1", "2061", (1, 3)),
    }
    assert len(watch.due(1e9)) == 1


def test_hj212_split_numbers_beyond_the_total_are_named():
    watch = SplitWatch(patience_s=1)
    assert ended(watch, part(5, 2), part(0, 2)) == []
    (run,) = watch.due(10.0)
    assert (run.beyond, run.missing) == ((0, 5), (1, 2))
    assert ended(watch, Message("2061", "M1", flag=5)) == []  # not split


def test_hj212_split_whatever_comes_each_run_is_closed_once():
    chance = random.Random(3)
    for _ in range(200):
        watch, sent = SplitWatch(patience_s=5), 0
        closed = []
        for step in range(60):
            total = chance.choice([1, 2, 3])
            message = part(
                chance.randrange(0, 4), total, qn=f"{chance.randrange(5):017d}", mn=f"M{chance.randrange(2)}"
            )
            sent += 1
            closed += watch.heard(message, float(step))
            closed += watch.due(float(step)) if chance.random() < 0.1 else []
        closed += watch.due(1e9)
        assert 0 < len(closed) <= sent
        assert len({id(run) for run in closed}) == len(closed)


def test_hj212_checksum_habit_is_learned_and_strangers_are_seen():
    habits = CrcHabits(settled=3, converted=2)
    modbus = (Oddity.CRC_MODBUS, Oddity.NO_CR)
    assert [habits.heard("M1", modbus) for _ in range(3)] == [False] * 3
    assert habits.of("M1") == "modbus"
    assert habits.of("M2") is None
    assert habits.heard("M1", ()) is True  # fits Annex A, which this device never computes
    assert habits.heard("M1", modbus) is False
    assert habits.heard("M1", (Oddity.CRC_SWAPPED,)) is True
    assert habits.heard("M1", ()) is True  # another profile: the count begins anew
    assert habits.heard("M1", ()) is False  # two in a row: a new program
    assert habits.of("M1") == "hj212"


def test_hj212_checksum_profiles_by_oddity():
    assert profile_of(()) == "hj212"
    assert profile_of((Oddity.GBK, Oddity.CRC_MODBUS_SWAPPED)) == "modbus-swapped"


def plain_items(*frames):
    found = []
    for raw in frames:
        text = raw.decode()
        match = PLAIN.match(text)
        found.append(Item(1, Plain(raw, *match.groups()), Received(raw, "p", 0)))
    return found


def test_hj212_a_checksum_against_the_devices_habit_is_not_believed():
    devices = Devices([Device("M1", "pw", "F1"), Device("M2", "pw", "F2")])
    shapes, habits = Shapes(), CrcHabits(converted=3)
    at = datetime(2026, 10, 1, tzinfo=BEIJING)

    def said(mn, minute, *ways):
        values = {"w01018": {"Rtd": "40.1", "Flag": "N"}}
        return odd_frame(upload("2011", mn=mn, pw="pw", at=at + timedelta(minutes=minute), values=values), ways)

    def kinds(*frames):
        return [type(item.event).__name__ for item in settle(plain_items(*frames), devices, shapes, habits)]

    assert kinds(said("M1", 0), said("M1", 1)) == ["Plain", "Plain"]
    # It always used Annex A; frames that fit MODBUS or swapped bytes are set aside, and come again
    assert kinds(said("M1", 2, "crc-modbus"), said("M1", 3, "crc-swapped")) == ["BadFrame", "BadFrame"]
    # A device that never used anything else is borne with
    assert kinds(said("M2", 0, "crc-modbus"), said("M2", 1, "crc-modbus")) == ["Message", "Message"]
    # Three in a row of one other rule: its program was changed, and stays so
    odd = [said("M1", 4 + k, "crc-modbus") for k in range(5)]
    assert kinds(*odd) == ["BadFrame", "BadFrame", "Message", "Message", "Message"]
    (item,) = settle(plain_items(said("M1", 9, "crc-swapped")), devices, shapes, habits)
    assert (item.event.why, "modbus" in item.event.detail) == ("crc", True)
