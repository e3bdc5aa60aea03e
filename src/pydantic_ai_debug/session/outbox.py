"""Bytes on their way to a file descriptor that may not take them all at once.

What is taken at once is written by whoever adds it, which saves a change of threads; the rest waits for the session's
reader thread, so that nobody waits for a script that does not read.
"""

from __future__ import annotations

import os
from threading import Lock


class Outbox:
    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self.finished = False
        """Whether nothing more will be written: it was closed and is empty, or nobody reads any more."""
        self._lock = Lock()
        self._waiting = bytearray()
        self._closing = False

    def add(self, data: bytes) -> None:
        with self._lock:
            if not self._closing:
                self._waiting += data
                self._write()

    def close_when_sent(self) -> None:
        with self._lock:
            self._closing = True

    def stop(self) -> None:
        """Write no more: the file descriptor is about to be closed."""
        with self._lock:
            self._waiting.clear()
            self._closing = self.finished = True

    @property
    def wants_to_write(self) -> bool:
        return not self.finished and (bool(self._waiting) or self._closing)

    def write(self) -> None:
        """Hand over what is taken now. Where nobody reads any more, the rest is dropped."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        try:
            while self._waiting:
                del self._waiting[: os.write(self.fd, self._waiting)]
        except BlockingIOError:
            return
        except OSError:
            self._waiting.clear()
            self._closing = True
        self.finished = self._closing
