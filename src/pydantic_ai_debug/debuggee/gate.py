"""Where runs wait, across event loops and threads.

A waiting run holds up nobody else: it awaits in its own loop and is woken from the thread that reads commands. Code that
cannot await, such as a line with `breakpoint()`, waits in its own thread.
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import get_running_loop
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol, TypeAlias

Key: TypeAlias = tuple[str, str | None]
"""A run, and the tool call of it that waits; None where the run itself does."""


class Waiter(Protocol):
    """One thing that waits."""

    def wake(self) -> None:
        """Let it go; from any thread."""
        ...

    def call(self, function: Callable[[], object]) -> bool:
        """Run something where it waits, in its event loop or thread; from any thread. False where nothing runs there."""
        ...


class LoopWaiter:
    """Something that waits in an event loop."""

    def __init__(self) -> None:
        self._loop = get_running_loop()
        self._woken: asyncio.Future[None] = self._loop.create_future()

    async def wait(self) -> None:
        await self._woken

    def wake(self) -> None:
        self.call(self._set)

    def call(self, function: Callable[[], object]) -> bool:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            # A loop that was closed under a run that waited leaves nobody to wake.
            return False
        return True

    def _set(self) -> None:
        if not self._woken.done():
            self._woken.set_result(None)


class ThreadWaiter:
    """Something that waits in a thread, and does what it is asked meanwhile."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._woken = False

    def wait(self) -> None:
        while (function := self._calls.get()) is not None:
            function()

    def wake(self) -> None:
        with self._lock:
            self._woken = True
            self._calls.put(None)

    def call(self, function: Callable[[], object]) -> bool:
        with self._lock:
            # What came after it would never be looked at.
            if self._woken:
                return False
            self._calls.put(function)
        return True


class Gate:
    """Holds runs until they are let go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Key, list[Waiter]] = {}

    async def wait(self, key: Key, announce: Callable[[], None]) -> None:
        """Wait until `key` is released; `announce` is called once a release can no longer be missed."""
        waiter = LoopWaiter()
        self._enter(key, waiter)
        try:
            announce()
            await waiter.wait()
        finally:
            self._leave(key, waiter)

    def wait_in_thread(self, key: Key, announce: Callable[[], None]) -> None:
        """The same, holding up the thread."""
        waiter = ThreadWaiter()
        self._enter(key, waiter)
        try:
            announce()
            waiter.wait()
        finally:
            self._leave(key, waiter)

    def _enter(self, key: Key, waiter: Waiter) -> None:
        with self._lock:
            self._waiting.setdefault(key, []).append(waiter)

    def _leave(self, key: Key, waiter: Waiter) -> None:
        with self._lock:
            waiters = self._waiting[key]
            waiters.remove(waiter)
            if not waiters:
                del self._waiting[key]

    def release(self, run: str, call: str | None) -> None:
        """Let a tool call of a run go, or all that waits of it; from any thread."""
        with self._lock:
            waiters = [
                waiter
                for key, waiters in self._waiting.items()
                if key[0] == run and call in (None, key[1])
                for waiter in waiters
            ]
        for waiter in waiters:
            waiter.wake()

    def release_all(self) -> None:
        with self._lock:
            waiters = [waiter for waiters in self._waiting.values() for waiter in waiters]
        for waiter in waiters:
            waiter.wake()

    def call(self, key: Key, function: Callable[[], object]) -> bool:
        """Run something where a run, or a tool call of it, waits, from any thread; False where it does not."""
        with self._lock:
            waiters = self._waiting.get(key)
            waiter = waiters[0] if waiters else None
        return waiter is not None and waiter.call(function)
