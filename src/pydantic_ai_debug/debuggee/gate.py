"""Where runs wait, across event loops and threads.

A waiting run holds up nobody else: it awaits in its own loop and is woken from the thread that reads commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable


class Waiter:
    """One run that waits in its own event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken: asyncio.Future[None] = self._loop.create_future()

    async def wait(self) -> None:
        await self._woken

    def wake(self) -> None:
        """Let it go; from any thread."""
        self.call(self._set)

    def call(self, function: Callable[[], None]) -> None:
        """Run something in its loop while it waits; from any thread."""
        # A loop that was closed under a run that waited leaves nobody to wake.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)

    def _set(self) -> None:
        if not self._woken.done():
            self._woken.set_result(None)


class Gate:
    """Holds runs until they are let go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Waiter]] = {}

    async def wait(self, run: str, announce: Callable[[], None]) -> None:
        """Wait until `run` is released; `announce` is called once a release can no longer be missed."""
        waiter = Waiter()
        with self._lock:
            self._waiting.setdefault(run, []).append(waiter)
        try:
            announce()
            await waiter.wait()
        finally:
            with self._lock:
                waiters = self._waiting[run]
                waiters.remove(waiter)
                if not waiters:
                    del self._waiting[run]

    def release(self, run: str) -> None:
        """Let a run go, from any thread."""
        with self._lock:
            waiters = list(self._waiting.get(run, ()))
        for waiter in waiters:
            waiter.wake()

    def release_all(self) -> None:
        with self._lock:
            waiters = [waiter for waiters in self._waiting.values() for waiter in waiters]
        for waiter in waiters:
            waiter.wake()

    def call(self, run: str, function: Callable[[], None]) -> bool:
        """Run something in the loop of a run that waits, from any thread; False where it does not wait."""
        with self._lock:
            waiters = self._waiting.get(run)
            waiter = waiters[0] if waiters else None
        if waiter is None:
            return False
        waiter.call(function)
        return True
