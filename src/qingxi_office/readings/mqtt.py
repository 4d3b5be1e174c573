"""Subscribing to vendors' brokers: a message is acknowledged when it stands in the books, and not before.

MQTT 3.1.1, QoS 1, a session that the broker keeps (fixed client id, clean session off): what comes while we are away waits at
the broker, and what was not acknowledged comes again. A message twice changes nothing.
"""

from __future__ import annotations

import hashlib
import queue
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError, close_old_connections, connections

from qingxi_office.readings.actions.mqtt import MOST_BYTES, hold_raw, take_in_messages
from qingxi_office.readings.actions.vendors import note_failure
from qingxi_office.readings.models import VendorCloud

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

_AT_ONCE = 500
_GATHER_S = 0.2
_QUIET_S = 0.03  # nothing more came for so long: what is there goes in
_LOOK_S = 15.0
_LONGEST_PAUSE_S = 60.0
Tell = Callable[[str], None]
_SETTINGS = (
    "mqtt_host", "mqtt_port", "mqtt_tls", "mqtt_ca", "mqtt_user", "mqtt_secret", "mqtt_topic", "mqtt_device_level", "rows_path",
    "device_path", "at_path", "whole_days", "use", "name",
)  # fmt: skip


def settings_of(cloud: VendorCloud) -> tuple[Any, ...]:
    """What a line to a broker depends on: with another value it is opened anew."""
    return tuple(getattr(cloud, name) for name in _SETTINGS)


def subscribed() -> dict[int, VendorCloud]:
    """The platforms to listen to, by key."""
    rows = VendorCloud.objects.filter(enabled=True).exclude(mqtt_host="").exclude(mqtt_topic="")
    return {row.pk: row for row in rows}


@dataclass
class _Came:
    topic: str
    payload: bytes
    mid: int
    qos: int
    epoch: int  # number of the connection: an acknowledgement counts on the one that brought the message


