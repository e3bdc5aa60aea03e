"""Every workaround for Textual's own faults, each with its reason and what makes it go.

Written against Textual 8.2.8. When the dependency is raised, go through this file: what `tests/tui/test_terminal.py`
no longer needs is taken out here, and nothing else has to change.
"""

from __future__ import annotations

import signal
from asyncio import TimerHandle, get_running_loop
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.app import App
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.selection import Selection
from textual.signal import Signal
from textual.worker import WorkerFailed

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Result = TypeVar('Result')

TERMINAL_GONE = 128 + signal.SIGHUP
"""Exit status where the terminal went away without a SIGHUP."""


class PatchedApp(App[Result]):
    """An app without the faults that can be mended from inside it."""

    def __init__(self) -> None:
        super().__init__()
        self.terminal_held: Callable[[bool], None] = lambda held: None
        """Told when the app takes the terminal, and when it has given it back."""
        # A jump to the end of a tree takes 250 ms of animation. Goes when Textual has this as a class variable.
        self.animation_level = 'none'

    def get_driver_class(self) -> type[Driver]:
        driver_class = super().get_driver_class()
        return TerminalDriver if driver_class is LinuxDriver else driver_class

    def on_mount(self) -> None:
        # After ctrl+z and `fg` the screen stays blank until a widget changes (#6298).
        resumed = cast('Signal[App[Any]]', self.app_resume_signal)  # pyright: ignore[reportUnknownMemberType]
        resumed.subscribe(self, self._redraw)

    def _redraw(self, _: App[Any]) -> None:
        self.call_later(self.refresh, layout=True)

    def call_in(self, seconds: float, callback: Callable[[], Awaitable[None] | None]) -> TimerHandle:
        """Call something once, between two messages, after a time as short as one likes.

        A `set_timer` never fires where more than its own time passes between two looks at the clock when it starts, as
        on a busy machine: its only turn counts as missed. Goes when such a turn is late instead.
        """
        return get_running_loop().call_later(seconds, self.call_next, callback)

    @contextmanager
    def suspend(self) -> Generator[None, None, None]:
        """Lend the terminal to something else for the time of the context.

        An exception inside leaves the stock app suspended for ever (#6692), and a repaint meanwhile blocks its event
        loop, since the thread that writes has ended.
        """
        failure: BaseException | None = None
        with super().suspend(), self.batch_update():
            try:
                yield
            except BaseException as error:  # noqa: BLE001  raised again when the terminal is ours
                failure = error
        if failure is not None:
            raise failure

    def copy_to_clipboard(self, text: str) -> None:
        # Lone surrogates raise UnicodeEncodeError. Goes when Textual encodes with `errors='replace'`.
        super().copy_to_clipboard(text.encode('utf-8', 'replace').decode('utf-8'))

    def terminal_gone(self) -> None:
        """End, unless the app is about to."""
        if not self._exit:
            self.exit(return_code=TERMINAL_GONE)

    @property
    def failure(self) -> BaseException | None:
        """The first exception that nothing handled."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def _print_error_renderables(self) -> None:
        # The stock report prints local variables, and with them secrets: who runs the app reports `failure`. Goes when
        # there is a setting for it.
        if self.failure is not None:
            self._exit_renderables.clear()
        super()._print_error_renderables()


class TerminalDriver(LinuxDriver):
    """Textual's driver for POSIX terminals, without the faults of its input and its signals."""

    _app: PatchedApp[object]
    _holds_terminal = False

    def start_application_mode(self) -> None:
        self._holds_terminal = True
        self._app.terminal_held(True)
        super().start_application_mode()

    def close(self) -> None:
        super().close()
        self._holds_terminal = False
        self._app.terminal_held(False)

    def _sigcont_application(self, *_: object) -> None:
        # Without a SIGTSTP before it (`kill -STOP`, then `fg`) the stock handler starts a second input thread beside
        # the first. Goes when it checks.
        if self._holds_terminal and self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()  # pyright: ignore[reportUnknownMemberType]

    def _run_input_thread(self) -> None:
        # Where the terminal was closed, the stock driver prints a traceback of EIO. Goes when it ends the app instead.
        try:
            self.run_input_thread()
        except (OSError, EOFError):
            with suppress(RuntimeError):  # the event loop has ended before
                self._loop.call_soon_threadsafe(self._app.terminal_gone)


class _DrainingWriter(WriterThread):
    """Goes on taking output when the terminal is gone, and drops it.

    The stock thread dies of the first EIO; its queue of 30 writes then fills up and the event loop waits for ever.
    Goes when Textual's survives an OSError.
    """

    def run(self) -> None:
        try:
            super().run()
        except OSError:
            while self._queue.get() is not None:
                pass

    def stop(self) -> None:
        # Once more than the stock thread needs: it may have taken the end before it died of what was left to write.
        self._queue.put(None)
        super().stop()


class _InputDecoder(IncrementalDecoder):
    """Decodes what is typed: malformed bytes become U+FFFD, and the end of input is an EOFError.

    The stock driver dies of a byte 0xFF (#6456), and spins on the end of a terminal that was hung up.
    """

    def __init__(self) -> None:
        super().__init__('replace')
        self._decoder = getincrementaldecoder('utf-8')('replace')

    def decode(self, input: ReadableBuffer, final: bool = False) -> str:
        if not input and not final:
            raise EOFError('the terminal has no more input')
        return self._decoder.decode(input, final)


def apply_patches() -> None:
    """Mend what can only be mended inside Textual's modules. May be called more than once."""
    setattr(linux_driver, 'getincrementaldecoder', _input_decoder)  # noqa: B010  it exports neither
    setattr(linux_driver, 'WriterThread', _DrainingWriter)  # noqa: B010
    setattr(Selection, 'extract', _extract_selection)  # noqa: B010
    setattr(Screen, '_pop_result_callback', _pop_result_callback)  # noqa: B010


def _input_decoder(encoding: str) -> type[_InputDecoder]:
    return _InputDecoder


_stock_extract = Selection.extract


def _extract_selection(selection: Selection, text: str) -> str:
    """The selected text; empty where the selection lies behind its end, for which the stock code raises (#6708)."""
    try:
        return _stock_extract(selection, text)
    except IndexError:
        return ''


def _pop_result_callback(screen: Screen[object]) -> None:
    """Let go of the callback that `push_screen` gave a screen.

    An app's default screen has none, for which the stock code raises IndexError when another one takes its place.
    """
    del screen._result_callbacks[-1:]  # pyright: ignore[reportPrivateUsage]
