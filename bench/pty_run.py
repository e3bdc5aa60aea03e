"""Runs a program on a pseudo-terminal, presses keys in it and tells when it has drawn something."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import queue
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pyte

COLUMNS, ROWS = 120, 36
DEADLINE = 180.0


class Program:
    """A program on a terminal of its own. A thread notes when each piece of what it draws came."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._parser = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))
        self._drawn: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, 'TERM': 'xterm-256color', 'COLORTERM': 'truecolor'},
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # Reading fails once nobody has the other side open.
        with contextlib.suppress(OSError):
            while data := os.read(self._ours, 65536):
                self._drawn.put((time.perf_counter(), data))

    @property
    def text(self) -> str:
        """What is on the screen, as far as it was looked at."""
        return '\n'.join(self.screen.display)

    def press(self, keys: str) -> float:
        """Type something; when."""
        pressed = time.perf_counter()
        os.write(self._ours, keys.encode())
        return pressed

    def pieces(self, seconds: float = DEADLINE) -> Iterator[tuple[float, bytes]]:
        """What is drawn from now on for so long, put on `screen` piece by piece, and when each came."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            try:
                at, data = self._drawn.get(timeout=left)
            except queue.Empty:
                return
            self._parser.feed(data)
            yield at, data

    def wait_for(self, condition: Callable[[], bool]) -> float:
        """When the screen first is as wanted, looked at after each piece that is drawn.

        Raises:
            TimeoutError: where it never is.
        """
        for at, _ in self.pieces():
            if condition():
                return at
        raise TimeoutError(f'not drawn within {DEADLINE} s; the screen is\n{self.text}')

    def rest(self, seconds: float) -> None:
        """Take in what is drawn for so long."""
        for _ in self.pieces(seconds):
            pass

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        # The reader goes on, so that a program that restores its terminal is not held up by a full one.
        self.process.wait()
        self._reader.join(1.0)
        os.close(self._ours)


@contextlib.contextmanager
def running(argv: Sequence[str]) -> Iterator[Program]:
    """A program on a terminal, ended at the end."""
    program = Program(argv)
    try:
        yield program
    finally:
        program.close()


def seconds_until(argv: Sequence[str], markers: Sequence[str]) -> list[float]:
    """Seconds from the start of a program until each text is on its screen; the program is ended then.

    Raises:
        TimeoutError: where one does not come.
    """
    times: dict[str, float] = {}
    with running(argv) as program:
        for at, _ in program.pieces():
            text = program.text
            for marker in markers:
                if marker not in times and marker in text:
                    times[marker] = at - program.started
            if len(times) == len(markers):
                return [times[marker] for marker in markers]
        raise TimeoutError(f'not drawn within {DEADLINE} s: {set(markers) - times.keys()}\n{program.text}')
