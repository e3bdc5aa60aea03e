"""The session without a screen: its lines go to standard output as they come, its end is the script's own end."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Generator
from threading import Event
from types import FrameType

from pydantic_ai_debug.recording import EventLog

from .session import Session

# A terminal sends these to all processes in front; the script's, in a session of their own, would not get them.
_TO_ALL = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
# Somebody sends these to one process, and means the script.
_TO_SCRIPT = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


STDOUT = 1


class EventWriter:
    """Copies the lines of a log to a file descriptor, each once."""

    def __init__(self, log: EventLog, fd: int) -> None:
        self._log = log
        self._fd = fd
        self._written = 0

    def write(self) -> None:
        """Write what has come since.

        Raises:
            OSError: where it cannot be written.
        """
        until = len(self._log)
        for block in self._log.blocks(self._written, until):
            _write_all(self._fd, block)
        self._written = until


def _write_all(fd: int, data: bytes) -> None:
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(fd, remaining) :]


def run_headless(session: Session) -> int:
    """Run a session to its end, writing its events to standard output; the script's exit code.

    Where a signal ended the script, the same signal ends this process.

    Raises:
        LaunchError: where the script's interpreter cannot be run.
    """
    changed = Event()
    session.on_change = changed.set
    session.start()
    writer: EventWriter | None = EventWriter(session.log, STDOUT)
    with _forwarding_signals(session):
        running = True
        while running:
            changed.wait()
            changed.clear()
            running = session.running
            try:
                if writer is not None:
                    writer.write()
            except BrokenPipeError:
                session.terminate()
                return die_quietly_of_broken_pipe()
            except OSError as error:
                # The script's own end is worth more than our output.
                sys.stderr.write(f'agent-debug: cannot write the events: {error.strerror}\n')
                writer = None
    if session.launch_failure is not None:
        return 2
    code = session.returncode or 0
    if code < 0:
        return die_by_signal(-code)
    return code if writer is not None else code or 1


def print_recording(log: EventLog) -> int:
    """Write the events of a recording to standard output."""
    try:
        for block in log.sound_blocks():
            _write_all(STDOUT, block)
    except BrokenPipeError:
        return die_quietly_of_broken_pipe()
    except OSError as error:
        sys.stderr.write(f'agent-debug: cannot write the events: {error.strerror}\n')
        return 1
    return 0


def die_quietly_of_broken_pipe() -> int:
    """End as other programs do whose reader went away."""
    return die_by_signal(signal.SIGPIPE)


def die_by_signal(number: int) -> int:
    """End this process as the signal ends one, without a core file; returns only where that signal does not."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(OSError, ValueError):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    return 128 + number


@contextlib.contextmanager
def _forwarding_signals(session: Session) -> Generator[None]:
    """What this process is sent meanwhile is for the script; it decides what comes of it."""

    def forward_to_all(number: int, frame: FrameType | None) -> None:
        session.signal(number)

    def forward_to_script(number: int, frame: FrameType | None) -> None:
        session.signal(number, alone=True)

    def suspend(number: int, frame: FrameType | None) -> None:
        # SIGTSTP would not stop a script outside of the terminal's session.
        session.signal(signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        session.signal(signal.SIGCONT)

    handlers = {
        **dict.fromkeys(_TO_ALL, forward_to_all),
        **dict.fromkeys(_TO_SCRIPT, forward_to_script),
        signal.SIGTSTP: suspend,
    }
    # A signal that is ignored here is ignored by the script as well: it inherited that.
    previous = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