class Line:
    """One vendor's broker: messages come on the library's thread, go into the books and are acknowledged on ours."""

    def __init__(self, cloud: VendorCloud, by: Any, tell: Tell) -> None:
        self.pk, self.name, self.settings, self.by, self.tell = cloud.pk, cloud.name, settings_of(cloud), by, tell
        self.came: queue.Queue[_Came] = queue.Queue()
        self.why: str | None = None  # why nothing comes; "" when connected, None before the first answer
        self.taken = 0
        self._told: str | None = None
        self._epoch = 0
        self._batch: list[_Came] = []
        self._pause = 0.0
        self._stop = threading.Event()
        self._client = self._made(cloud)
        self._hand = threading.Thread(target=self._work, name=f"mqtt-{cloud.pk}", daemon=True)

    def _made(self, cloud: VendorCloud) -> Client:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        # The broker knows us by this name: the same one after a restart, another for another home or vendor.
        name = hashlib.sha256(f"{cloud.pk}/{cloud.name}/{cloud.mqtt_topic}".encode()).hexdigest()[:16]
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"qingxi-{name}", clean_session=False, manual_ack=True
        )
        client.reconnect_delay_set(1, int(_LONGEST_PAUSE_S))
        if cloud.mqtt_user:
            client.username_pw_set(cloud.mqtt_user, cloud.mqtt_secret)
        if cloud.mqtt_tls:
            client.tls_set_context(ssl.create_default_context(cadata=cloud.mqtt_ca or None))
        client.on_connect = self._connected
        client.on_connect_fail = lambda *_args: self._failed("连不上")
        client.on_disconnect = self._gone
        client.on_message = self._heard
        client.connect_async(cloud.mqtt_host, cloud.mqtt_port, keepalive=60)
        self._topic = cloud.mqtt_topic
        return client

    def open(self) -> None:
        """Listen, and take in on a thread of one's own."""
        self.connect()
        self._hand.start()

    def connect(self) -> None:
        """Listen; what comes waits for :meth:`step`."""
        self._client.loop_start()

    def close(self) -> None:
        """Stop listening; what was not taken in is not acknowledged and comes again."""
        self._stop.set()
        if self._hand.ident is not None:
            self._hand.join(30)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._failed(f"对方不让进：{reason}")
            return
        self.why, self._epoch = "", self._epoch + 1
        client.subscribe(self._topic, qos=1)
        self.tell(f"{self.name}：连上了，订阅 {self._topic}")

    def _gone(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure and not self._stop.is_set():
            self._failed(f"线路断了：{reason}")

    def _failed(self, why: str) -> None:
        self.why = why

    def _heard(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        self.came.put(_Came(message.topic, bytes(message.payload), message.mid, message.qos, self._epoch))

    def _work(self) -> None:
        while not self._stop.is_set():
            close_old_connections()
            try:
                self.step()
            except VendorCloud.DoesNotExist:
                break
            except Exception as error:  # whatever it is, nobody else would take in what comes: the same batch again
                self._wait_a_little(error)
        connections.close_all()

    def step(self) -> int:
        """Take in what has come, and acknowledge it; gives how many messages. Waits half a second at most for the first.

        Raises VendorCloud.DoesNotExist when the platform was removed. Books that cannot be written leave the messages
        unacknowledged, for the next step.
        """
        if not self._batch:
            self._batch = self._gathered()
        try:
            self._say_why()
            if not self._batch:
                return 0
            self._keep(VendorCloud.objects.get(pk=self.pk), self._batch)
        except (OperationalError, InterfaceError) as error:
            self._wait_a_little(error)
            return 0
        done, self._batch, self._pause = self._batch, [], 0.0
        self.taken += len(done)
        for one in done:
            if one.qos and one.epoch == self._epoch:
                self._client.ack(one.mid, one.qos)
        return len(done)

    def _wait_a_little(self, error: Exception) -> None:
        """Nothing is acknowledged that is not kept: the same batch again, a little later each time."""
        self._pause = min(_LONGEST_PAUSE_S, 2 * self._pause or 0.5)
        self.tell(f"{self.name}：账本写不进去（{type(error).__name__}），{self._pause:g} 秒后再写，没有应答对方")
        self._stop.wait(self._pause)

    def _keep(self, cloud: VendorCloud, batch: list[_Came]) -> None:
        """All at once; where one message upsets that, each by itself, and the one that does is held as it came."""
        try:
            take_in_messages(cloud, [(one.topic, one.payload) for one in batch], by=self.by)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    self._keep(cloud, [one])
                return
            self.tell(f"{self.name}：一条报文收不进来（{type(error).__name__}: {error}），原样留着")
            hold_raw(cloud, (batch[0].topic, batch[0].payload))

    def _gathered(self) -> list[_Came]:
        try:
            out = [self.came.get(timeout=0.5)]
        except queue.Empty:
            return []
        until, size = time.monotonic() + _GATHER_S, len(out[0].payload)
        while len(out) < _AT_ONCE and size < 8 * MOST_BYTES and (left := until - time.monotonic()) > 0:
            try:
                out.append(self.came.get(timeout=min(left, _QUIET_S)))
                size += len(out[-1].payload)
            except queue.Empty:
                break
        return out

    def _say_why(self) -> None:
        """Keep with the record why nothing comes, once for each reason."""
        why = self.why
        if why is None or why == self._told:
            return
        if why:
            self.tell(f"{self.name}：{why}")
            note_failure(VendorCloud.objects.get(pk=self.pk), f"MQTT {why}", way="mqtt")
        else:
            VendorCloud.objects.filter(pk=self.pk, last_way="mqtt").update(failing_since=None, last_said="")
        self._told = why


def listen(by: Any, tell: Tell, stop: threading.Event, *, look_s: float = _LOOK_S) -> int:
    """Listen to every vendor that has a broker until told to stop; a setting that changed counts within seconds.

    Gives how many messages were taken in.
    """
    lines: dict[int, Line] = {}
    taken = 0
    try:
        while not stop.is_set():
            wanted = subscribed()
            for pk in [
                pk for pk, line in lines.items() if pk not in wanted or settings_of(wanted[pk]) != line.settings
            ]:
                line = lines.pop(pk)
                line.close()
                taken += line.taken
            for pk, cloud in wanted.items():
                if pk not in lines:
                    try:
                        line = Line(cloud, by, tell)
                    except (ValueError, OSError, ssl.SSLError) as error:
                        note_failure(cloud, f"MQTT 设置不对：{error}", way="mqtt")
                        tell(f"{cloud.name}：设置不对：{error}")
                        continue
                    lines[pk] = line
                    line.open()
            stop.wait(look_s)
    finally:
        for line in lines.values():
            line.close()
            taken += line.taken
    return taken
