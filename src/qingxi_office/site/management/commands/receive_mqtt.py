"""Listen to the brokers of vendors' platforms."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from qingxi_office.readings.mqtt import listen, subscribed
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "订阅厂家平台的 MQTT：先入账后应答，断线重连，设置改了自己跟上"

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: stop.set())
        known = subscribed()
        self.stdout.write(f"{len(known)} 家厂家平台用 MQTT；设置在“厂家接入”页，改了十几秒内生效")
        taken = listen(Office("厂家 MQTT"), lambda words: self.stderr.write(words), stop)
        self.stdout.write(f"收下 {taken} 条报文")
