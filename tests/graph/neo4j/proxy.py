"""A loopback proxy in front of Bolt that cuts its connections after so many bytes, as a bad network does."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class CuttingProxy:
    """Passes bytes on to `uri` until `budget` of them have gone by in the client's direction of writing; then it cuts.

    `budget` is for all connections together; `None` cuts nothing.
    """

    def __init__(self, uri: str, budget: int | None = None) -> None:
        parts = urlsplit(uri)
        self._to = (parts.hostname or "127.0.0.1", parts.port or 7687)
        self.budget = budget
        self.passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def uri(self) -> str:
        """Where to connect to."""
        return f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut()
        for thread in self._threads:
            thread.join()

    def _cut(self) -> None:
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the listener was closed
                return
            server = socket.create_connection(self._to)
            self._sockets += [client, server]
            for source, sink, counted in ((client, server, True), (server, client, False)):
                thread = threading.Thread(target=self._pass_on, args=(source, sink, counted))
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if counted:
                    self.passed += len(data)
                    if self.budget is not None and self.passed > self.budget:
                        break
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
