"""The counters over HTTP, for Prometheus: one page, whatever is asked."""

import asyncio
from collections.abc import Callable


async def serve_metrics(text: Callable[[], str], host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
    """Serve ``text()`` as ``text/plain; version=0.0.4`` to every GET."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            body = text().encode("utf-8")
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
            )
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port)
