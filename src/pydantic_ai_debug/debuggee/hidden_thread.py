"""Threads that the program does not see: `threading` neither counts nor lists them, and its tracers do not follow them.

A program may wait until `threading.active_count()` is 1 again, or trace every thread it has.
"""

from __future__ import annotations

# As they are before the program: gevent puts others in their place, for threads that are none.
from _thread import allocate_lock, get_ident, start_new_thread
from collections.abc import Callable


class HiddenThread:
    """A thread of ours. It ends with the process, as daemon threads do.

    What runs in it must not call `threading.current_thread()`, which would list it.
    """

    def __init__(self, run: Callable[[], None]) -> None:
        self._run = run
        self._running = allocate_lock()
        self._ident = 0

    def start(self) -> None:
        self._running.acquire()
        self._ident = start_new_thread(self._work, ())

    def join(self, timeout: float) -> bool:
        """Wait until it has ended, `timeout` seconds at most; whether it has."""
        ended = self._running.acquire(timeout=timeout)
        if ended:
            self._running.release()
        return ended

    def runs(self, run: Callable[[], None]) -> bool:
        """Whether this is what it was made for."""
        return self._run == run

    @property
    def current(self) -> bool:
        """Whether the caller runs in it."""
        return get_ident() == self._ident

    def _work(self) -> None:
        try:
            self._run()
        finally:
            self._running.release()
