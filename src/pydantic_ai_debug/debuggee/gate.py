"""Where runs wait, across event loops and threads.

A waiting run holds up nobody else: it awaits in its own loop and is woken from the thread that reads commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol


class Waiter(Protocol):
    """One run that waits in its own event loop."""

    async def wait(self) -> None: ...

    def wake(self) -> None:
        """Let it go; from any thread."""
        ...

    def call(self, function: Callable[[], None]) -> None:
        """Run something in its loop while it waits; from any thread."""
        ...


class _AsyncioWaiter:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._woken: asyncio.Future[None] = loop.create_future()

    async def wait(self) -> None:
        await self._woken

    def wake(self) -> None:
        self.call(self._set)

    def call(self, function: Callable[[], None]) -> None:
        # A loop that was closed under a run that waited leaves nobody to wake.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)

    def _set(self) -> None:
        if not self._woken.done():
            self._woken.set_result(None)


class _TrioWaiter:
    def __init__(self, trio: Any) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._woken = trio.Event()

    async def wait(self) -> None:
        await self._woken.wait()

    def wake(self) -> None:
        self.call(self._woken.set)

    def call(self, function: Callable[[], None]) -> None:
        self._token.run_sync_soon(function)


def _waiter() -> Waiter:
    """A waiter for the loop that runs now: asyncio's, or trio's, which pydantic-ai supports too."""
    try:
        return _AsyncioWaiter(asyncio.get_running_loop())
    except RuntimeError:
        return _TrioWaiter(sys.modules['trio'])


class Gate:
    """Holds runs until they are let go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Waiter]] = {}

    async def wait(self, run: str, announce: Callable[[], None]) -> None:
        """Wait until `run` is released; `announce` is called once a release can no longer be missed."""
        waiter = _waiter()
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
