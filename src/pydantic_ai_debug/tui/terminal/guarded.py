"""An app that gives the terminal back, and the one way to run it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Event, Key, Paste
from textual.filter import LineFilter

from pydantic_ai_debug.tui.present.literal import CONTROL_FILTER
from pydantic_ai_debug.tui.textual_hacks import PatchedApp, apply_patches
from pydantic_ai_debug.tui.typing_ahead import KeyMark, TypingAhead

from .crash import report_crash
from .janitor import Janitor

PATIENCE = 5.0
"""Seconds from a signal until the process is ended by force: the terminal may have stopped to read."""

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
_DRIVER_SIGNALS = (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)


class GuardedApp(PatchedApp[int]):
    """Base of every app of ours: draws text literally, and leaves the terminal as it found it.

    Run it with `run_guarded`, end it with `exit(return_code=...)`. A subclass calls `super().__init__()`; its own
    `on_load` and `on_mount` run beside those here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding('ctrl+z', 'suspend_process', 'Suspend', show=False)]

    def __init__(self) -> None:
        apply_patches()
        super().__init__()
        self._running_loop: asyncio.AbstractEventLoop | None = None
        self._requested_code: int | None = None
        self._typing_ahead = TypingAhead(self, super().on_event)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, (Key, Paste)) and not event.is_forwarded:
            await self._typing_ahead.take(event)
        else:
            await super().on_event(event)

    def on_key_mark(self, mark: KeyMark) -> None:
        self._typing_ahead.mark_came_back(mark)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), CONTROL_FILTER]

    def on_load(self) -> None:
        self._running_loop = asyncio.get_running_loop()
        if self._requested_code is not None:
            self.exit(return_code=self._requested_code)

    def exit_soon(self, code: int) -> None:
        """End with this status; may be called from a signal handler or another thread, and before the app runs."""
        self._requested_code = code
        if self._running_loop is not None:
            with suppress(RuntimeError):  # the loop has ended before
                self._running_loop.call_soon_threadsafe(self._exit_with, code)

    def _exit_with(self, code: int) -> None:
        self.exit(return_code=code)


def run_guarded(app: GuardedApp, on_shutdown: Callable[[], None] = lambda: None, *, shows_secrets: bool = False) -> int:
    """Run an app on the terminal and return the exit status for this process.

    The status is the app's return code; 128+n after signal n; 1 after an exception of ours, whose traceback goes to a
    file that a line on stderr names. Must be called in the main thread.

    Args:
        app: The app.
        on_shutdown: Ends what must not outlive us. Called once, in every ending that can be caught, after the terminal
            was given back; from another thread where the main thread hangs.
        shows_secrets: Whether what the app draws must not come into a file.
    """
    guard = _Guard(app, on_shutdown)
    failure: BaseException | None = None
    try:
        app.run()
    except Exception as error:  # noqa: BLE001  reported below, once the terminal is back
        failure = error
    try:
        guard.end()
    except Exception as error:  # noqa: BLE001  the same for what `on_shutdown` raises
        failure = failure or error
    failure = app.failure or failure
    if failure is not None:
        with suppress(OSError):  # the terminal may be gone
            print(report_crash(failure, messages=not shows_secrets), file=sys.__stderr__, flush=True)
    if guard.signal is not None:
        return 128 + guard.signal
    return 1 if failure is not None else app.return_code or 0


class _Guard:
    """Holds the signals and the janitor while an app runs."""

    def __init__(self, app: GuardedApp, on_shutdown: Callable[[], None]) -> None:
        self.signal: int | None = None
        """The first signal that asked us to end."""
        self._app = app
        self._on_shutdown: Callable[[], None] | None = on_shutdown
        self._shutdown_lock = threading.Lock()
        self._watchdog: threading.Timer | None = None
        self._janitor = Janitor()
        app.terminal_held = self._janitor.hold
        self._handlers = {number: signal.getsignal(number) for number in (*_ENDING_SIGNALS, *_DRIVER_SIGNALS)}
        for number in _ENDING_SIGNALS:
            if self._handlers[number] != signal.SIG_IGN:  # as under nohup
                signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            return
        self.signal = number
        self._watchdog = threading.Timer(PATIENCE, self._end_by_force)
        self._watchdog.daemon = True
        self._watchdog.start()
        self._app.exit_soon(128 + number)

    def _end_by_force(self) -> None:
        self._janitor.restore()
        self._shut_down()
        os._exit(128 + (self.signal or 0))

    def _shut_down(self) -> None:
        with self._shutdown_lock:
            on_shutdown, self._on_shutdown = self._on_shutdown, None
        if on_shutdown is not None:
            on_shutdown()

    def end(self) -> None:
        """Give everything back."""
        try:
            self._janitor.dismiss()
            self._shut_down()
        finally:
            if self._watchdog is not None:
                self._watchdog.cancel()
            for number, handler in self._handlers.items():
                if handler is not None:  # set by something other than Python
                    signal.signal(number, handler)
